package dev.troupe.devices.vsock;

import dev.troupe.actors.device.QueueContext;
import dev.troupe.actors.device.QueueHandler;
import dev.troupe.transport.ring.DescriptorChain;

/**
 * The guest's buffers for events (virtio section 5.10.6.7), which stay in the ring: the one event there is tells that all
 * connections are lost and the CID may be another, and this device tells of connections one by one. Front ends that are made for
 * this type serve the queue themselves; the driver behind a generic one does not start without it.
 */
final class VsockEventQueue implements QueueHandler {
    private final QueueContext context;

    VsockEventQueue(QueueContext context) {
        this.context = context;
        context.hold();
    }

    /** One that was taken before the queue was on hold. */
    @Override
    public void handle(DescriptorChain chain) {
        context.complete(chain, 0);
    }
}
