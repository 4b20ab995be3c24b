package dev.troupe.actors.queue;

import dev.troupe.transport.loop.Backend;
import dev.troupe.transport.loop.BusyPoll;
import dev.troupe.transport.loop.EventLoop;
import dev.troupe.transport.loop.IoScope;
import dev.troupe.transport.loop.Timer;
import dev.troupe.transport.loop.Watch;
import dev.troupe.transport.sys.Fd;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * The event loop as one queue's handler sees it: what its tasks and timers throw is the queue's failure, as if the handler
 * had thrown it. The loop itself would only log it, and requests would wait for ever.
 */
final class QueueLoop implements EventLoop {

    private final EventLoop loop;
    private final Consumer<Throwable> failure;
    private @Nullable Guarded last;

    /**
     * Begins with nothing.
     *
     * @param failure gets what tasks and timers throw
     */
    QueueLoop(EventLoop loop, Consumer<Throwable> failure) {
        this.loop = loop;
        this.failure = failure;
    }

    private final class Guarded implements Runnable {
        private final Runnable task;

        Guarded(Runnable task) {
            this.task = task;
        }

        @Override
        public void run() {
            try {
                task.run();
            } catch (Throwable e) {
                failure.accept(e);
            }
        }
    }

    @Override
    public void execute(Runnable task) {
        loop.execute(loop.inLoop() ? guarded(task) : new Guarded(task));
    }

    /** A handler hands in the same task again and again, for which nothing is to be allocated. */
    private Guarded guarded(Runnable task) {
        Guarded guarded = last;
        if (guarded == null || !guarded.task.equals(task)) {
            guarded = new Guarded(task);
            last = guarded;
        }
        return guarded;
    }

    @Override
    public Timer schedule(long delayNanos, Runnable task) {
        return loop.schedule(delayNanos, new Guarded(task));
    }

    @Override
    public String name() {
        return loop.name();
    }

    @Override
    public Backend backend() {
        return loop.backend();
    }

    @Override
    public @Nullable String fallbackReason() {
        return loop.fallbackReason();
    }

    @Override
    public boolean inLoop() {
        return loop.inLoop();
    }

    @Override
    public Watch watch(Fd fd, Watch.Listener listener) {
        return loop.watch(fd, listener);
    }

    @Override
    public Watch watchStream(Fd fd, Watch.Listener listener) {
        return loop.watchStream(fd, listener);
    }

    @Override
    public void signal(Fd eventFd) {
        loop.signal(eventFd);
    }

    @Override
    public long failedSignals() {
        return loop.failedSignals();
    }

    @Override
    public IoScope openScope(String owner, IoScope.FailureListener onFailure) {
        return loop.openScope(owner, onFailure);
    }

    @Override
    public void setBusyPoll(BusyPoll poller, long maxNanos) {
        loop.setBusyPoll(poller, maxNanos);
    }

    @Override
    public void stayAwake(BusyPoll poller) {
        loop.stayAwake(poller);
    }

    /** The loop is not the queue's to end. */
    @Override
    public void close() {
        throw new IllegalStateException("A queue cannot close the loop it lives on");
    }
}
