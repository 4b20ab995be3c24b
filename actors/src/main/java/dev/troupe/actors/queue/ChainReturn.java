package dev.troupe.actors.queue;

import dev.troupe.transport.loop.EventLoop;
import dev.troupe.transport.ring.DescriptorChain;
import dev.troupe.transport.ring.VirtQueue;
import dev.troupe.transport.sys.Fd;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * A runner's way to return chains to the driver: each is written into the ring at once; at the end of the loop's turn all
 * are shown together, with one call if the driver wants it.
 */
final class ChainReturn {

    private final QueueSeat seat;
    private final EventLoop loop;
    private final VirtQueue ring;
    private final Runnable callWanted;
    private final Consumer<Throwable> failure;
    private final Runnable publication = this::publish;
    private @Nullable Runnable whenDrained;
    private boolean planned;
    private boolean ended;

    /**
     * Begins with nothing to return.
     *
     * @param callWanted the driver wants a call, which has to go as a message
     * @param failure gets what fails while chains are shown
     */
    ChainReturn(QueueSeat seat, EventLoop loop, VirtQueue ring, Runnable callWanted, Consumer<Throwable> failure) {
        this.seat = seat;
        this.loop = loop;
        this.ring = ring;
        this.callWanted = callWanted;
        this.failure = failure;
    }

    void complete(DescriptorChain chain, long writtenBytes) {
        if (ended) {
            // The ring is another runner's by now, or broken; the request stays in the in-flight log.
            return;
        }
        long readBytes = chain.readable().lengthBytes();
        ring.complete(chain, writtenBytes);
        seat.monitor().countRequest(readBytes, writtenBytes);
        if (!planned) {
            planned = true;
            loop.execute(publication);
        }
    }

    /** Shows what has been returned so far before the turn's end, so that the driver works while more is being done. */
    void publishEarly() {
        if (planned) {
            show();
        }
    }

    private void publish() {
        planned = false;
        show();
    }

    private void show() {
        if (ended) {
            return;
        }
        try {
            callIfWanted();
        } catch (Throwable e) {
            failure.accept(e);
            return;
        }
        seat.monitor().outstanding(ring.outstanding());
        endDrainIfEmpty();
    }

    private void callIfWanted() {
        boolean wanted = ring.publish();
        Fd call = seat.call();
        if (wanted && call != null) {
            loop.signal(call);
        } else if (wanted && seat.policy().messaged()) {
            callWanted.run();
        }
    }

    /** Says what follows, once, when no chain is on loan any more. */
    void whenDrained(Runnable then) {
        whenDrained = then;
    }

    /** Looks whether that is so already; what is still to be shown is shown first. */
    void lookWhetherDrained() {
        if (!planned) {
            endDrainIfEmpty();
        }
    }

    private void endDrainIfEmpty() {
        Runnable then = whenDrained;
        if (then != null && ring.outstanding() == 0) {
            whenDrained = null;
            then.run();
        }
    }

    /** Returns nothing from now on. */
    void end() {
        ended = true;
    }

    /** Shows what has been returned so far, whatever becomes of it. */
    void publishLast() {
        try {
            callIfWanted();
        } catch (Throwable e) {
            // The ring cannot be written any more; whoever opens it next will find out and say so.
            seat.markBroken();
        }
    }
}
