package dev.troupe.transport.protocol;

import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/**
 * One message as it is on the wire: header, payload and descriptors, not yet understood. It owns its descriptors until
 * they are taken.
 *
 * @param header the header
 * @param payload the payload, position 0, limit its length; nobody else writes to it
 * @param fds the descriptors that came with (or are to go with) the header's first byte
 * @param strayFds how many descriptors came with later bytes; they have been closed already
 * @param lostFds whether descriptors came that this process had no room for
 */
public record Frame(Header header, ByteBuffer payload, PassedFds fds, int strayFds, boolean lostFds)
        implements AutoCloseable {
    /**
     * A frame to be sent.
     *
     * @param header the header
     * @param payload the payload
     * @param fds the descriptors to send with it
     */
    public Frame(Header header, ByteBuffer payload, PassedFds fds) {
        this(header, payload, fds, 0, false);
    }

    /**
     * A frame without descriptors.
     *
     * @param header the header
     * @param payload the payload
     */
    public Frame(Header header, ByteBuffer payload) {
        this(header, payload, PassedFds.none(), 0, false);
    }

    /**
     * Header and payload in one buffer, ready to be written.
     *
     * @return a new buffer, position 0
     */
    public ByteBuffer toBytes() {
        ByteBuffer bytes = ByteBuffer.allocate(Header.SIZE + payload.remaining());
        header.write(bytes);
        bytes.put(payload.duplicate());
        return bytes.flip();
    }

    /**
     * The payload for reading, in the host's byte order.
     *
     * @return a new view; the record's own buffer keeps its position
     */
    public ByteBuffer body() {
        return payload.duplicate().order(ByteOrder.nativeOrder());
    }

    /** Closes the descriptors that were not taken. */
    @Override
    public void close() {
        fds.close();
    }
}
