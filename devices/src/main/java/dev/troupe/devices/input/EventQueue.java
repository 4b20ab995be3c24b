package dev.troupe.devices.input;

import dev.troupe.actors.device.QueueContext;
import dev.troupe.actors.device.QueueHandler;
import dev.troupe.transport.ring.DescriptorChain;

/**
 * The eventq: puts one event into each buffer of the driver. Buffers stay in the ring until there is an event, so that none
 * ever has to be given back empty: Linux's driver would take what it finds in it for an event.
 */
final class EventQueue implements QueueHandler {
    private final EventFlow flow;
    private final QueueContext context;
    private boolean delivering;
    private boolean goingOn;
    private boolean closed;

    EventQueue(EventFlow flow, QueueContext context) {
        this.flow = flow;
        this.context = context;
        context.hold();
        flow.start(this::deliver);
    }

    @Override
    public void handle(DescriptorChain chain) {
        throw new IllegalStateException("The eventq is on hold, it takes its buffers by itself");
    }

    @Override
    public void available() {
        deliver();
    }

    /** Delivers what there is, as far as one turn goes: who is called back on the way may bring more. */
    private void deliver() {
        if (delivering || closed) {
            return;
        }
        delivering = true;
        try {
            int left = context.size();
            while (left > 0 && flow.hasNext() && deliverOne()) {
                left--;
            }
            if (left == 0 && !goingOn) {
                goingOn = true;
                context.loop().execute(this::goOn);
            }
        } finally {
            delivering = false;
        }
    }

    private void goOn() {
        goingOn = false;
        deliver();
    }

    /** False if the driver has no buffer for us. */
    private boolean deliverOne() {
        DescriptorChain chain = context.take();
        if (chain == null) {
            return false;
        }
        if (chain.writable().lengthBytes() < InputWire.EVENT_BYTES) {
            context.countError();
            context.complete(chain, 0);
            return true;
        }
        chain.writable().putLong(flow.next());
        context.complete(chain, InputWire.EVENT_BYTES);
        return true;
    }

    @Override
    public void close() {
        closed = true;
        flow.pause();
    }
}
