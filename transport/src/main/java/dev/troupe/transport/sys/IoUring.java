package dev.troupe.transport.sys;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/**
 * One io_uring instance, for the thread that created it alone ({@code SINGLE_ISSUER | DEFER_TASKRUN}): the kernel does the
 * work of completions only inside {@link #enter}, on that thread.
 *
 * <p>The {@code prep} methods fill the next submission entry; {@link #enter} hands all of them over, and {@link #reap}
 * delivers what completed. A descriptor given to a {@code prep} method stays open until the kernel has taken the entry; one
 * that is closed already makes the operation complete with {@code -EBADF}. Completions beyond the ring's size are kept by
 * the kernel and lost never ({@code IORING_FEAT_NODROP}).
 */
public final class IoUring implements AutoCloseable {
    /** Set in a completion's flags if the same submission will complete again. */
    public static final int CQE_F_MORE = 2;

    /** Poll event: readable. */
    public static final int POLLIN = 1;

    /** Poll event: writable. */
    public static final int POLLOUT = 4;

    /** Poll event: error. */
    public static final int POLLERR = 8;

    /** Poll event: both directions are gone. */
    public static final int POLLHUP = 0x10;

    /** Poll event: the peer will write no more. */
    public static final int POLLRDHUP = 0x2000;

    private static final int OP_READV = 1;
    private static final int OP_WRITEV = 2;
    private static final int OP_FSYNC = 3;
    private static final int OP_POLL_ADD = 6;
    private static final int OP_ASYNC_CANCEL = 14;
    private static final int OP_FALLOCATE = 17;
    private static final int OP_READ = 22;
    private static final int OP_WRITE = 23;

    /** Beside the opcode: no completion unless it fails. */
    private static final int CQE_SKIP_SUCCESS = (1 << 6) << 8;

    private static final int FSYNC_DATASYNC = 1;
    private static final int POLL_ADD_MULTI = 1;
    private static final int CANCEL_ALL = 1;
    private static final int RWF_DSYNC = 2;

    private static final int SYS_IO_URING_ENTER = 426;
    private static final int ENTER_GETEVENTS = 1;
    private static final int ENTER_EXT_ARG = 8;
    private static final int EXT_ARG_BYTES = 24;
    private static final int EXT_ARG_TIMESPEC = 16;
    private static final long NANOS = 1_000_000_000L;

    private static final int SQ_CQ_OVERFLOW = 2;
    private static final int SQ_TASKRUN = 4;
    private static final int SQE_BYTES = 64;
    private static final int CQE_BYTES = 16;
    private static final long U32 = 0xffff_ffffL;

    /** The most that one transfer moves, as the kernel limits it. */
    private static final long MAX_TRANSFER_BYTES = 0x7fff_f000L;

    private static final ValueLayout.OfInt INT = ValueLayout.JAVA_INT;
    private static final ValueLayout.OfLong LONG = ValueLayout.JAVA_LONG;
    private static final VarHandle RING_INDEX = INT.varHandle();

    private final Arena arena;
    private final Fd ring;
    private final IoUringLayout layout;
    private final MemorySegment rings;
    private final MemorySegment sqes;
    private final MemorySegment waitArgument;
    private final MemorySegment timespec;
    private final int sqMask;
    private final int cqMask;

    /** The descriptor that each filled entry keeps open, by ring position. */
    private final @Nullable Fd[] held;

    private int tail;
    private int taken;
    private int cqHead;
    private long enters;

    private IoUring(Arena arena, Fd ring, IoUringLayout layout) {
        this.arena = arena;
        this.ring = ring;
        this.layout = layout;
        this.rings = layout.mapRings(ring, arena);
        this.sqes = layout.mapEntries(ring, arena, (long) layout.sqEntries() * SQE_BYTES);
        this.sqMask = layout.sqEntries() - 1;
        this.cqMask = layout.cqEntries() - 1;
        this.held = new Fd[layout.sqEntries()];
        this.waitArgument = arena.allocate(EXT_ARG_BYTES, Long.BYTES);
        this.timespec = arena.allocate(2L * Long.BYTES, Long.BYTES);
        waitArgument.set(LONG, EXT_ARG_TIMESPEC, timespec.address());
        layout.fillIdentityArray(rings);
    }

    /**
     * Creates an instance owned by the calling thread.
     *
     * @param entries room for submissions, rounded up to a power of two
     * @param completions room for completions before the kernel has to queue them aside
     * @throws SysException if the kernel lacks io_uring, forbids it, or is older than 6.1
     */
    public static IoUring create(int entries, int completions) {
        Arena arena = Arena.ofConfined();
        Fd ring = null;
        try {
            MemorySegment params = arena.allocate(IoUringLayout.PARAMS_BYTES, Long.BYTES);
            ring = IoUringLayout.setup(params, entries, completions);
            return new IoUring(arena, ring, IoUringLayout.of(params));
        } catch (Throwable e) {
            if (ring != null) {
                ring.close();
            }
            arena.close();
            throw e;
        }
    }

    /** Whether another entry can be filled before the next {@link #enter}. */
    public boolean hasRoom() {
        return tail - taken <= sqMask;
    }

    /** How many entries wait for {@link #enter}. */
    public int unsubmitted() {
        return tail - taken;
    }

    /** How often {@link #enter} went into the kernel. */
    public long enters() {
        return enters;
    }

    /** Reads into {@code count} buffers of a native iovec array. */
    public void prepReadv(Fd file, long offset, long iovecs, int count, long userData) {
        fill(OP_READV, file, offset, iovecs, count, userData);
    }

    /** Writes {@code count} buffers of a native iovec array, onto the medium if {@code dataSync}. */
    public void prepWritev(Fd file, long offset, long iovecs, int count, boolean dataSync, long userData) {
        fill(OP_WRITEV, file, offset, iovecs, withFlags(count, dataSync ? RWF_DSYNC : 0), userData);
    }

    /** Reads into one buffer; at most 2 GiB less one page are read at once. */
    public void prepRead(Fd file, long offset, long address, long lengthBytes, long userData) {
        fill(OP_READ, file, offset, address, Math.min(lengthBytes, MAX_TRANSFER_BYTES), userData);
    }

    /** Writes one buffer, onto the medium if {@code dataSync}; at most 2 GiB less one page at once. */
    public void prepWrite(Fd file, long offset, long address, long lengthBytes, boolean dataSync, long userData) {
        long length = Math.min(lengthBytes, MAX_TRANSFER_BYTES);
        fill(OP_WRITE, file, offset, address, withFlags(length, dataSync ? RWF_DSYNC : 0), userData);
    }

    /**
     * Adds 1 to an eventfd; waits aside as long as the counter is saturated. Completes with 8 if {@code answered}, else only
     * if it fails.
     */
    public void prepSignal(Fd eventFd, boolean answered, long userData) {
        int opcode = answered ? OP_WRITE : OP_WRITE | CQE_SKIP_SUCCESS;
        fill(opcode, eventFd, 0, EventFd.ONE.address(), EventFd.ONE.byteSize(), userData);
    }

    /** {@code fsync} or, if {@code dataOnly}, {@code fdatasync}. */
    public void prepSync(Fd file, boolean dataOnly, long userData) {
        fill(OP_FSYNC, file, 0, 0, withFlags(0, dataOnly ? FSYNC_DATASYNC : 0), userData);
    }

    /** {@code fallocate}. */
    public void prepAllocate(Fd file, int mode, long offset, long lengthBytes, long userData) {
        fill(OP_FALLOCATE, file, offset, lengthBytes, mode, userData);
    }

    /** Watches for {@code events} (edge-triggered): completes at each edge, until a completion lacks {@link #CQE_F_MORE}. */
    public void prepPollMultishot(Fd fd, int events, long userData) {
        fill(OP_POLL_ADD, fd, 0, 0, withFlags(POLL_ADD_MULTI, events), userData);
    }

    /** Waits once for one of {@code events}; completes with those that are there. */
    public void prepPoll(Fd fd, int events, long userData) {
        fill(OP_POLL_ADD, fd, 0, 0, withFlags(0, events), userData);
    }

    /**
     * Cancels an operation by its user data, or {@code all} that have it: each then completes, with {@code -ECANCELED} if it
     * had not yet.
     */
    public void prepCancel(long target, boolean all, long userData) {
        fill(OP_ASYNC_CANCEL, null, 0, target, withFlags(0, all ? CANCEL_ALL : 0), userData);
    }

    private static long withFlags(long length, int flags) {
        return (length & U32) | ((long) flags << 32);
    }

    private void fill(int opcode, @Nullable Fd fd, long offset, long address, long lengthAndFlags, long userData) {
        if (!hasRoom()) {
            throw new IllegalStateException("The submission queue is full");
        }
        int number = -1;
        if (fd != null && fd.tryAcquire()) {
            held[tail & sqMask] = fd;
            number = fd.number();
        }
        long at = (long) (tail & sqMask) * SQE_BYTES;
        sqes.set(LONG, at, opcode | ((long) number << 32));
        sqes.set(LONG, at + 8, offset);
        sqes.set(LONG, at + 16, address);
        sqes.set(LONG, at + 24, lengthAndFlags);
        sqes.set(LONG, at + 32, userData);
        sqes.set(LONG, at + 40, 0L);
        sqes.set(LONG, at + 48, 0L);
        sqes.set(LONG, at + 56, 0L);
        tail++;
    }

    /**
     * Submits all filled entries and, if {@code timeoutNanos} is not 0, waits for a completion in the same system call: that
     * long, or for ever if negative. Returns early on a signal. If the kernel is short of memory entries may remain for the
     * next time.
     *
     * @throws SysException if the kernel refuses for another reason
     */
    public void enter(long timeoutNanos) {
        // Ordering: release; pairs with the kernel's acquire of the tail: it sees the entries filled before.
        RING_INDEX.setRelease(rings, layout.sqTail(), tail);
        enters++;
        int wanted = timeoutNanos == 0 ? 0 : 1;
        // Not asked to look for completions, nor for how long to wait, the kernel is back sooner.
        int flags = wanted > 0 || wantsEnter() ? ENTER_GETEVENTS : 0;
        long argument = 0;
        if (timeoutNanos > 0) {
            timespec.set(LONG, 0, timeoutNanos / NANOS);
            timespec.set(LONG, Long.BYTES, timeoutNanos % NANOS);
            flags |= ENTER_EXT_ARG;
            argument = waitArgument.address();
        }
        long done = LibC.syscall(
                SYS_IO_URING_ENTER,
                ring.number(),
                tail - taken,
                wanted,
                flags,
                argument,
                argument == 0 ? 0 : EXT_ARG_BYTES);
        int errno = done < 0 ? LibC.errno() : 0;
        releaseTaken();
        if (errno != 0 && !isPassing(errno)) {
            throw new SysException("io_uring_enter", ring.toString(), errno);
        }
    }

    private static boolean isPassing(int errno) {
        return errno == Errno.ETIME || errno == Errno.EINTR || errno == Errno.EAGAIN || errno == Errno.EBUSY;
    }

    private void releaseTaken() {
        // Ordering: acquire; pairs with the kernel's release of the head: it is done with the entries before it.
        int head = (int) RING_INDEX.getAcquire(rings, layout.sqHead());
        for (; taken != head; taken++) {
            Fd fd = held[taken & sqMask];
            if (fd != null) {
                held[taken & sqMask] = null;
                fd.release();
            }
        }
    }

    /** How many completions {@link #reap} would deliver without a system call. */
    public int completions() {
        // Ordering: acquire; pairs with the kernel's release of the tail: the completions before it are whole.
        return (int) RING_INDEX.getAcquire(rings, layout.cqTail()) - cqHead;
    }

    /** Whether the kernel holds completions back that {@link #enter} would bring. */
    public boolean wantsEnter() {
        // Ordering: acquire; the flag is only a hint, the completions themselves are ordered by the tail after enter.
        return ((int) RING_INDEX.getAcquire(rings, layout.sqFlags()) & (SQ_CQ_OVERFLOW | SQ_TASKRUN)) != 0;
    }

    /**
     * Delivers up to {@code maximum} completions. Each one's place is free again before it is delivered, so an exception out
     * of the sink loses none and repeats none.
     *
     * @return how many were delivered
     */
    public int reap(int maximum, Sink sink) {
        int count = Math.min(maximum, completions());
        for (int i = 0; i < count; i++) {
            long at = layout.cqes() + (long) (cqHead & cqMask) * CQE_BYTES;
            long userData = rings.get(LONG, at);
            int result = rings.get(INT, at + 8);
            int flags = rings.get(INT, at + 12);
            cqHead++;
            // Ordering: release; pairs with the kernel's acquire of the head: it reuses the place after we have read
            // it.
            RING_INDEX.setRelease(rings, layout.cqHead(), cqHead);
            sink.completed(userData, result, flags);
        }
        return count;
    }

    /** Gives the instance back. Whatever is under way is cancelled by the kernel some time later: wait for it first. */
    @Override
    public void close() {
        releaseAll();
        arena.close();
        ring.close();
    }

    private void releaseAll() {
        for (Fd fd : held) {
            if (fd != null) {
                fd.release();
            }
        }
    }

    /** Takes completions. */
    @FunctionalInterface
    public interface Sink {
        /** One completion; on the ring's thread. */
        void completed(long userData, int result, int flags);
    }
}
