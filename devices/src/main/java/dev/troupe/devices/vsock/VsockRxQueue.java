package dev.troupe.devices.vsock;

import dev.troupe.actors.device.QueueContext;
import dev.troupe.actors.device.QueueHandler;
import dev.troupe.transport.ring.DescriptorChain;
import java.util.ArrayDeque;
import org.jspecify.annotations.Nullable;

/** The guest's empty buffers. They stay in the ring until there is something for them. */
final class VsockRxQueue implements QueueHandler, RxBuffers {
    private final Multiplexer guest;
    private final QueueContext context;

    /** Taken for more than there was. */
    private final ArrayDeque<DescriptorChain> spare = new ArrayDeque<>();

    VsockRxQueue(Multiplexer guest, QueueContext context) {
        this.guest = guest;
        this.context = context;
        context.hold();
        guest.open(this);
    }

    @Override
    public void handle(DescriptorChain chain) {
        spare.add(chain);
        guest.plan();
    }

    @Override
    public void available() {
        guest.plan();
    }

    @Override
    public @Nullable DescriptorChain next() {
        DescriptorChain chain = spare.poll();
        chain = chain == null ? context.take() : chain;
        while (chain != null && chain.writable().lengthBytes() <= VsockWire.HEADER_SIZE) {
            context.countError();
            context.complete(chain, 0);
            chain = context.take();
        }
        return chain;
    }

    @Override
    public void giveBack(DescriptorChain chain) {
        spare.addFirst(chain);
    }

    @Override
    public void complete(DescriptorChain chain, int bytes) {
        context.complete(chain, bytes);
    }

    /** Linux takes a buffer without a header as one with nothing in it. */
    @Override
    public void drain() {
        DescriptorChain chain = spare.poll();
        while (chain != null) {
            context.complete(chain, 0);
            chain = spare.poll();
        }
    }

    @Override
    public void close() {
        guest.close(this);
    }
}
