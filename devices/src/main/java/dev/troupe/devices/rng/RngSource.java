package dev.troupe.devices.rng;

import dev.troupe.actors.device.QueueContext;
import dev.troupe.transport.loop.IoCompletion;
import dev.troupe.transport.ring.ChainWriter;

/** Where random bytes come from. Used on the loop of the device's queue, one request at a time. */
interface RngSource extends AutoCloseable {

    /** What it is, for the log. */
    String description();

    /**
     * Puts up to {@code bytes} random bytes where {@code into} stands.
     *
     * @param result gets how many, at least 1, or -errno; possibly before this method returns
     */
    void fill(QueueContext queue, ChainWriter into, int bytes, IoCompletion result);

    /** Gives the host resource back. May block. */
    @Override
    void close();
}
