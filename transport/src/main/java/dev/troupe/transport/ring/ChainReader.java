package dev.troupe.transport.ring;

import java.lang.foreign.MemorySegment;

/**
 * Reads the device-readable half of a chain in order. Numbers are little-endian, of any alignment and any split. The
 * guest can change the bytes at any time: read each once, then decide on the copy.
 */
public final class ChainReader extends ChainCursor {

    ChainReader(DescriptorChain chain) {
        super(chain);
    }

    /** The next byte. */
    public byte getByte() {
        require(Byte.BYTES);
        byte value = segment().get(RingLayout.BYTE, segmentOffset());
        advance(Byte.BYTES);
        return value;
    }

    /** The next u16. */
    public short getShort() {
        require(Short.BYTES);
        if (!fits(Short.BYTES)) {
            return (short) gather(Short.BYTES);
        }
        short value = segment().get(RingLayout.SHORT, segmentOffset());
        advance(Short.BYTES);
        return value;
    }

    /** The next u32. */
    public int getInt() {
        require(Integer.BYTES);
        if (!fits(Integer.BYTES)) {
            return (int) gather(Integer.BYTES);
        }
        int value = segment().get(RingLayout.INT, segmentOffset());
        advance(Integer.BYTES);
        return value;
    }

    /** The next u64. */
    public long getLong() {
        require(Long.BYTES);
        if (!fits(Long.BYTES)) {
            return gather(Long.BYTES);
        }
        long value = segment().get(RingLayout.LONG, segmentOffset());
        advance(Long.BYTES);
        return value;
    }

    private long gather(int bytes) {
        long value = 0;
        for (int i = 0; i < bytes; i++) {
            value |= (segment().get(RingLayout.BYTE, segmentOffset()) & 0xffL) << (i * Byte.SIZE);
            advance(1);
        }
        return value;
    }

    /**
     * Copies the next bytes out.
     *
     * @param target where to
     * @param offset first byte in the target
     * @param bytes how many
     */
    public void copyTo(MemorySegment target, long offset, long bytes) {
        require(bytes);
        long done = 0;
        while (done < bytes) {
            long piece = Math.min(bytes - done, contiguousBytes());
            MemorySegment.copy(segment(), segmentOffset(), target, offset + done, piece);
            advance(piece);
            done += piece;
        }
    }

    /** Copies the next {@code target.byteSize()} bytes out. */
    public void copyTo(MemorySegment target) {
        copyTo(target, 0, target.byteSize());
    }

    /** A view of the next contiguous bytes, at most so many; the cursor moves behind it. Empty only at the end. */
    public MemorySegment nextPiece(long maxBytes) {
        long bytes = Math.min(maxBytes, contiguousBytes());
        require(bytes);
        if (bytes == 0) {
            return MemorySegment.NULL;
        }
        MemorySegment view = segment().asSlice(segmentOffset(), bytes).asReadOnly();
        advance(bytes);
        return view;
    }

    /**
     * The byte at a position counted from the start; the cursor stays where it is.
     *
     * @param position below {@link #lengthBytes()}
     */
    public byte getByteAt(long position) {
        requirePosition(position);
        int piece = pieceAt(position);
        return chain.regions[piece].segment().get(RingLayout.BYTE, offsetAt(piece, position));
    }
}
