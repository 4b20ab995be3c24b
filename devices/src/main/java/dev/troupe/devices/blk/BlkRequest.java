package dev.troupe.devices.blk;

import dev.troupe.transport.ring.DescriptorChain;
import org.jspecify.annotations.Nullable;

/** A request whose answer waits for the back end; pooled by its queue, known to the back end by its slot. */
final class BlkRequest {
    final int slot;

    /** The guest's, while the request is under way. */
    @Nullable
    DescriptorChain chain;

    /** One of {@code VIRTIO_BLK_T_}. */
    int type;

    /** Segments of a discard or write zeroes that are still to be read. */
    int segmentsLeft;

    /** Whether what was done must be made durable before the answer. */
    boolean flushAfter;

    /** The next free request of the pool. */
    @Nullable
    BlkRequest next;

    BlkRequest(int slot) {
        this.slot = slot;
    }
}
