package dev.troupe.devices.vsock;

import dev.troupe.actors.device.QueueContext;
import dev.troupe.transport.loop.EventLoop;
import dev.troupe.transport.loop.IoScope;
import dev.troupe.transport.ring.DescriptorChain;
import org.jspecify.annotations.Nullable;

/** A queue that says it is the one from the guest, whichever it is. */
record SecondQueue(QueueContext queue) implements QueueContext {
    @Override
    public int index() {
        return VsockWire.TX_QUEUE;
    }

    @Override
    public int size() {
        return queue.size();
    }

    @Override
    public long driverFeatures() {
        return queue.driverFeatures();
    }

    @Override
    public EventLoop loop() {
        return queue.loop();
    }

    @Override
    public IoScope io() {
        return queue.io();
    }

    @Override
    public void complete(DescriptorChain chain, long writtenBytes) {
        queue.complete(chain, writtenBytes);
    }

    @Override
    public void countError() {
        queue.countError();
    }

    @Override
    public void hold() {
        queue.hold();
    }

    @Override
    public void release() {
        queue.release();
    }

    @Override
    public @Nullable DescriptorChain take() {
        return queue.take();
    }
}
