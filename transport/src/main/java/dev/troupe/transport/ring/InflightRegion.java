package dev.troupe.transport.ring;

import dev.troupe.transport.memory.MemoryAccessException;
import dev.troupe.transport.sys.Fd;
import dev.troupe.transport.sys.HostFile;
import dev.troupe.transport.sys.Mapping;
import dev.troupe.transport.sys.MemFd;

/**
 * The shared memory that holds the in-flight logs of all queues of a device, one after the other, each aligned to 64
 * bytes. It is made by us (GET_INFLIGHT_FD, or for ourselves alone) or handed back by a front end (SET_INFLIGHT_FD). It
 * must be closed after all queues that write to it.
 */
public final class InflightRegion implements AutoCloseable {

    /** Each queue's log starts at a multiple of this. */
    public static final int ALIGNMENT = 64;

    /** More queues than this have no device. */
    public static final int MAX_QUEUES = 1024;

    private final Fd fd;
    private final Mapping mapping;
    private final long mmapOffset;
    private final int queues;
    private final int queueSize;
    private final boolean packed;

    private InflightRegion(Fd fd, Mapping mapping, long mmapOffset, Shape shape) {
        this.fd = fd;
        this.mapping = mapping;
        this.mmapOffset = mmapOffset;
        this.queues = shape.queues();
        this.queueSize = shape.queueSize();
        this.packed = shape.packed();
    }

    /**
     * How large a region has to be.
     *
     * @throws MemoryAccessException if a number is out of range
     */
    public static long sizeBytes(int queues, int queueSize, boolean packed) {
        return queues * queueBytes(new Shape(queues, queueSize, packed));
    }

    private static long queueBytes(Shape shape) {
        int queueSize = shape.queueSize();
        if (shape.queues() < 1 || shape.queues() > MAX_QUEUES) {
            throw new MemoryAccessException(0, shape.queues(), "in-flight region for an impossible number of queues");
        }
        if (queueSize < 1 || queueSize > VringSetup.MAX_SIZE) {
            throw new MemoryAccessException(0, queueSize, "in-flight region for an impossible queue size");
        }
        long bytes = shape.packed()
                ? PackedInflightLog.HEADER_BYTES + (long) queueSize * PackedInflightLog.ENTRY_BYTES
                : SplitInflightLog.HEADER_BYTES + (long) queueSize * SplitInflightLog.ENTRY_BYTES;
        return (bytes + ALIGNMENT - 1) & -ALIGNMENT;
    }

    /**
     * Makes a fresh region in a memory file of its own (GET_INFLIGHT_FD).
     *
     * @throws MemoryAccessException if a number is out of range
     */
    public static InflightRegion create(int queues, int queueSize, boolean packed) {
        long bytes = sizeBytes(queues, queueSize, packed);
        try (Fd file = MemFd.create("troupe-inflight", bytes, true)) {
            return accept(file, 0, bytes, new Shape(queues, queueSize, packed));
        }
    }

    /**
     * Maps a region that a front end hands back (SET_INFLIGHT_FD). Its contents are checked when a queue is opened with
     * one of its logs.
     *
     * @param file the memory file; the caller keeps and closes it
     * @param mmapOffset where the region starts in the file; a multiple of 8
     * @param mmapSizeBytes how large the front end says it is
     * @param shape number of queues, their size and format
     * @throws MemoryAccessException if it is too small, misaligned, or reaches beyond its file
     */
    public static InflightRegion accept(Fd file, long mmapOffset, long mmapSizeBytes, Shape shape) {
        long bytes = sizeBytes(shape.queues(), shape.queueSize(), shape.packed());
        if (mmapSizeBytes < bytes) {
            throw new MemoryAccessException(mmapOffset, mmapSizeBytes, "in-flight region is smaller than " + bytes);
        }
        if (mmapOffset < 0 || mmapOffset > Long.MAX_VALUE - bytes || mmapOffset % Long.BYTES != 0) {
            throw new MemoryAccessException(mmapOffset, mmapSizeBytes, "offset of the in-flight region is impossible");
        }
        if (HostFile.stat(file).sizeBytes() < mmapOffset + bytes) {
            throw new MemoryAccessException(mmapOffset, mmapSizeBytes, "in-flight region reaches beyond its file");
        }
        Mapping mapping = Mapping.map(file, mmapOffset, bytes, true);
        try {
            return new InflightRegion(file.duplicate(), mapping, mmapOffset, shape);
        } catch (RuntimeException e) {
            mapping.close();
            throw e;
        }
    }

    /**
     * The log of one queue. Two logs of the same queue must not be used at the same time.
     *
     * @param queueIndex below {@link #queues()}
     */
    public InflightLog log(int queueIndex) {
        if (queueIndex < 0 || queueIndex >= queues) {
            throw new IndexOutOfBoundsException("queue %d of %d".formatted(queueIndex, queues));
        }
        long stride = queueBytes(new Shape(queues, queueSize, packed));
        var slice = mapping.segment().asSlice(queueIndex * stride, stride);
        return packed ? new PackedInflightLog(slice, queueSize) : new SplitInflightLog(slice, queueSize);
    }

    /**
     * Forgets what a queue's log says if it holds no unfinished request. Nothing happens if the front end has taken the
     * region's memory away: the next queue that is given the region finds out and says so.
     */
    public void forgetFinished(int queueIndex) {
        try {
            if (log(queueIndex).unfinished() == 0) {
                log(queueIndex).clear();
            }
        } catch (InternalError truncated) {
            return;
        }
    }

    /**
     * Whether no queue has used this log yet. False, too, if the front end has taken the region's memory away: the queue
     * that is given the region finds out and says so.
     */
    public boolean isFresh(int queueIndex) {
        try {
            return log(queueIndex).isFresh();
        } catch (InternalError truncated) {
            return false;
        }
    }

    /** The memory file, owned by the region. */
    public Fd fd() {
        return fd;
    }

    /** Where the region starts in its file. */
    public long mmapOffset() {
        return mmapOffset;
    }

    /** Length of the region in bytes. */
    public long mmapSizeBytes() {
        return mapping.length();
    }

    /** Number of queues. */
    public int queues() {
        return queues;
    }

    /** Entries of each queue's log; queues may be smaller. */
    public int queueSize() {
        return queueSize;
    }

    /** True if the logs are for packed queues. */
    public boolean packed() {
        return packed;
    }

    /** Forgets every request of every queue. */
    public void clear() {
        mapping.segment().fill((byte) 0);
    }

    /** Unmaps the region and closes its file. */
    @Override
    public void close() {
        mapping.close();
        fd.close();
    }

    /**
     * What decides the layout of a region.
     *
     * @param queues number of queues
     * @param queueSize entries of each queue's log
     * @param packed true for packed queues
     */
    public record Shape(int queues, int queueSize, boolean packed) {}
}
