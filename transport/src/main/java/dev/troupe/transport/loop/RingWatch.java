package dev.troupe.transport.loop;

import dev.troupe.transport.sys.EventFd;
import dev.troupe.transport.sys.Fd;
import dev.troupe.transport.sys.IoUring;

/** A multishot poll in the ring, armed again whenever the kernel drops it. */
final class RingWatch extends Slot implements Watch {
    private static final int READABLE = IoUring.POLLIN | IoUring.POLLRDHUP;
    private static final int GONE = IoUring.POLLERR | IoUring.POLLHUP | IoUring.POLLRDHUP;

    private final IoUringEngine engine;
    private final Fd fd;
    private final boolean isEventFd;
    private final Watch.Listener listener;
    private boolean armed;
    private boolean cancelled;
    private boolean hungUp;

    RingWatch(IoUringEngine engine, Fd fd, Watch.Listener listener) {
        this.engine = engine;
        this.fd = fd;
        this.isEventFd = EventFd.isEventFd(fd);
        this.listener = listener;
    }

    boolean isCancelled() {
        return cancelled;
    }

    @Override
    void prepare(IoUring ring) {
        armed = true;
        ring.prepPollMultishot(fd, READABLE, userData);
    }

    @Override
    void completed(int result, boolean more) {
        armed = more;
        if (!cancelled && !hungUp) {
            tell(result);
        }
        if (more) {
            return;
        }
        if (cancelled || hungUp) {
            engine.finished(this);
        } else {
            engine.resubmit(this);
        }
    }

    private void tell(int result) {
        // The error bit of an eventfd only says that its counter is full.
        boolean gone = result < 0 || (!isEventFd && (result & GONE) != 0);
        hungUp = gone;
        try {
            listener.ready();
            if (gone && !cancelled) {
                listener.hungUp();
            }
        } catch (Throwable e) {
            // Whatever it is: no failure of one owner may reach the loop that others run on.
            Failures.log(engine.loop(), "a watch", e);
        }
    }

    @Override
    public void cancel() {
        if (cancelled) {
            return;
        }
        cancelled = true;
        if (isEventFd) {
            EventFd.drain(fd);
        }
        if (armed) {
            engine.cancel(userData);
        }
    }
}
