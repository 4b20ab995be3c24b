package dev.troupe.transport.sys;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Objects;

/**
 * One epoll instance, for the thread that created it alone; every descriptor is watched edge-triggered. A descriptor stays
 * open while it is watched, even if its owner closes it before {@link #remove}.
 */
public final class Epoll implements AutoCloseable {
    /** Event: readable. */
    public static final int EPOLLIN = 1;

    /** Event: writable. */
    public static final int EPOLLOUT = 4;

    /** Event: error. */
    public static final int EPOLLERR = 8;

    /** Event: both directions are gone. */
    public static final int EPOLLHUP = 0x10;

    /** Event: the peer will write no more. */
    public static final int EPOLLRDHUP = 0x2000;

    private static final int EPOLLET = 1 << 31;
    private static final int EPOLL_CLOEXEC = 0x80000;
    private static final int CTL_ADD = 1;
    private static final int CTL_DEL = 2;
    private static final int CTL_MOD = 3;
    private static final int SYS_EPOLL_PWAIT2 = 441;
    private static final long NANOS = 1_000_000_000L;
    private static final long NANOS_PER_MS = 1_000_000L;

    /** {@code struct epoll_event}: u32 events, u64 data; packed on x86-64, naturally aligned elsewhere. */
    private static final boolean PACKED = !"aarch64".equals(System.getProperty("os.arch"));

    private static final int EVENT_BYTES = PACKED ? 12 : 16;
    private static final int DATA_OFFSET = PACKED ? 4 : 8;

    private final Arena arena = Arena.ofConfined();
    private final Fd epoll;
    private final MemorySegment events;
    private final MemorySegment change;
    private final MemorySegment timespec;
    private final int capacity;
    private int count;
    private boolean hasNanos = true;

    private Epoll(Fd epoll, int capacity) {
        this.epoll = epoll;
        this.capacity = capacity;
        this.events = arena.allocate((long) capacity * EVENT_BYTES, Long.BYTES);
        this.change = arena.allocate(EVENT_BYTES, Long.BYTES);
        this.timespec = arena.allocate(2L * Long.BYTES, Long.BYTES);
    }

    /** Creates an instance owned by the calling thread that brings up to {@code capacity} events a time. */
    public static Epoll create(int capacity) {
        return new Epoll(Fd.own(LibC.check(LibC.epoll_create1(EPOLL_CLOEXEC), "epoll_create1", "")), capacity);
    }

    /**
     * Watches a descriptor.
     *
     * @param data comes back with each event
     * @throws SysException if it cannot be watched ({@link Errno#EPERM} for a regular file)
     */
    public void add(Fd fd, int wanted, long data) {
        int raw = fd.acquire();
        change.set(ValueLayout.JAVA_INT, 0, wanted | EPOLLET);
        change.set(ValueLayout.JAVA_LONG_UNALIGNED, DATA_OFFSET, data);
        if (LibC.epoll_ctl(epoll.number(), CTL_ADD, raw, change.address()) < 0) {
            int errno = LibC.errno();
            fd.release();
            throw new SysException("epoll_ctl ADD", fd.toString(), errno);
        }
    }

    /** Watches a descriptor that {@link #add} took for other events from now on; what of them is there already is told too. */
    public void change(Fd fd, int wanted, long data) {
        change.set(ValueLayout.JAVA_INT, 0, wanted | EPOLLET);
        change.set(ValueLayout.JAVA_LONG_UNALIGNED, DATA_OFFSET, data);
        // The number is valid: add() began a use that has not ended.
        LibC.check(LibC.epoll_ctl(epoll.number(), CTL_MOD, fd.number(), change.address()), "epoll_ctl MOD", fd);
    }

    /** Ends the watch of a descriptor that {@link #add} took. Events of it that {@link #await} brought already remain. */
    public void remove(Fd fd) {
        // The number is valid: add() began a use that ends here.
        LibC.epoll_ctl(epoll.number(), CTL_DEL, fd.number(), change.address());
        fd.release();
    }

    /**
     * Waits for events: not at all if {@code timeoutNanos} is 0, that long, or for ever if negative.
     *
     * @return how many there are; 0 also on a signal
     */
    public int await(long timeoutNanos) {
        int ready = hasNanos ? awaitNanos(timeoutNanos) : awaitMillis(timeoutNanos);
        int errno = ready < 0 ? LibC.errno() : 0;
        if (errno == Errno.ENOSYS && hasNanos) {
            // epoll_pwait2 came with Linux 5.11
            hasNanos = false;
            return await(timeoutNanos);
        }
        if (errno != 0 && errno != Errno.EINTR) {
            throw new SysException("epoll_wait", epoll.toString(), errno);
        }
        count = Math.max(0, ready);
        return count;
    }

    private int awaitNanos(long timeoutNanos) {
        if (timeoutNanos >= 0) {
            timespec.set(ValueLayout.JAVA_LONG, 0, timeoutNanos / NANOS);
            timespec.set(ValueLayout.JAVA_LONG, Long.BYTES, timeoutNanos % NANOS);
        }
        long limit = timeoutNanos < 0 ? 0 : timespec.address();
        return (int) LibC.syscall(SYS_EPOLL_PWAIT2, epoll.number(), events.address(), capacity, limit, 0, 0);
    }

    private int awaitMillis(long timeoutNanos) {
        long millis = timeoutNanos < 0 ? -1 : Math.min(Integer.MAX_VALUE, Math.ceilDiv(timeoutNanos, NANOS_PER_MS));
        return LibC.epoll_wait(epoll.number(), events.address(), capacity, (int) millis);
    }

    /** The data given for the descriptor of event {@code index} of the last {@link #await}. */
    public long data(int index) {
        return events.get(ValueLayout.JAVA_LONG_UNALIGNED, offset(index) + DATA_OFFSET);
    }

    /** The events that happened, of event {@code index} of the last {@link #await}. */
    public int events(int index) {
        return events.get(ValueLayout.JAVA_INT_UNALIGNED, offset(index));
    }

    private long offset(int index) {
        return (long) Objects.checkIndex(index, count) * EVENT_BYTES;
    }

    /** Gives the instance back; every descriptor must have been removed before. */
    @Override
    public void close() {
        arena.close();
        epoll.close();
    }
}
