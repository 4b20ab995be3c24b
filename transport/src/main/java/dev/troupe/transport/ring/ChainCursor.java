package dev.troupe.transport.ring;

import dev.troupe.transport.loop.IoVector;
import java.lang.foreign.MemorySegment;

/**
 * A position in one half of a descriptor chain. Buffers may be cut anywhere, also inside a number. Moving or reading past
 * the end is an {@link IndexOutOfBoundsException}: what the guest sent is too short for what the device assumes, so a
 * device asks {@link #remaining()} first. Belongs to the queue's thread.
 */
public abstract sealed class ChainCursor permits ChainReader, ChainWriter {

    final DescriptorChain chain;
    private int firstPiece;
    private int endPiece;
    private long lengthBytes;

    /** The piece that holds the next byte; {@code endPiece} at the end. */
    private int piece;

    private long pieceOffset;
    private long position;

    ChainCursor(DescriptorChain chain) {
        this.chain = chain;
    }

    final void reset(int first, int end, long length) {
        firstPiece = first;
        endPiece = end;
        lengthBytes = length;
        rewindUnchecked();
    }

    private void rewindUnchecked() {
        piece = firstPiece;
        pieceOffset = 0;
        position = 0;
    }

    /** All the bytes of this half, wherever the cursor stands. */
    public final long lengthBytes() {
        chain.requireLive();
        return lengthBytes;
    }

    /** Bytes from the cursor to the end. */
    public final long remaining() {
        chain.requireLive();
        return lengthBytes - position;
    }

    /** Bytes from the start to the cursor. */
    public final long position() {
        chain.requireLive();
        return position;
    }

    /** Moves forward without reading or writing. */
    public final void skip(long bytes) {
        require(bytes);
        advance(bytes);
    }

    /** Moves to a position counted from the start of this half. */
    public final void seek(long newPosition) {
        chain.requireLive();
        if (newPosition < 0 || newPosition > lengthBytes) {
            throw new IndexOutOfBoundsException("position %d of %d".formatted(newPosition, lengthBytes));
        }
        rewindUnchecked();
        advance(newPosition);
    }

    /** How many pieces of contiguous memory lie from the cursor to the end. */
    public final int pieceCount() {
        chain.requireLive();
        return endPiece - piece;
    }

    /** Contiguous bytes at the cursor; 0 only at the end. */
    public final long contiguousBytes() {
        chain.requireLive();
        return piece == endPiece ? 0 : chain.lengths[piece] - pieceOffset;
    }

    final void require(long bytes) {
        chain.requireLive();
        if (bytes < 0 || bytes > lengthBytes - position) {
            throw new IndexOutOfBoundsException("%d bytes at %d of %d".formatted(bytes, position, lengthBytes));
        }
    }

    /** Steps over bytes that are known to be there. */
    final void advance(long bytes) {
        position += bytes;
        long left = bytes;
        while (left > 0) {
            long here = chain.lengths[piece] - pieceOffset;
            if (left < here) {
                pieceOffset += left;
                return;
            }
            left -= here;
            piece++;
            pieceOffset = 0;
        }
    }

    /** The whole region of the next byte; only with at least one byte remaining. */
    final MemorySegment segment() {
        return chain.regions[piece].segment();
    }

    /** Where the next byte lies in {@link #segment()}. */
    final long segmentOffset() {
        return chain.offsets[piece] + pieceOffset;
    }

    /** Our own address of the next byte; only with at least one byte remaining. */
    final long hostAddress() {
        return chain.regions[piece].hostAddress() + segmentOffset();
    }

    /**
     * Appends the next bytes to a vector for the kernel, as many ranges as it takes, and moves behind them.
     *
     * @param vector receives the ranges
     * @param bytes how many bytes, at most {@link #remaining()}
     * @return how many ranges were appended
     */
    public final int addTo(IoVector vector, long bytes) {
        require(bytes);
        long left = bytes;
        int ranges = 0;
        while (left > 0) {
            long here = Math.min(left, chain.lengths[piece] - pieceOffset);
            vector.add(hostAddress(), here);
            advance(here);
            left -= here;
            ranges++;
        }
        return ranges;
    }

    final boolean fits(int bytes) {
        return piece < endPiece && chain.lengths[piece] - pieceOffset >= bytes;
    }

    /** The piece that holds a position, found from the end: trailers are what is asked for. The cursor stays. */
    final int pieceAt(long target) {
        int candidate = endPiece - 1;
        long start = lengthBytes - chain.lengths[candidate];
        while (target < start) {
            candidate--;
            start -= chain.lengths[candidate];
        }
        return candidate;
    }

    /** Where in its region the byte at a position lies, given the piece that holds it. */
    final long offsetAt(int holder, long target) {
        long start = lengthBytes;
        for (int i = endPiece - 1; i >= holder; i--) {
            start -= chain.lengths[i];
        }
        return chain.offsets[holder] + target - start;
    }

    final void requirePosition(long target) {
        chain.requireLive();
        if (target < 0 || target >= lengthBytes) {
            throw new IndexOutOfBoundsException("position %d of %d".formatted(target, lengthBytes));
        }
    }
}
