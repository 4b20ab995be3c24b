package dev.troupe.transport.ring;

import java.lang.foreign.MemorySegment;

/**
 * Fills the device-writable half of a chain in order. Numbers are little-endian, of any alignment and any split. What is
 * reported as written is said in {@link VirtQueue#complete}; this cursor does not count for it.
 */
public final class ChainWriter extends ChainCursor {

    ChainWriter(DescriptorChain chain) {
        super(chain);
    }

    /** Writes a byte. */
    public void putByte(int value) {
        require(Byte.BYTES);
        segment().set(RingLayout.BYTE, segmentOffset(), (byte) value);
        advance(Byte.BYTES);
    }

    /** Writes a u16. */
    public void putShort(int value) {
        require(Short.BYTES);
        if (!fits(Short.BYTES)) {
            scatter(value, Short.BYTES);
            return;
        }
        segment().set(RingLayout.SHORT, segmentOffset(), (short) value);
        advance(Short.BYTES);
    }

    /** Writes a u32. */
    public void putInt(int value) {
        require(Integer.BYTES);
        if (!fits(Integer.BYTES)) {
            scatter(value, Integer.BYTES);
            return;
        }
        segment().set(RingLayout.INT, segmentOffset(), value);
        advance(Integer.BYTES);
    }

    /** Writes a u64. */
    public void putLong(long value) {
        require(Long.BYTES);
        if (!fits(Long.BYTES)) {
            scatter(value, Long.BYTES);
            return;
        }
        segment().set(RingLayout.LONG, segmentOffset(), value);
        advance(Long.BYTES);
    }

    private void scatter(long value, int bytes) {
        for (int i = 0; i < bytes; i++) {
            segment().set(RingLayout.BYTE, segmentOffset(), (byte) (value >>> (i * Byte.SIZE)));
            advance(1);
        }
    }

    /**
     * Copies bytes in.
     *
     * @param source where from
     * @param offset first byte in the source
     * @param bytes how many
     */
    public void copyFrom(MemorySegment source, long offset, long bytes) {
        require(bytes);
        long done = 0;
        while (done < bytes) {
            long piece = Math.min(bytes - done, contiguousBytes());
            MemorySegment.copy(source, offset + done, segment(), segmentOffset(), piece);
            advance(piece);
            done += piece;
        }
    }

    /** Copies a whole segment in. */
    public void copyFrom(MemorySegment source) {
        copyFrom(source, 0, source.byteSize());
    }

    /** Writes the same byte many times. */
    public void fill(int value, long bytes) {
        require(bytes);
        long left = bytes;
        while (left > 0) {
            long piece = Math.min(left, contiguousBytes());
            segment().asSlice(segmentOffset(), piece).fill((byte) value);
            advance(piece);
            left -= piece;
        }
    }

    /** A view of the next contiguous bytes, at most so many; the cursor moves behind it. Empty only at the end. */
    public MemorySegment nextPiece(long maxBytes) {
        long bytes = Math.min(maxBytes, contiguousBytes());
        require(bytes);
        if (bytes == 0) {
            return MemorySegment.NULL;
        }
        MemorySegment view = segment().asSlice(segmentOffset(), bytes);
        advance(bytes);
        return view;
    }

    /**
     * Writes the byte at a position counted from the start, such as a trailing status at {@code lengthBytes() - 1}; the
     * cursor stays where it is.
     *
     * @param position below {@link #lengthBytes()}
     */
    public void putByteAt(long position, int value) {
        requirePosition(position);
        int piece = pieceAt(position);
        chain.regions[piece].segment().set(RingLayout.BYTE, offsetAt(piece, position), (byte) value);
    }
}
