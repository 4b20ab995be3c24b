package dev.troupe.transport.ring;

import dev.troupe.transport.memory.DirtyLog;
import dev.troupe.transport.memory.GuestMemory;
import org.jspecify.annotations.Nullable;

/**
 * All that is needed to open a virtqueue. Made with {@link #of} and refined with the {@code with…} methods.
 *
 * @param queueIndex which virtqueue of the device
 * @param size number of descriptors: split a power of two, packed any number, at most 32768
 * @param features what was negotiated
 * @param areas user addresses of the three ring areas
 * @param base where to go on, as SET_VRING_BASE carries it, or {@link #BASE_FROM_RING}. If the in-flight log holds
 *     unfinished requests, or if the ring is packed and the log is not fresh, it decides and this is ignored
 * @param memory the memory table; the queue retains it
 * @param inflightLog where taken requests are recorded, or null for none
 * @param dirtyLog where written pages are recorded, or null while nothing is migrated
 * @param usedLogAddress guest address under which writes to the used ring (split) or the device event suppression area
 *     (packed) are recorded in the dirty log, or {@link #NO_LOG_ADDRESS}; a packed ring itself is recorded where it lies
 */
public record VringSetup(
        int queueIndex,
        int size,
        RingFeatures features,
        RingAreas areas,
        long base,
        GuestMemory memory,
        @Nullable InflightLog inflightLog,
        @Nullable DirtyLog dirtyLog,
        long usedLogAddress) {

    /**
     * For {@link #base}: go on where the ring and the in-flight log say, for a queue that stopped without being drained.
     * A packed queue needs its in-flight log for that.
     */
    public static final long BASE_FROM_RING = -1;

    /** For {@link #usedLogAddress}: writes to the ring itself are not recorded. */
    public static final long NO_LOG_ADDRESS = -1;

    /** The largest queue there is (Virtual I/O Device 1.4, 2.7 and 2.8). */
    public static final int MAX_SIZE = 32768;

    /** The base of a packed ring that starts afresh: both positions 0, both wrap counters 1. */
    public static final long PACKED_START = 0x8000_8000L;

    /** A queue that starts afresh, without logs. */
    public static VringSetup of(int queueIndex, int size, RingFeatures features, RingAreas areas, GuestMemory memory) {
        long start = features.packed() ? PACKED_START : 0;
        return new VringSetup(queueIndex, size, features, areas, start, memory, null, null, NO_LOG_ADDRESS);
    }

    /** The same with another base. */
    public VringSetup withBase(long newBase) {
        return new VringSetup(
                queueIndex, size, features, areas, newBase, memory, inflightLog, dirtyLog, usedLogAddress);
    }

    /** The same with an in-flight log, or null for none. */
    public VringSetup withInflightLog(@Nullable InflightLog log) {
        return new VringSetup(queueIndex, size, features, areas, base, memory, log, dirtyLog, usedLogAddress);
    }

    /** The same with a dirty log, or null for none. */
    public VringSetup withDirtyLog(@Nullable DirtyLog log, long newUsedLogAddress) {
        return new VringSetup(queueIndex, size, features, areas, base, memory, inflightLog, log, newUsedLogAddress);
    }

    /** The same with another memory table. */
    public VringSetup withMemory(GuestMemory newMemory) {
        return new VringSetup(
                queueIndex, size, features, areas, base, newMemory, inflightLog, dirtyLog, usedLogAddress);
    }

    /** Throws {@link RingException} unless there are queues of this size. */
    void checkSize() {
        if (size < 1 || size > MAX_SIZE) {
            throw new RingException(queueIndex, -1, "queue size " + size + " is not within 1 and 32768");
        }
        if (!features.packed() && Integer.bitCount(size) != 1) {
            throw new RingException(queueIndex, -1, "split queue size " + size + " is no power of two");
        }
    }

    /** Throws {@link RingException} unless the in-flight log, if there is one, is of the ring's format and long enough. */
    void checkLog() {
        if (inflightLog == null) {
            return;
        }
        if (inflightLog instanceof PackedInflightLog != features.packed()) {
            String format = features.packed() ? "packed" : "split";
            throw new RingException(queueIndex, -1, "in-flight log is not one for a " + format + " queue");
        }
        if (size > inflightLog.entries) {
            throw new RingException(queueIndex, -1, "in-flight log has only " + inflightLog.entries + " entries");
        }
    }
}
