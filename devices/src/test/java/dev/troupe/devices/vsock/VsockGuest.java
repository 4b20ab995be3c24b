package dev.troupe.devices.vsock;

import static dev.troupe.devices.vsock.VsockWire.RX_QUEUE;
import static dev.troupe.devices.vsock.VsockWire.TX_QUEUE;
import static dev.troupe.devices.vsock.VsockWire.VIRTIO_VSOCK_OP_CREDIT_REQUEST;
import static dev.troupe.devices.vsock.VsockWire.VIRTIO_VSOCK_OP_CREDIT_UPDATE;
import static dev.troupe.devices.vsock.VsockWire.VIRTIO_VSOCK_OP_REQUEST;
import static dev.troupe.devices.vsock.VsockWire.VIRTIO_VSOCK_OP_RESPONSE;
import static dev.troupe.devices.vsock.VsockWire.VIRTIO_VSOCK_OP_RW;
import static org.assertj.core.api.Assertions.assertThat;

import dev.troupe.actors.testing.GuestRig;
import java.io.ByteArrayOutputStream;
import java.nio.file.Path;
import java.util.ArrayDeque;

/** A guest's driver of a socket device: sends packets, and looks at those that it gets, one by one. */
final class VsockGuest implements AutoCloseable {
    static final long ALL_FEATURES = VsockWire.VIRTIO_VSOCK_F_STREAM
            | VsockWire.VIRTIO_VSOCK_F_SEQPACKET
            | VsockWire.VIRTIO_VSOCK_F_NO_IMPLIED_STREAM;

    private static final int BUFFERS = 32;
    private static final int BUFFER_BYTES = 4096;
    private static final int SMALL_BUFFER_BYTES = 64;

    private final GuestRig rig;
    private final ArrayDeque<GuestRig.Request> buffers = new ArrayDeque<>();
    private final int bufferBytes;
    private final boolean refilling;

    private VsockGuest(GuestRig rig, int bufferBytes, boolean refilling) {
        this.rig = rig;
        this.bufferBytes = bufferBytes;
        this.refilling = refilling;
        for (int i = 0; refilling && i < BUFFERS; i++) {
            addBuffer();
        }
    }

    /** Connects to a device's socket, with buffers for what comes. */
    static VsockGuest connect(Path socket, boolean packed, long features) {
        return new VsockGuest(rig(socket, packed, features), BUFFER_BYTES, true);
    }

    /** The same with buffers that hold hardly more than a header. */
    static VsockGuest withSmallBuffers(Path socket) {
        return new VsockGuest(rig(socket, false, ALL_FEATURES), SMALL_BUFFER_BYTES, true);
    }

    /** The same, but it has only the buffers that the test adds. */
    static VsockGuest withoutBuffers(Path socket, boolean packed, long features) {
        return new VsockGuest(rig(socket, packed, features), BUFFER_BYTES, false);
    }

    private static GuestRig rig(Path socket, boolean packed, long features) {
        return GuestRig.connect(
                socket, GuestRig.Shape.packed(packed).withQueues(2).withFeatures(features));
    }

    GuestRig rig() {
        return rig;
    }

    void addBuffer() {
        buffers.add(rig.queue(RX_QUEUE).submit(new byte[0], bufferBytes));
    }

    /** Sends a packet and waits until the device has taken it. */
    void send(Packet packet) {
        submit(packet).await();
    }

    /** Sends a packet. */
    GuestRig.Request submit(Packet packet) {
        return rig.queue(TX_QUEUE).submit(packet.bytes(), 0);
    }

    /** Whether there is a packet. */
    boolean hasNext() {
        return !buffers.isEmpty() && buffers.element().done();
    }

    /** The next packet; waits for it. */
    Packet next() {
        byte[] bytes = buffers.remove().await();
        if (refilling) {
            addBuffer();
        }
        assertThat(bytes.length).isGreaterThanOrEqualTo(VsockWire.HEADER_SIZE);
        Packet packet = Packet.of(bytes);
        assertThat(packet.payload()).hasSize(packet.len());
        return packet;
    }

    /** The next packet, which must be of that kind. */
    Packet next(int op) {
        Packet packet = next();
        assertThat(packet.op()).as("%s", packet).isEqualTo(op);
        return packet;
    }

    /** The next packet but for those that only tell of room. */
    Packet nextBesidesCredit() {
        Packet packet = next();
        while (packet.op() == VIRTIO_VSOCK_OP_CREDIT_UPDATE || packet.op() == VIRTIO_VSOCK_OP_CREDIT_REQUEST) {
            packet = next();
        }
        return packet;
    }

    /** Connects to a port of the host's, which must accept; further packets can be made of the one returned. */
    Packet connectTo(int hostPort, int guestPort) {
        Packet request = Packet.toHost(VIRTIO_VSOCK_OP_REQUEST, guestPort, hostPort);
        send(request);
        next(VIRTIO_VSOCK_OP_RESPONSE);
        return request;
    }

    /** Accepts a connection that is asked for. */
    Packet accept() {
        Packet response = next(VIRTIO_VSOCK_OP_REQUEST).back(VIRTIO_VSOCK_OP_RESPONSE);
        send(response);
        return response;
    }

    /** Reads so many bytes of a stream, telling of its room again and again; checks what is left of it. */
    byte[] read(Packet connection, int bytes) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        int told = 0;
        while (all.size() < bytes) {
            Packet packet = nextBesidesCredit();
            assertThat(packet.op()).as("%s", packet).isEqualTo(VIRTIO_VSOCK_OP_RW);
            all.writeBytes(packet.payload());
            assertThat(all.size() - told).isLessThanOrEqualTo(Packet.ROOM);
            if (all.size() - told > Packet.ROOM / 2) {
                told = all.size();
                send(connection.op(VIRTIO_VSOCK_OP_CREDIT_UPDATE).credit(Packet.ROOM, told));
            }
        }
        return all.toByteArray();
    }

    @Override
    public void close() {
        rig.close();
    }
}
