package dev.troupe.transport.ring;

import dev.troupe.transport.memory.DirtyLog;
import dev.troupe.transport.memory.GuestMemory;
import dev.troupe.transport.memory.MemoryRegion;
import java.util.Arrays;

/**
 * One request: the buffers of a descriptor chain, translated and checked. Device-readable buffers come first, then
 * device-writable ones. Chains are pooled by their queue: after {@link VirtQueue#complete} this object, its reader and
 * its writer must not be used any more (they throw {@link IllegalStateException} until the queue uses them again).
 * Belongs to the queue's thread.
 */
public final class DescriptorChain {

    /** No chain may describe more (Virtual I/O Device 1.4, 2.7.5.2). */
    static final long MAX_BYTES = 1L << 32;

    private static final int FIRST_CAPACITY = 8;

    private final VirtQueue queue;
    private final ChainReader reader;
    private final ChainWriter writer;

    MemoryRegion[] regions = new MemoryRegion[FIRST_CAPACITY];
    long[] offsets = new long[FIRST_CAPACITY];
    long[] lengths = new long[FIRST_CAPACITY];
    int pieceCount;
    int readablePieces;
    long readableBytes;
    long writableBytes;

    int head;
    int slots;
    int logEntry;
    int bufferCount;
    boolean live;
    boolean resubmitted;
    boolean done;
    long doneBytes;
    MemoryHold hold;

    DescriptorChain(VirtQueue queue, MemoryHold hold) {
        this.queue = queue;
        this.hold = hold;
        this.reader = new ChainReader(this);
        this.writer = new ChainWriter(this);
    }

    /**
     * What names this request in its queue while it is outstanding: the first descriptor's index (split) or the buffer id
     * (packed). Below the queue's size.
     */
    public int head() {
        return head;
    }

    /** The queue it came from. */
    public VirtQueue queue() {
        return queue;
    }

    /** The device-readable bytes; always the same cursor. */
    public ChainReader readable() {
        requireLive();
        return reader;
    }

    /** The device-writable bytes; always the same cursor. */
    public ChainWriter writable() {
        requireLive();
        return writer;
    }

    /** True if the request was taken once before, by a queue that did not live to complete it. */
    public boolean resubmitted() {
        return resubmitted;
    }

    /** True until the request is completed. */
    public boolean isOutstanding() {
        return live;
    }

    void requireLive() {
        if (!live) {
            throw new IllegalStateException("descriptor chain is used after it was completed");
        }
    }

    boolean belongsTo(VirtQueue candidate) {
        return queue == candidate;
    }

    void clear(MemoryHold newHold) {
        hold = newHold;
        pieceCount = 0;
        readablePieces = 0;
        readableBytes = 0;
        writableBytes = 0;
        bufferCount = 0;
        slots = 0;
        logEntry = -1;
        resubmitted = false;
        done = false;
    }

    int capacity() {
        return lengths.length;
    }

    void grow() {
        int more = lengths.length * 2;
        regions = Arrays.copyOf(regions, more);
        offsets = Arrays.copyOf(offsets, more);
        lengths = Arrays.copyOf(lengths, more);
    }

    void shrink() {
        if (lengths.length > FIRST_CAPACITY) {
            regions = new MemoryRegion[FIRST_CAPACITY];
            offsets = new long[FIRST_CAPACITY];
            lengths = new long[FIRST_CAPACITY];
        }
    }

    void activate() {
        live = true;
        reader.reset(0, readablePieces, readableBytes);
        writer.reset(readablePieces, pieceCount, writableBytes);
    }

    /** Appends one buffer as the driver described it; every value is the guest's. */
    void append(long guestAddress, long lengthBytes, boolean writable) {
        if (++bufferCount > queue.chainLimit()) {
            throw queue.broken(head, "descriptor chain has more than " + queue.chainLimit() + " buffers");
        }
        if (!writable && pieceCount > readablePieces) {
            throw queue.broken(head, "device-readable buffer follows a device-writable one");
        }
        if (readableBytes + writableBytes + lengthBytes > MAX_BYTES) {
            throw queue.broken(head, "descriptor chain describes more than 2^32 bytes");
        }
        translate(guestAddress, lengthBytes);
        if (writable) {
            writableBytes += lengthBytes;
        } else {
            readableBytes += lengthBytes;
            readablePieces = pieceCount;
        }
    }

    private void translate(long guestAddress, long lengthBytes) {
        GuestMemory memory = hold.memory;
        long address = guestAddress;
        long left = lengthBytes;
        while (left > 0) {
            // Guest-controlled: the address chooses the region; no region holds an address that wrapped.
            int index = memory.indexOfGuest(address);
            if (index < 0) {
                throw queue.broken(
                        head, "buffer 0x%x + 0x%x is outside the memory table".formatted(guestAddress, lengthBytes));
            }
            MemoryRegion region = memory.region(index);
            long offset = address - region.guestAddress();
            long piece = Math.min(left, region.sizeBytes() - offset);
            addPiece(region, offset, piece);
            address += piece;
            left -= piece;
        }
    }

    private void addPiece(MemoryRegion region, long offset, long lengthBytes) {
        if (pieceCount == lengths.length) {
            queue.growPieces(this);
        }
        regions[pieceCount] = region;
        offsets[pieceCount] = offset;
        lengths[pieceCount] = lengthBytes;
        pieceCount++;
    }

    void markDirty(DirtyLog log) {
        for (int i = readablePieces; i < pieceCount; i++) {
            log.mark(regions[i].guestAddress() + offsets[i], lengths[i]);
        }
    }

    @Override
    public String toString() {
        return "chain %d (%d readable, %d writable bytes)".formatted(head, readableBytes, writableBytes);
    }
}
