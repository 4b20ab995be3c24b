package dev.troupe.transport.loop;

import dev.troupe.transport.sys.Errno;
import dev.troupe.transport.sys.EventFd;
import dev.troupe.transport.sys.Fd;
import dev.troupe.transport.sys.IoUring;

/** A multishot poll in the ring, armed again whenever the kernel drops it. */
final class RingWatch extends Slot implements Watch {
    private static final int READABLE = IoUring.POLLIN | IoUring.POLLRDHUP;
    private static final int OVER = IoUring.POLLERR | IoUring.POLLHUP;
    private static final int GONE = OVER | IoUring.POLLRDHUP;

    private final IoUringEngine engine;
    private final Fd fd;
    private final boolean isEventFd;
    private final int end;
    private final Watch.Listener listener;
    private final WritablePoll writable = new WritablePoll();
    private boolean armed;
    private boolean cancelled;
    private boolean hungUp;

    RingWatch(IoUringEngine engine, Fd fd, boolean stream, Watch.Listener listener) {
        this.engine = engine;
        this.fd = fd;
        // To look costs a system call, for sockets that come and go by the thousand.
        this.isEventFd = !stream && EventFd.isEventFd(fd);
        // The error bit of an eventfd only says that its counter is full.
        this.end = isEventFd ? 0 : stream ? OVER : GONE;
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
        // Nothing but its closing ends an eventfd; whatever else the kernel ran short of, the watch is armed again.
        boolean over = result < 0 && (!isEventFd || result == -Errno.EBADF);
        boolean gone = over || (result & end) != 0;
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
    public void awaitWritable() {
        if (!cancelled && !writable.armed) {
            writable.armed = true;
            engine.submit(writable);
        }
    }

    @Override
    public void cancel() {
        if (cancelled) {
            return;
        }
        cancelled = true;
        if (writable.armed) {
            engine.cancel(writable.userData);
        }
        if (isEventFd) {
            EventFd.drain(fd);
        }
        if (armed) {
            engine.cancel(userData);
        }
    }

    /** One wait for writability, beside the multishot poll, which would tell of every byte that the peer takes. */
    private final class WritablePoll extends Slot {
        private boolean armed;

        @Override
        void prepare(IoUring ring) {
            ring.prepPoll(fd, IoUring.POLLOUT, userData);
        }

        @Override
        void completed(int result, boolean more) {
            armed = false;
            engine.finished(this);
            if (cancelled) {
                return;
            }
            try {
                listener.writable();
            } catch (Throwable e) {
                // Whatever it is: no failure of one owner may reach the loop that others run on.
                Failures.log(engine.loop(), "a watch", e);
            }
        }
    }
}
