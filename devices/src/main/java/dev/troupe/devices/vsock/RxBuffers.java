package dev.troupe.devices.vsock;

import dev.troupe.transport.ring.DescriptorChain;
import org.jspecify.annotations.Nullable;

/** The guest's empty buffers. Each has room for a header and at least one byte. */
interface RxBuffers {
    /** The next one, or {@code null}; its user fills it or gives it back. */
    @Nullable
    DescriptorChain next();

    /** One that was not needed: the next one again. */
    void giveBack(DescriptorChain chain);

    /** One that is filled. */
    void complete(DescriptorChain chain, int bytes);

    /** How much payload a buffer takes. */
    static int room(DescriptorChain chain) {
        return (int) Math.min(chain.writable().lengthBytes() - VsockWire.HEADER_SIZE, VsockWire.MAX_PAYLOAD_BYTES);
    }
}
