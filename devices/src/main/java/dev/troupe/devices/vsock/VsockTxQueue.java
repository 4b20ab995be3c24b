package dev.troupe.devices.vsock;

import dev.troupe.actors.device.QueueContext;
import dev.troupe.actors.device.QueueHandler;
import dev.troupe.transport.ring.ChainReader;
import dev.troupe.transport.ring.DescriptorChain;
import org.jspecify.annotations.Nullable;

/**
 * The guest's packets. Each is obeyed and given back at once, unless the guest leaves too many answers untaken: then the next
 * ones wait, which virtio section 5.10.6.1 allows.
 */
final class VsockTxQueue implements QueueHandler {
    private static final long TYPES = VsockWire.VIRTIO_VSOCK_F_STREAM | VsockWire.VIRTIO_VSOCK_F_NO_IMPLIED_STREAM;

    private final Multiplexer guest;
    private final QueueContext context;
    private final VsockHeader header = new VsockHeader();
    private @Nullable DescriptorChain waiting;

    VsockTxQueue(Multiplexer guest, QueueContext context) {
        this.guest = guest;
        this.context = context;
        guest.allow(types(context.driverFeatures()));
        guest.whenRoom(this::goOn);
    }

    /** A driver that knows nothing of these features does streams (5.10.3.1). */
    private static int types(long features) {
        boolean stream = (features & TYPES) != VsockWire.VIRTIO_VSOCK_F_NO_IMPLIED_STREAM;
        boolean seqpacket = (features & VsockWire.VIRTIO_VSOCK_F_SEQPACKET) != 0;
        return (stream ? 1 << VsockWire.VIRTIO_VSOCK_TYPE_STREAM : 0)
                | (seqpacket ? 1 << VsockWire.VIRTIO_VSOCK_TYPE_SEQPACKET : 0);
    }

    @Override
    public void handle(DescriptorChain chain) {
        if (guest.isFull()) {
            waiting = chain;
            context.hold();
        } else {
            obey(chain);
        }
    }

    private void goOn() {
        DescriptorChain chain = waiting;
        if (chain != null) {
            waiting = null;
            obey(chain);
            context.release();
        }
    }

    private void obey(DescriptorChain chain) {
        ChainReader packet = chain.readable();
        if (!readHeader(packet)) {
            context.countError();
        } else if (header.len < 0 || header.len > packet.remaining()) {
            // It promises more than it has, or than anybody has room for: whatever it belongs to has lost bytes.
            guest.lost(header);
            context.countError();
        } else if (!guest.received(header, packet)) {
            context.countError();
        }
        context.complete(chain, 0);
    }

    private boolean readHeader(ChainReader packet) {
        if (packet.lengthBytes() < VsockWire.HEADER_SIZE) {
            return false;
        }
        packet.seek(0);
        header.read(packet);
        return true;
    }

    /** Obeyed once more, its bytes might be sent twice. */
    @Override
    public void interrupted(DescriptorChain chain) {
        if (readHeader(chain.readable())) {
            guest.lost(header);
        }
        context.countError();
        context.complete(chain, 0);
    }

    @Override
    public void drain() {
        goOn();
    }

    @Override
    public void close() {
        guest.whenRoom(() -> {});
    }
}
