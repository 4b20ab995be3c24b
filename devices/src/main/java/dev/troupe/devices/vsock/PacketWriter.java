package dev.troupe.devices.vsock;

import dev.troupe.devices.vsock.FarEnd.Progress;
import dev.troupe.transport.ring.DescriptorChain;

/** Puts one connection's packets into the guest's buffers. */
final class PacketWriter {
    private final Multiplexer owner;
    private final Flow flow;
    private final Credit credit;
    private long payloadBytes;

    PacketWriter(Multiplexer owner, Flow flow, Credit credit) {
        this.owner = owner;
        this.flow = flow;
        this.credit = credit;
    }

    /** How many bytes of payload the guest has got. */
    long payloadBytes() {
        return payloadBytes;
    }

    /** A packet without payload; false if there is no buffer. */
    boolean control(RxBuffers buffers, int op, int flags) {
        DescriptorChain chain = buffers.next();
        if (chain == null) {
            return false;
        }
        packet(buffers, chain, op, flags, 0);
        return true;
    }

    /** Gives the guest a buffer with so many bytes of payload, which are in it already. */
    void deliver(RxBuffers buffers, DescriptorChain chain, int bytes, int flags) {
        credit.send(bytes);
        payloadBytes += bytes;
        packet(buffers, chain, VsockWire.VIRTIO_VSOCK_OP_RW, flags, bytes);
    }

    /** Gives the guest what a pipe holds, up to so many bytes. */
    Progress give(Pipe pipe, RxBuffers buffers, int most) {
        int given = 0;
        while (!pipe.isEmpty() && given < most) {
            DescriptorChain chain = buffers.next();
            if (chain == null) {
                return Progress.NO_BUFFER;
            }
            chain.writable().seek(VsockWire.HEADER_SIZE);
            int bytes = pipe.take(chain.writable(), Math.min(RxBuffers.room(chain), most - given));
            deliver(buffers, chain, bytes, pipe.takenFlags());
            given += bytes;
        }
        return pipe.isEmpty() ? Progress.NOTHING_LEFT : Progress.MORE;
    }

    private void packet(RxBuffers buffers, DescriptorChain chain, int op, int flags, int bytes) {
        VsockHeader header = owner.headerFor(flow);
        header.op = op;
        header.flags = flags;
        header.len = bytes;
        credit.put(header);
        chain.writable().seek(0);
        header.write(chain.writable());
        buffers.complete(chain, VsockWire.HEADER_SIZE + bytes);
    }
}
