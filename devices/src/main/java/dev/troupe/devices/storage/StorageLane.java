package dev.troupe.devices.storage;

import dev.troupe.transport.ring.ChainReader;
import dev.troupe.transport.ring.ChainWriter;
import java.lang.foreign.MemorySegment;

/**
 * One queue's way to the sectors of a disk. Belongs to the queue's event loop. Each request is known by its slot, a
 * number below the queue's size; a slot has one operation under way at a time, and each ends with exactly one
 * {@link Answers#answered}, possibly before the call that began it returns. Ranges have been checked.
 */
public interface StorageLane extends AutoCloseable {

    /** Learns how operations end. */
    interface Answers {
        /**
         * The operation of a slot ended.
         *
         * @param slot whose
         * @param result 0, or -errno
         */
        void answered(int slot, int result);
    }

    /** Moves {@code lengthBytes} from the disk to where {@code into} stands. */
    void read(int slot, long offsetBytes, long lengthBytes, ChainWriter into);

    /** Moves sectors into memory of this program, which is native and starts at a page. */
    void fetch(int slot, long offsetBytes, MemorySegment into);

    /** Moves {@code lengthBytes} from where {@code from} stands to the disk; {@code durable}: not only to a cache. */
    void write(int slot, long offsetBytes, long lengthBytes, ChainReader from, boolean durable);

    /** Makes every write that was answered before this call durable. */
    void flush(int slot);

    /** The contents of the range are no longer needed. */
    void discard(int slot, long offsetBytes, long lengthBytes);

    /** Makes the range read as zeros; {@code unmap}: its space may be given back. */
    void writeZeroes(int slot, long offsetBytes, long lengthBytes, boolean unmap);

    /**
     * Destroys the contents of the range and all copies of them, and gives its space back. Only where {@link StorageLimits}
     * say that it can be done.
     */
    void secureErase(int slot, long offsetBytes, long lengthBytes);

    /** The queue is gone; nothing is answered any more. */
    @Override
    void close();
}
