package dev.troupe.transport.protocol;

import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.HexFormat;

/**
 * Bytes that nobody can change, compared by content: config space contents, keys, identifiers. Any thread may use it.
 */
public final class Bytes {
    /** No bytes at all. */
    public static final Bytes EMPTY = new Bytes(new byte[0]);

    private final byte[] content;

    private Bytes(byte[] content) {
        this.content = content;
    }

    /**
     * Copies an array.
     *
     * @param content the bytes; later changes of the array are not seen
     * @return the copy
     */
    public static Bytes of(byte... content) {
        return content.length == 0 ? EMPTY : new Bytes(content.clone());
    }

    /**
     * Copies the remaining bytes of a buffer, whose position stays as it is.
     *
     * @param buffer the source
     * @return the copy
     */
    public static Bytes copyOf(ByteBuffer buffer) {
        byte[] copy = new byte[buffer.remaining()];
        buffer.duplicate().get(copy);
        return copy.length == 0 ? EMPTY : new Bytes(copy);
    }

    /**
     * How many bytes there are.
     *
     * @return the length in bytes
     */
    public int lengthBytes() {
        return content.length;
    }

    /**
     * A copy as an array.
     *
     * @return a new array
     */
    public byte[] toArray() {
        return content.clone();
    }

    /**
     * A read-only view, big-endian until the caller says otherwise.
     *
     * @return a new buffer over the same bytes
     */
    public ByteBuffer asBuffer() {
        return ByteBuffer.wrap(content).asReadOnlyBuffer();
    }

    @Override
    public boolean equals(Object other) {
        return other instanceof Bytes bytes && Arrays.equals(content, bytes.content);
    }

    @Override
    public int hashCode() {
        return Arrays.hashCode(content);
    }

    /** The length and the first bytes in hexadecimal. */
    @Override
    public String toString() {
        int shown = Math.min(content.length, 16);
        return content.length + " bytes "
                + HexFormat.of().formatHex(content, 0, shown)
                + (shown < content.length ? "…" : "");
    }
}
