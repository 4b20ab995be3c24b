package dev.troupe.actors.queue;

import dev.troupe.transport.loop.EventLoop;
import dev.troupe.transport.loop.Timer;
import dev.troupe.transport.loop.Watch;
import dev.troupe.transport.sys.Fd;
import org.jspecify.annotations.Nullable;

/** How a runner hears of its driver's kicks: by an eventfd, by messages to its actor, or by looking again and again. */
final class KickSource {

    /** How often a ring that nobody kicks is looked at. */
    private static final long POLL_INTERVAL_NANOS = 200_000;

    private final EventLoop loop;
    private final Watch.Listener listener;
    private @Nullable Watch kicks;
    private @Nullable Timer poll;
    private boolean looking;

    /**
     * A source that is silent until it is opened.
     *
     * @param listener called by the loop itself for each kick
     */
    KickSource(EventLoop loop, Watch.Listener listener) {
        this.loop = loop;
        this.listener = listener;
    }

    /**
     * Listens from now on, if it does not yet.
     *
     * @param messaged whether kicks without an eventfd come as messages
     */
    void open(@Nullable Fd kick, boolean messaged) {
        if (kick != null && kicks == null) {
            kicks = loop.watch(kick, listener);
        }
        if (kick == null && !messaged && poll == null) {
            looking = true;
            lookAgainLater();
        }
    }

    /** For a front end that gave no way to kick: the ring is looked at again and again. */
    private void lookAgainLater() {
        poll = loop.schedule(POLL_INTERVAL_NANOS, () -> {
            poll = null;
            listener.ready();
            if (looking) {
                lookAgainLater();
            }
        });
    }

    /** Listens no more. */
    void close() {
        if (kicks != null) {
            kicks.cancel();
            kicks = null;
        }
        looking = false;
        if (poll != null) {
            poll.cancel();
            poll = null;
        }
    }
}
