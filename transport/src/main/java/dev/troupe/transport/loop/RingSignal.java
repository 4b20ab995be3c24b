package dev.troupe.transport.loop;

import dev.troupe.transport.sys.Errno;
import dev.troupe.transport.sys.Fd;
import dev.troupe.transport.sys.IoUring;

/**
 * The writes to one eventfd. The kernel tells only of those that fail, so that the loop can sleep in the very system call
 * that signals. A write to a counter that is full waits aside in the kernel: every so often one has to come back before
 * there are more, or a front end that never looks could make them pile up without end.
 */
final class RingSignal extends Slot {
    /** How many writes are made for each one that has to come back. */
    private static final int WRITES_PER_ANSWER = 64;

    private static final long NOT_FILLED = -1;

    private final IoUringEngine engine;
    private final Fd eventFd;
    private long filledAt = NOT_FILLED;
    private int writes;
    private boolean queued;
    private boolean answerDue;
    private boolean again;

    RingSignal(IoUringEngine engine, Fd eventFd) {
        this.engine = engine;
        this.eventFd = eventFd;
    }

    /** Once more, where the ring has gone into the kernel {@code enters} times: what it has not got yet serves both. */
    void raise(long enters) {
        if (queued || filledAt == enters) {
            return;
        }
        if (answerDue) {
            again = true;
            return;
        }
        queued = true;
        engine.resubmit(this);
    }

    /** Whether nobody can want it any more. */
    boolean isOver() {
        return !eventFd.isOpen() && !queued && !answerDue;
    }

    @Override
    void prepare(IoUring ring) {
        queued = false;
        filledAt = ring.enters();
        writes++;
        answerDue = writes % WRITES_PER_ANSWER == 0;
        ring.prepSignal(eventFd, answerDue, userData);
    }

    @Override
    void completed(int result, boolean more) {
        if (result < 0 && result != -Errno.ECANCELED) {
            engine.signalFailed();
        }
        answerDue = false;
        if (again) {
            again = false;
            queued = true;
            engine.resubmit(this);
        }
    }
}
