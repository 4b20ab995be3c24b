package dev.troupe.transport.sys;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** Eventfds: the kick, call and error notifiers of a virtqueue, and the way to wake a sleeping loop. Any thread. */
public final class EventFd {
    private static final int EFD_CLOEXEC = 0x80000;
    private static final int EFD_NONBLOCK = 0x800;
    private static final int RWF_NOWAIT = 0x8;
    private static final int COUNTER_BYTES = 8;
    private static final short POLLIN = 1;

    /** What {@link #await} needs, aligned to 8. */
    public static final int AWAIT_SCRATCH_BYTES = 16;

    private static final int POLLFD_BYTES = 8;
    private static final short POLLOUT = 4;

    /** The value every signal writes, in the machine's byte order as the kernel wants it. */
    static final MemorySegment ONE = Arena.global().allocateFrom(ValueLayout.JAVA_LONG, 1L);

    /** Where drained counters go; nobody reads it, so all threads may share it. */
    private static final MemorySegment SINK = Arena.global().allocate(COUNTER_BYTES, COUNTER_BYTES);

    private static final MemorySegment SINK_IOVEC =
            Arena.global().allocateFrom(ValueLayout.JAVA_LONG, SINK.address(), COUNTER_BYTES);

    private EventFd() {}

    /** A new eventfd with counter 0, non-blocking, close-on-exec. */
    public static Fd create() {
        return create(true);
    }

    /** A new eventfd with counter 0, close-on-exec, blocking or not. */
    public static Fd create(boolean nonBlocking) {
        int flags = EFD_CLOEXEC | (nonBlocking ? EFD_NONBLOCK : 0);
        return Fd.own(LibC.check(LibC.eventfd(0, flags), "eventfd", flags));
    }

    /**
     * Adds 1 to the counter. Blocks if the counter is saturated and the description is blocking: a loop uses
     * {@code EventLoop.signal} instead. A counter that is saturated already is as good as signalled, so that is no error.
     *
     * @throws SysException for any other failure
     */
    public static void signal(Fd eventFd) {
        int errno = trySignal(eventFd);
        if (errno != 0 && errno != Errno.EAGAIN) {
            throw new SysException("write", eventFd.toString(), errno);
        }
    }

    /** As {@link #signal(Fd)}, but returns the error number (0 for success) in place of an exception. */
    public static int trySignal(Fd eventFd) {
        if (!eventFd.tryAcquire()) {
            return Errno.EBADF;
        }
        try {
            return LibC.write(eventFd.number(), ONE.address(), COUNTER_BYTES) < 0 ? LibC.errno() : 0;
        } finally {
            eventFd.release();
        }
    }

    /** Whether the descriptor is an eventfd and nothing else. */
    public static boolean isEventFd(Fd fd) {
        return "anon_inode:[eventfd]".equals(fd.kind());
    }

    /**
     * Sets the counter to 0. Never blocks, whatever the description's flags are, and leaves them alone.
     *
     * @return whether the counter was above 0 (false also if the descriptor is closed)
     */
    public static boolean drain(Fd eventFd) {
        if (!eventFd.tryAcquire()) {
            return false;
        }
        try {
            return LibC.preadv2(eventFd.number(), SINK_IOVEC.address(), 1, -1, RWF_NOWAIT) == COUNTER_BYTES;
        } finally {
            eventFd.release();
        }
    }

    /**
     * Whether reads and writes through this open file description return {@code EAGAIN} in place of blocking. Asked once for
     * each {@link Fd} and then remembered.
     */
    public static boolean nonBlocking(Fd fd) {
        return (fd.statusFlags() & OpenFlag.NON_BLOCK.bits()) != 0;
    }

    /**
     * Sleeps until the counter is above 0, then sets it to 0. Only for threads that may sleep.
     *
     * @param scratch native memory of {@link #AWAIT_SCRATCH_BYTES}, the caller's own
     * @param timeoutMs how long at most, in milliseconds
     * @return the counter, which is how often the eventfd was signalled; 0 if it was not
     */
    public static long await(Fd eventFd, MemorySegment scratch, int timeoutMs) {
        if (!scratch.isNative() || scratch.byteSize() < AWAIT_SCRATCH_BYTES) {
            throw new IllegalArgumentException("Waiting needs native memory of its own");
        }
        int raw = eventFd.acquire();
        try {
            // u64 counter, then struct pollfd: i32 fd, u16 events, u16 revents
            scratch.set(ValueLayout.JAVA_LONG, 0, 0);
            scratch.set(ValueLayout.JAVA_INT, COUNTER_BYTES, raw);
            scratch.set(ValueLayout.JAVA_SHORT, COUNTER_BYTES + Integer.BYTES, POLLIN);
            if (LibC.poll(scratch.address() + COUNTER_BYTES, 1, timeoutMs) > 0) {
                LibC.read(raw, scratch.address(), COUNTER_BYTES);
            }
            return scratch.get(ValueLayout.JAVA_LONG, 0);
        } finally {
            eventFd.release();
        }
    }

    /** Whether a signal would not block now: the counter is not saturated (or the descriptor is closed). */
    public static boolean hasRoom(Fd eventFd) {
        if (!eventFd.tryAcquire()) {
            return true;
        }
        try (Arena arena = Arena.ofConfined()) {
            // struct pollfd: i32 fd, u16 events, u16 revents
            MemorySegment pollFd = arena.allocate(POLLFD_BYTES, Integer.BYTES);
            pollFd.set(ValueLayout.JAVA_INT, 0, eventFd.number());
            pollFd.set(ValueLayout.JAVA_SHORT, Integer.BYTES, POLLOUT);
            return LibC.poll(pollFd.address(), 1, 0) > 0;
        } finally {
            eventFd.release();
        }
    }
}
