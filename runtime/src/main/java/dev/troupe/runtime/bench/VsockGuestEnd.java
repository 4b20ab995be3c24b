package dev.troupe.runtime.bench;

import dev.troupe.devices.vsock.VsockWire;
import dev.troupe.transport.frontend.BufferList;
import dev.troupe.transport.frontend.DriverQueue;
import dev.troupe.transport.frontend.GuestMemoryFile;
import dev.troupe.transport.frontend.VringFds;
import dev.troupe.transport.sys.EventFd;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;
import java.util.OptionalInt;

/**
 * The guest's driver: keeps the receive ring full of buffers as small as Linux's, answers packets, and sends or takes a stream
 * within the credit there is. One stream at a time, or one short connection after the other. Allocates nothing once it runs.
 */
final class VsockGuestEnd extends VsockEnd {
    /** Each receive buffer, header and all, as Linux's. */
    private static final int BUFFER_BYTES = 4096;

    /** How many descriptors each ring has. */
    static final int RING_SIZE = 128;

    /** Receive and transmit. */
    static final int QUEUES = 2;

    /** A packet has a header and bytes. */
    static final int PACKET_BUFFERS = 2;

    private static final int PACKETS = 64;
    private static final int CONTROL_BYTES = 64;

    /** The room that the guest says it has, Linux's default. */
    private static final int WINDOW = 256 << 10;

    private static final int BOTH_DIRECTIONS =
            VsockWire.VIRTIO_VSOCK_SHUTDOWN_F_RECEIVE | VsockWire.VIRTIO_VSOCK_SHUTDOWN_F_SEND;
    private static final int FIRST_GUEST_PORT = 1 << 20;
    private static final int GUEST_PORT_MASK = 0xfffff;
    private static final int LONGEST_SLEEP_MS = 100;
    private static final ValueLayout.OfLong U64 = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt U32 = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfShort U16 = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    private final VsockLoad.Kind kind;
    private final int blockBytes;
    private final boolean busyPoll;
    private final DriverQueue rx;
    private final DriverQueue tx;
    private final VringFds rxFds;
    private final VringFds txFds;
    private final long rxAddress;
    private final MemorySegment received;
    private final long txAddress;
    private final MemorySegment headers;
    private final long dataAddress;
    private final int[] freeSlots = new int[PACKETS];
    private final BufferList buffers = new BufferList();
    private final MemorySegment scratch = Arena.ofAuto().allocate(EventFd.AWAIT_SCRATCH_BYTES, Long.BYTES);
    private int free = PACKETS;
    private int hostPort;
    private int guestPort;
    private boolean connected;
    private int peerRoom;
    private int peerForwarded;
    private int sent;
    private int forwarded;
    private int forwardedTold;
    private long unfinishedBytes;
    private long blockBegun;

    VsockGuestEnd(VsockLoad load, BenchPlan plan, BenchSession session, Pace pace, OptionalInt cpu) {
        super("The guest's driver", pace, cpu);
        kind = load.kind();
        blockBytes = plan.blockBytes();
        busyPoll = plan.busyPoll();
        rx = session.queue(VsockWire.RX_QUEUE);
        tx = session.queue(VsockWire.TX_QUEUE);
        rxFds = session.fds(VsockWire.RX_QUEUE);
        txFds = session.fds(VsockWire.TX_QUEUE);
        GuestMemoryFile memory = session.memory();
        rxAddress = memory.allocate((long) RING_SIZE * BUFFER_BYTES, BUFFER_BYTES);
        received = memory.segment(rxAddress, (long) RING_SIZE * BUFFER_BYTES);
        txAddress = memory.allocate((long) PACKETS * CONTROL_BYTES, BUFFER_BYTES);
        headers = memory.segment(txAddress, (long) PACKETS * CONTROL_BYTES);
        dataAddress = memory.allocate(blockBytes, BUFFER_BYTES);
        for (int slot = 0; slot < PACKETS; slot++) {
            freeSlots[slot] = slot;
        }
    }

    /** How much guest memory it takes. */
    static long memoryBytes(int blockBytes) {
        return (long) RING_SIZE * BUFFER_BYTES + (long) PACKETS * CONTROL_BYTES + blockBytes + 3L * BUFFER_BYTES;
    }

    @Override
    void drive() {
        rx.disableCalls();
        tx.disableCalls();
        for (int slot = 0; slot < RING_SIZE; slot++) {
            offer(slot);
        }
        if (kind == VsockLoad.Kind.TO_HOST) {
            hostPort = VsockLoad.PORT;
            // Another one in each run: the back end may still have the stream of the run before.
            guestPort = FIRST_GUEST_PORT + (int) (System.nanoTime() & GUEST_PORT_MASK);
            send(VsockWire.VIRTIO_VSOCK_OP_REQUEST, 0);
        }
        kick();
        blockBegun = System.nanoTime();
        while (!isOver()) {
            boolean busy = takePackets();
            reclaim();
            if (connected && kind == VsockLoad.Kind.TO_HOST) {
                busy |= sendBlocks();
            }
            if (busy) {
                kick();
            } else {
                rest();
            }
        }
        if (kind != VsockLoad.Kind.CONNECT) {
            reclaim();
            send(VsockWire.VIRTIO_VSOCK_OP_RST, 0);
            kick();
        }
    }

    private void offer(int slot) {
        if (!rx.add(buffers.clear().writable(rxAddress + (long) slot * BUFFER_BYTES, BUFFER_BYTES), slot)) {
            throw new IllegalStateException("the ring has no room for its buffers");
        }
    }

    private void reclaim() {
        while (tx.poll()) {
            freeSlots[free++] = (int) tx.token();
        }
    }

    private boolean takePackets() {
        boolean any = false;
        while (rx.poll()) {
            any = true;
            int slot = (int) rx.token();
            obey((long) slot * BUFFER_BYTES);
            offer(slot);
        }
        return any;
    }

    private void obey(long at) {
        int op = Short.toUnsignedInt(received.get(U16, at + 30));
        int from = received.get(U32, at + 16);
        int to = received.get(U32, at + 20);
        boolean asked = op == VsockWire.VIRTIO_VSOCK_OP_REQUEST && kind != VsockLoad.Kind.TO_HOST;
        if (asked || kind == VsockLoad.Kind.CONNECT) {
            // One short connection follows the other; each is answered for itself.
            hostPort = from;
            guestPort = to;
        } else if (from != hostPort || to != guestPort) {
            refuse(op, from, to);
            return;
        }
        peerRoom = received.get(U32, at + 36);
        peerForwarded = received.get(U32, at + 40);
        switch (op) {
            case VsockWire.VIRTIO_VSOCK_OP_REQUEST -> {
                forwarded = 0;
                send(VsockWire.VIRTIO_VSOCK_OP_RESPONSE, 0);
            }
            case VsockWire.VIRTIO_VSOCK_OP_RESPONSE -> connected = true;
            case VsockWire.VIRTIO_VSOCK_OP_RW -> take(received.get(U32, at + 24));
            case VsockWire.VIRTIO_VSOCK_OP_CREDIT_REQUEST -> send(VsockWire.VIRTIO_VSOCK_OP_CREDIT_UPDATE, 0);
            case VsockWire.VIRTIO_VSOCK_OP_SHUTDOWN -> {
                // As Linux does once both directions are over.
                if (received.get(U32, at + 32) == BOTH_DIRECTIONS) {
                    send(VsockWire.VIRTIO_VSOCK_OP_RST, 0);
                }
            }
            case VsockWire.VIRTIO_VSOCK_OP_RST -> {
                if (kind != VsockLoad.Kind.CONNECT) {
                    throw new IllegalStateException("the back end has reset the stream");
                }
            }
            default -> {}
        }
    }

    /** A connection of an earlier run's guest, which this one knows nothing of. */
    private void refuse(int op, int from, int to) {
        if (op != VsockWire.VIRTIO_VSOCK_OP_RST) {
            int ownFrom = hostPort;
            int ownTo = guestPort;
            hostPort = from;
            guestPort = to;
            send(VsockWire.VIRTIO_VSOCK_OP_RST, 0);
            hostPort = ownFrom;
            guestPort = ownTo;
        }
    }

    private void take(int bytes) {
        forwarded += bytes;
        if (kind == VsockLoad.Kind.CONNECT) {
            send(VsockWire.VIRTIO_VSOCK_OP_RW, 1);
            return;
        }
        if (forwarded - forwardedTold >= WINDOW / 2) {
            send(VsockWire.VIRTIO_VSOCK_OP_CREDIT_UPDATE, 0);
        }
        unfinishedBytes += bytes;
        while (unfinishedBytes >= blockBytes) {
            unfinishedBytes -= blockBytes;
            blockBegun = finished(blockBegun, blockBytes);
        }
    }

    private boolean sendBlocks() {
        boolean any = false;
        int space = peerRoom - (sent - peerForwarded);
        while (space > 0 && free > 1) {
            int bytes = Math.min(space, blockBytes);
            send(VsockWire.VIRTIO_VSOCK_OP_RW, bytes);
            sent += bytes;
            space -= bytes;
            any = true;
        }
        return any;
    }

    private void send(int op, int bytes) {
        while (free == 0) {
            kick();
            reclaim();
        }
        int slot = freeSlots[--free];
        long at = (long) slot * CONTROL_BYTES;
        headers.set(U64, at, VsockLoad.GUEST_CID);
        headers.set(U64, at + 8, VsockWire.CID_HOST);
        headers.set(U32, at + 16, guestPort);
        headers.set(U32, at + 20, hostPort);
        headers.set(U32, at + 24, bytes);
        headers.set(U16, at + 28, (short) VsockWire.VIRTIO_VSOCK_TYPE_STREAM);
        headers.set(U16, at + 30, (short) op);
        headers.set(U32, at + 32, 0);
        headers.set(U32, at + 36, WINDOW);
        headers.set(U32, at + 40, forwarded);
        forwardedTold = forwarded;
        buffers.clear().readable(txAddress + at, VsockWire.HEADER_SIZE);
        if (bytes > 0) {
            buffers.readable(dataAddress, bytes);
        }
        if (!tx.add(buffers, slot)) {
            throw new IllegalStateException("the ring has no room for a packet");
        }
    }

    private void kick() {
        if (rx.publish()) {
            meter.kicked();
            EventFd.signal(rxFds.kick());
        }
        if (tx.publish()) {
            meter.kicked();
            EventFd.signal(txFds.kick());
        }
    }

    private void rest() {
        if (busyPoll) {
            Thread.onSpinWait();
            return;
        }
        if (!rx.enableCalls()) {
            meter.called(EventFd.await(rxFds.call(), scratch, LONGEST_SLEEP_MS));
        }
        rx.disableCalls();
    }
}
