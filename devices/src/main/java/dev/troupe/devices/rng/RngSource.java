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

    /** Gives bytes for a batch of requests at a time. */
    interface Tap {

        /** The most bytes of a batch: others on the loop do not notice the time these take. */
        int BATCH_BYTES = 16 << 10;

        /**
         * Adds room to the next batch, from where {@code into} stands on. Not while a batch is being filled.
         *
         * @return how many of {@code bytes} it takes; 0 if the batch is full, never for the first
         */
        int add(ChainWriter into, int bytes);

        /** Fills the room in the order in which it was added; may tell the result before it returns. */
        void fill();
    }
}
