package dev.troupe.runtime.control;

import java.nio.ByteBuffer;

/**
 * What a daemon sends an operator while a device talks to him: pieces, each behind a header of one byte, which says what it
 * is, and four bytes, big-endian, for its length. What the operator says has no headers.
 */
enum TalkPiece {
    /** What the device says. */
    SAID,
    /** Nothing; shows the daemon that the operator is there. */
    ALIVE,
    /** Nothing; the conversation is over, and all is well. */
    ENDED,
    /** A sentence that says why the conversation failed; it is over. */
    FAILED;

    static final int HEADER_BYTES = 5;
    static final int LONGEST_BYTES = 64 * 1024;

    private static final TalkPiece[] ALL = values();

    /** The header of a piece. */
    ByteBuffer header(int length) {
        return ByteBuffer.allocate(HEADER_BYTES)
                .put((byte) ordinal())
                .putInt(length)
                .flip();
    }

    /**
     * What a header begins.
     *
     * @param header from its first byte
     * @throws IllegalArgumentException if there is no such piece
     */
    static TalkPiece of(ByteBuffer header) {
        int number = header.get(0);
        int length = length(header);
        if (number < 0 || number >= ALL.length || length < 0 || length > LONGEST_BYTES) {
            throw new IllegalArgumentException("a piece " + number + " of " + length + " bytes");
        }
        return ALL[number];
    }

    /** The length that a header tells. */
    static int length(ByteBuffer header) {
        return header.getInt(1);
    }
}
