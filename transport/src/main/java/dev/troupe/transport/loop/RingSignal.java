package dev.troupe.transport.loop;

import dev.troupe.transport.sys.Errno;
import dev.troupe.transport.sys.Fd;
import dev.troupe.transport.sys.IoUring;
import org.jspecify.annotations.Nullable;

/**
 * The one write to an eventfd that is under way. A signal that comes before the kernel has it is the same signal; one that
 * comes after makes another, when this one is through: the reader may have seen this one already.
 */
final class RingSignal extends Slot {
    private static final long NOT_FILLED = -1;

    private final IoUringEngine engine;
    private @Nullable Fd eventFd;
    private long filledAt;
    private boolean again;

    RingSignal(IoUringEngine engine) {
        this.engine = engine;
    }

    void begin(Fd fd) {
        eventFd = fd;
        filledAt = NOT_FILLED;
        again = false;
    }

    /** Once more, where the ring has gone into the kernel {@code enters} times. */
    void once(long enters) {
        again |= filledAt != NOT_FILLED && filledAt != enters;
    }

    /** Its number, to cancel it; not another one after it. */
    long giveUp() {
        again = false;
        return userData;
    }

    @Override
    void prepare(IoUring ring) {
        filledAt = ring.enters();
        ring.prepSignal(fd(), userData);
    }

    @Override
    void completed(int result, boolean more) {
        if (again) {
            again = false;
            filledAt = NOT_FILLED;
            engine.resubmit(this);
            return;
        }
        Fd fd = fd();
        eventFd = null;
        engine.signalled(this, fd, result < 0 && result != -Errno.ECANCELED);
    }

    private Fd fd() {
        if (eventFd == null) {
            throw new AssertionError("A signal without an eventfd");
        }
        return eventFd;
    }
}
