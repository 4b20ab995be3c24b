package dev.troupe.devices.vsock;

import dev.troupe.transport.ring.ChainReader;

/**
 * What stands behind a guest's connection: a socket of the host, or another guest. Tells its {@link Connection} what happens by
 * that one's {@code far…} methods. On the device's event loop.
 */
interface FarEnd {
    /** How far giving a guest what there is has come. */
    enum Progress {
        /** There is nothing more now; {@link Connection#farReadable} tells when there is. */
        NOTHING_LEFT,
        /** There may be more. */
        MORE,
        /** The guest has no buffers. */
        NO_BUFFER
    }

    /**
     * Takes a packet's payload, which the guest had room for; tells by {@link Connection#farTook} when it has left that room,
     * which may be within this call.
     *
     * @param payload stands at the payload's first byte
     * @return false if the guest sends more pieces than anybody can keep
     */
    boolean send(ChainReader payload, int bytes, int flags);

    /** Whether there may be something for the guest. */
    boolean hasData();

    /** Gives the guest up to so many bytes, in its buffers. */
    Progress receive(RxBuffers buffers, int most);

    /** The guest has accepted the connection that this end asked for. */
    void accepted();

    /** The guest has ended these directions so far: flags of SHUTDOWN. What it sent before is still delivered. */
    void shutdown(int flags);

    /** The guest's connection is over and hears nothing more. What the guest sent is still delivered, within bounds. */
    void close();

    /** Where it leads, for operators. */
    String description();
}
