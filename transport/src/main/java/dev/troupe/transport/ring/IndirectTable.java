package dev.troupe.transport.ring;

import dev.troupe.transport.memory.GuestMemory;
import dev.troupe.transport.memory.MemoryAccessException;
import dev.troupe.transport.memory.MemoryRegion;
import java.lang.foreign.MemorySegment;

/**
 * Reads a table of indirect descriptors (Virtual I/O Device 1.4, 2.7.5.3 and 2.8.8), each entry once. A table that lies
 * in one region is read in place; one that crosses regions is read entry by entry.
 */
final class IndirectTable {

    /** A table has no more entries than this: indices are 16 bits wide. */
    static final int MAX_ENTRIES = 1 << 16;

    private final MemorySegment scratch = MemorySegment.ofArray(new byte[RingLayout.DESCRIPTOR_BYTES]);
    private MemorySegment segment = MemorySegment.NULL;
    private GuestMemory memory = GuestMemory.empty();
    private long start;
    private long tableAddress;
    private boolean inPlace;

    /** The address field of the entry read last. */
    long address;

    /** The other eight bytes of the entry read last. */
    long word;

    /**
     * Points to a table.
     *
     * @return what is wrong with it, or an empty string
     */
    String open(GuestMemory newMemory, long guestAddress, long lengthBytes) {
        if (lengthBytes == 0 || lengthBytes % RingLayout.DESCRIPTOR_BYTES != 0) {
            return "indirect table of " + lengthBytes + " bytes";
        }
        if (lengthBytes > (long) MAX_ENTRIES * RingLayout.DESCRIPTOR_BYTES) {
            return "indirect table has more than " + MAX_ENTRIES + " entries";
        }
        // Guest-controlled: the table's address chooses the region it is read from.
        int index = newMemory.indexOfGuest(guestAddress);
        if (index < 0) {
            return "indirect table at 0x%x is outside the memory table".formatted(guestAddress);
        }
        MemoryRegion region = newMemory.region(index);
        memory = newMemory;
        segment = region.segment();
        start = guestAddress - region.guestAddress();
        tableAddress = guestAddress;
        inPlace = lengthBytes <= region.sizeBytes() - start;
        return "";
    }

    /** Reads an entry; the caller has checked the index against the length. */
    void read(int index) throws MemoryAccessException {
        long at = (long) index * RingLayout.DESCRIPTOR_BYTES;
        if (inPlace) {
            address = segment.get(RingLayout.LONG, start + at);
            word = segment.get(RingLayout.LONG, start + at + RingLayout.DESCRIPTOR_WORD_OFFSET);
            return;
        }
        memory.copyFromGuest(tableAddress + at, scratch);
        address = scratch.get(RingLayout.LONG, 0);
        word = scratch.get(RingLayout.LONG, RingLayout.DESCRIPTOR_WORD_OFFSET);
    }
}
