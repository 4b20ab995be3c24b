package dev.troupe.actors.device;

import dev.troupe.transport.ring.DescriptorChain;

/**
 * Serves the requests of one virtqueue. All methods are called on the queue's event loop, one at a time, and must not
 * block. What a method throws restarts the queue: a new handler is made and gets the unfinished requests again.
 */
public interface QueueHandler {

    /**
     * Serves one request, now or later: whoever handles it ends it with {@link QueueContext#complete}. The chain is on
     * loan until then.
     */
    void handle(DescriptorChain chain);

    /**
     * A request that an earlier handler may have carried out, for devices whose {@link ReplayRule} is
     * {@link ReplayRule#ONCE}: answer it with the device type's error.
     */
    default void interrupted(DescriptorChain chain) {
        handle(chain);
    }

    /**
     * There may be chains to take while the queue is held ({@link QueueContext#hold}): some that came since, or since
     * {@link QueueContext#take} found none.
     */
    default void available() {}

    /** The queue stops once every chain on loan is completed: complete those that wait for something to happen. */
    default void drain() {}

    /** The handler is no longer used. No completion of its {@link QueueContext#io} arrives any more. */
    default void close() {}
}
