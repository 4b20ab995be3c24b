package dev.troupe.runtime.bench;

import dev.troupe.transport.frontend.BufferList;
import java.lang.foreign.MemorySegment;

/**
 * How the reads and writes of one type of disk look in guest memory. A request has a control area, for all but its data. For
 * one thread; allocates nothing for a request that succeeds.
 */
sealed interface DiskFormat permits BlkFormat, ScsiFormat {

    /** How large a control area is. */
    int controlBytes();

    /** How many buffers a request has. */
    int buffers();

    /**
     * Writes a request.
     *
     * @param control all control areas
     * @param at where in it this request's starts
     * @param write whether it writes or reads
     * @param offsetBytes where on the disk
     */
    void put(MemorySegment control, long at, boolean write, long offsetBytes);

    /**
     * Lists a request's buffers.
     *
     * @param controlAddress the guest address of its control area
     * @param dataAddress the guest address of its data
     */
    void list(long controlAddress, long dataAddress, boolean write, BufferList into);

    /** Whether a request that came back has succeeded. */
    boolean isGood(MemorySegment control, long at);

    /** How a request that came back has failed, for people. */
    String failure(MemorySegment control, long at);
}
