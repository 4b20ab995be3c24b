package dev.troupe.runtime.control;

import java.nio.ByteBuffer;

/**
 * What a daemon sends an operator while a device talks to him: pieces, each behind a header of one byte, which says what it
 * is, and four bytes, big-endian, for its length. What the operator says has no headers.
 */
enum TalkPiece {
    /** What the device says. */
    SAID(0),
    /** Nothing; shows the daemon that the operator is there. */
    ALIVE(1),
    /** Nothing; the conversation is over, and all is well. */
    ENDED(2),
    /** A sentence that says why the conversation failed; it is over. */
    FAILED(3);

    static final int HEADER_BYTES = 5;
    static final int LONGEST_BYTES = 64 * 1024;

    private static final TalkPiece[] ALL = values();

    private final int number;

    TalkPiece(int number) {
        this.number = number;
    }

    /** The header of a piece. */
    ByteBuffer header(int length) {
        return ByteBuffer.allocate(HEADER_BYTES)
                .put((byte) number)
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
        int length = length(header);
        for (TalkPiece piece : ALL) {
            if (piece.number == header.get(0) && length >= 0 && length <= LONGEST_BYTES) {
                return piece;
            }
        }
        throw new IllegalArgumentException("a piece " + header.get(0) + " of " + length + " bytes");
    }

    /** The length that a header tells. */
    static int length(ByteBuffer header) {
        return header.getInt(1);
    }
}
