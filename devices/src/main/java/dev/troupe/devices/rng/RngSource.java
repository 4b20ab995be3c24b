package dev.troupe.devices.rng;

import dev.troupe.actors.device.QueueContext;
import dev.troupe.transport.loop.IoCompletion;
import dev.troupe.transport.ring.ChainWriter;

/** Where random bytes come from; shared by the handlers of a device, one after the other. */
interface RngSource extends AutoCloseable {

    /** What it is, for the log. */
    String description();

    /**
     * One handler's way to the bytes.
     *
     * @param queue whose; the way is used on its loop
     * @param result gets how many bytes each {@link Tap#fill} gave, at least 1, or -errno
     */
    Tap open(QueueContext queue, IoCompletion result);

    /** Gives the host resource back. May block. */
    @Override
    void close();

    /** Gives bytes for one request at a time. */
    interface Tap {
        /** Puts up to {@code bytes} random bytes where {@code into} stands; may tell the result before it returns. */
        void fill(ChainWriter into, int bytes);
    }
}
