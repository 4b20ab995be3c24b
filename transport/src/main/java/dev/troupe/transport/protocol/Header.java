package dev.troupe.transport.protocol;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * The twelve bytes before every vhost-user payload, in the host's byte order: {@code u32 request, u32 flags, u32 size}.
 * Flags: bits 0-1 version (1), bit 2 reply, bit 3 need_reply, all others zero.
 *
 * @param request the number of the request
 * @param flags the flags as they are on the wire
 * @param sizeBytes the payload's length, an unsigned 32-bit number kept in an int: negative means more than 2 GiB
 */
public record Header(int request, int flags, int sizeBytes) {
    /** The header's own length. */
    public static final int SIZE = 12;
    /** The only version there is. */
    public static final int VERSION = 1;
    /** Flag: this message answers a request. */
    public static final int REPLY = 1 << 2;
    /** Flag: the sender wants an acknowledgement (with REPLY_ACK). */
    public static final int NEED_REPLY = 1 << 3;
    /** The bits that hold the version. */
    public static final int VERSION_MASK = 0x3;
    /** All bits that have a meaning. */
    public static final int KNOWN_FLAGS = VERSION_MASK | REPLY | NEED_REPLY;
    /** The longest payload accepted from a peer; a header that announces more leaves the stream unreadable. */
    public static final int MAX_PAYLOAD_BYTES = 4096;

    /**
     * The header of a request.
     *
     * @param request the number
     * @param needReply whether an acknowledgement is wanted
     * @param sizeBytes the payload's length
     * @return the header
     */
    public static Header request(int request, boolean needReply, int sizeBytes) {
        return new Header(request, VERSION | (needReply ? NEED_REPLY : 0), sizeBytes);
    }

    /**
     * The header of a reply: flags exactly 5 (front ends refuse need_reply in a reply).
     *
     * @param request the number of the request that is answered
     * @param sizeBytes the payload's length
     * @return the header
     */
    public static Header reply(int request, int sizeBytes) {
        return new Header(request, VERSION | REPLY, sizeBytes);
    }

    /**
     * Reads a header; the buffer's position moves on by {@link #SIZE}.
     *
     * @param buffer at least twelve bytes
     * @return the header
     */
    public static Header read(ByteBuffer buffer) {
        ByteBuffer ordered = buffer.duplicate().order(ByteOrder.nativeOrder());
        Header header = new Header(ordered.getInt(), ordered.getInt(), ordered.getInt());
        buffer.position(buffer.position() + SIZE);
        return header;
    }

    /**
     * Writes the header; the buffer's position moves on by {@link #SIZE}.
     *
     * @param buffer room for twelve bytes
     */
    public void write(ByteBuffer buffer) {
        ByteBuffer ordered = buffer.duplicate().order(ByteOrder.nativeOrder());
        ordered.putInt(request).putInt(flags).putInt(sizeBytes);
        buffer.position(buffer.position() + SIZE);
    }

    /**
     * The version in the flags.
     *
     * @return 0 to 3
     */
    public int version() {
        return flags & VERSION_MASK;
    }

    /**
     * Whether this is a reply.
     *
     * @return true if bit 2 is set
     */
    public boolean isReply() {
        return (flags & REPLY) != 0;
    }

    /**
     * Whether the sender wants an acknowledgement.
     *
     * @return true if bit 3 is set
     */
    public boolean needsReply() {
        return (flags & NEED_REPLY) != 0;
    }
}
