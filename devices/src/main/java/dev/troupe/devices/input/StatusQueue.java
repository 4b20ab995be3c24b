package dev.troupe.devices.input;

import dev.troupe.actors.device.QueueContext;
import dev.troupe.actors.device.QueueHandler;
import dev.troupe.transport.ring.DescriptorChain;
import java.util.function.LongConsumer;

/** The statusq: what the guest sets, one event a request. */
final class StatusQueue implements QueueHandler {
    private final LongConsumer status;
    private final QueueContext context;

    StatusQueue(LongConsumer status, QueueContext context) {
        this.status = status;
        this.context = context;
    }

    @Override
    public void handle(DescriptorChain chain) {
        if (chain.readable().lengthBytes() < InputWire.EVENT_BYTES) {
            context.countError();
        } else {
            status.accept(chain.readable().getLong());
        }
        context.complete(chain, 0);
    }
}
