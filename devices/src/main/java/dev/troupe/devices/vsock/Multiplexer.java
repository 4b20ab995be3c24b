package dev.troupe.devices.vsock;

import dev.troupe.devices.vsock.FarEnd.Progress;
import dev.troupe.transport.loop.EventLoop;
import dev.troupe.transport.ring.ChainReader;
import dev.troupe.transport.ring.DescriptorChain;
import dev.troupe.transport.sys.StreamSocket;
import java.util.ArrayDeque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/**
 * The connections of one guest: finds the one that a packet belongs to, opens new ones both ways, and shares the guest's
 * buffers among those that have something for it, one after the other. On the device's event loop.
 */
final class Multiplexer {
    /** Refusals that wait for a buffer; while there are as many, the guest's packets wait too (5.10.6.1). */
    private static final int MOST_REFUSALS = 256;

    /** Turns before other devices of the loop have theirs. */
    private static final int TURNS_AT_ONCE = 32;

    /** Whence ports of the host's side are given out, as other back ends do. */
    private static final int FIRST_HOST_PORT = 1 << 30;

    private final CurrentSettings settings;
    private final EventLoop loop;
    private final FarSide farSide;
    private final OpenRecord record;
    private final Map<Flow, Connection> connections = new HashMap<>();
    private final ArrayDeque<Connection> line = new ArrayDeque<>();

    /** Flows that the guest is to be told are none. */
    private final ArrayDeque<Flow> refusals = new ArrayDeque<>();

    /** Flows that an earlier life of this device left open, by their place in the record. */
    private final ArrayDeque<Integer> orphans;

    private final Flow wanted = new Flow();
    private final VsockHeader header = new VsockHeader();
    private final Runnable serving = this::serve;
    private final int cid;
    private int types = 1 << VsockWire.VIRTIO_VSOCK_TYPE_STREAM;
    private int nextPort = FIRST_HOST_PORT;
    private long promisedBytes;
    private boolean planned;
    private boolean closed;
    private @Nullable RxBuffers buffers;
    private Runnable whenRoom = () -> {};

    /** What stands around the guest. */
    interface FarSide {
        /** Finds what the guest wants to be connected with, now or later; gives it to the connection or says that there is none. */
        void find(Connection connection);

        /** How many ends are still busy though their connections are over. */
        int lingering();

        /** How much room those may still take. */
        long lingeringBytes();

        /** There may be one more connection again. */
        void roomAgain();
    }

    Multiplexer(CurrentSettings settings, EventLoop loop, OpenRecord record, FarSide farSide) {
        this.settings = settings;
        this.loop = loop;
        this.record = record;
        this.farSide = farSide;
        this.cid = settings.now().guestCid();
        this.orphans = record.all();
    }

    EventLoop loop() {
        return loop;
    }

    long connectNanos() {
        return settings.now().connectTimeout().toNanos();
    }

    // ---- the queues

    /** The guest's buffers are to be had here from now on; they may be another guest's than before. */
    void open(RxBuffers fresh) {
        buffers = fresh;
        connections.values().forEach(Connection::askWhetherKnown);
        plan();
    }

    /** These buffers are gone. */
    void close(RxBuffers gone) {
        if (gone.equals(buffers)) {
            buffers = null;
        }
    }

    /** The types that the driver negotiated, as bits by their number. */
    void allow(int negotiatedTypes) {
        types = negotiatedTypes;
    }

    /** Whether the guest has to take what is there for it before it may send more. */
    boolean isFull() {
        return refusals.size() >= MOST_REFUSALS;
    }

    /** Who is told when that is over. */
    void whenRoom(Runnable then) {
        whenRoom = then;
    }

    /** Has the guest told that these connections are over, as the record does with those that were in it. */
    void resetOrphans(List<Flow> flows) {
        orphans.addAll(record.addAll(flows));
        plan();
    }

    // ---- from the guest

    /**
     * A packet of the guest's, whose payload is as long as it says.
     *
     * @return false if it is against the rules
     */
    boolean received(VsockHeader packet, ChainReader payload) {
        if (packet.srcCid != Integer.toUnsignedLong(cid)) {
            // Answered, the answer would go to somebody else.
            return false;
        }
        Connection connection = find(packet);
        if (connection != null && packet.op == VsockWire.VIRTIO_VSOCK_OP_REQUEST) {
            // The guest has forgotten the one before.
            connection.over();
            connection = null;
        }
        if (connection != null) {
            return connection.received(packet, payload);
        }
        return switch (packet.op) {
            case VsockWire.VIRTIO_VSOCK_OP_RST -> true;
            case VsockWire.VIRTIO_VSOCK_OP_REQUEST -> open(packet);
            default -> refuse(packet);
        };
    }

    /** A packet that may have been obeyed or not: what it belongs to cannot go on. */
    void lost(VsockHeader packet) {
        Connection connection = find(packet);
        if (connection != null) {
            connection.reset();
        } else if (packet.op != VsockWire.VIRTIO_VSOCK_OP_RST) {
            refuse(packet);
        }
    }

    private @Nullable Connection find(VsockHeader packet) {
        if (packet.dstCid >>> Integer.SIZE != 0) {
            return null;
        }
        return connections.get(flowOf(packet));
    }

    private Flow flowOf(VsockHeader packet) {
        return wanted.set((int) packet.dstCid, packet.dstPort, packet.srcPort, packet.type);
    }

    private boolean refuse(VsockHeader packet) {
        refusals.add(flowOf(packet).copy());
        plan();
        return false;
    }

    private boolean open(VsockHeader request) {
        boolean known = request.type < Integer.SIZE && (types & 1 << request.type) != 0;
        if (!known || request.dstCid >>> Integer.SIZE != 0 || !hasRoom()) {
            return refuse(request);
        }
        Flow flow = flowOf(request).copy();
        Connection connection = Connection.askedBy(request, this, flow, window(flow.type), record.add(flow));
        connections.put(flow, connection);
        farSide.find(connection);
        return true;
    }

    // ---- from the far side

    /** Whether one more connection may be had. */
    boolean hasRoom() {
        return !closed
                && record.hasRoom()
                && connections.size() + farSide.lingering() < settings.now().maxConnections();
    }

    /**
     * The host wants a connection to a port of the guest's.
     *
     * @return null if there are too many
     */
    @Nullable
    Connection ask(StreamSocket.Kind kind, int guestPort) {
        int type = kind == StreamSocket.Kind.STREAM
                ? VsockWire.VIRTIO_VSOCK_TYPE_STREAM
                : VsockWire.VIRTIO_VSOCK_TYPE_SEQPACKET;
        do {
            nextPort = nextPort == Integer.MAX_VALUE ? FIRST_HOST_PORT : nextPort + 1;
        } while (connections.containsKey(wanted.set(VsockWire.CID_HOST, nextPort, guestPort, type)));
        return ask(wanted.copy());
    }

    /**
     * Somebody wants a connection to the guest.
     *
     * @return null if there are too many, the guest has it already, or does not do such
     */
    @Nullable
    Connection ask(Flow flow) {
        if (!hasRoom() || connections.containsKey(flow)) {
            return null;
        }
        Connection connection = Connection.asking(this, flow, window(flow.type), record.add(flow));
        connections.put(flow, connection);
        inLine(connection);
        return connection;
    }

    /** It is to be shown to the guest as soon as there is a buffer. */
    void inLine(Connection connection) {
        if (!connection.inLine && !connection.isOver()) {
            connection.inLine = true;
            line.add(connection);
            plan();
        }
    }

    /** It is over. */
    void forget(Connection connection) {
        if (connections.remove(connection.flow(), connection)) {
            record.remove(connection.recordSlot());
            promisedBytes -= connection.roomBytes();
            farSide.roomAgain();
        }
    }

    /** All the room for now; little when much is promised already, so that the promises stay within the budget. */
    private int window(int type) {
        int full = settings.now().bufferBytes();
        long promised = promisedBytes + farSide.lingeringBytes();
        int window =
                promised + Connection.roomBytes(type, full) <= settings.now().budgetBytes()
                        ? full
                        : Math.min(full, VsockSettings.LEAST_WINDOW);
        promisedBytes += Connection.roomBytes(type, window);
        return window;
    }

    /** A header with the addresses of a packet for the guest. */
    VsockHeader headerFor(Flow flow) {
        header.srcCid = Integer.toUnsignedLong(flow.peerCid);
        header.dstCid = Integer.toUnsignedLong(cid);
        header.srcPort = flow.peerPort;
        header.dstPort = flow.guestPort;
        header.type = flow.type;
        return header;
    }

    // ---- to the guest

    /** There are buffers again, or something to put into them. */
    void plan() {
        if (!planned) {
            planned = true;
            loop.execute(serving);
        }
    }

    private void serve() {
        planned = false;
        RxBuffers now = buffers;
        if (now == null) {
            return;
        }
        int turns = 0;
        boolean going = true;
        while (going && turns < TURNS_AT_ONCE) {
            going = !refusals.isEmpty() ? refuseOne(now) : !line.isEmpty() ? serveOne(now) : resetOrphan(now);
            turns++;
        }
        if (going) {
            plan();
        }
    }

    /** Each returns false if there was nothing to do or no buffer to do it with. */
    private boolean refuseOne(RxBuffers now) {
        if (!sendReset(now, refusals.element())) {
            return false;
        }
        refusals.remove();
        if (refusals.size() == MOST_REFUSALS / 2) {
            whenRoom.run();
        }
        return true;
    }

    private boolean serveOne(RxBuffers now) {
        Connection connection = line.remove();
        connection.inLine = false;
        if (connection.isOver()) {
            return true;
        }
        Progress progress = connection.emit(now);
        if (progress == Progress.NOTHING_LEFT || connection.isOver()) {
            return true;
        }
        if (!connection.inLine) {
            connection.inLine = true;
            if (progress == Progress.MORE) {
                line.add(connection);
            } else {
                line.addFirst(connection);
            }
        }
        return progress == Progress.MORE;
    }

    private boolean resetOrphan(RxBuffers now) {
        Integer slot = orphans.peek();
        if (slot == null) {
            return false;
        }
        Flow flow = record.flow(slot);
        if (!connections.containsKey(flow) && !sendReset(now, flow)) {
            return false;
        }
        orphans.remove();
        record.remove(slot);
        return true;
    }

    private boolean sendReset(RxBuffers now, Flow flow) {
        DescriptorChain chain = now.next();
        if (chain == null) {
            return false;
        }
        VsockHeader reset = headerFor(flow);
        reset.op = VsockWire.VIRTIO_VSOCK_OP_RST;
        reset.flags = 0;
        reset.len = 0;
        reset.bufAlloc = 0;
        reset.fwdCnt = 0;
        chain.writable().seek(0);
        reset.write(chain.writable());
        now.complete(chain, VsockWire.HEADER_SIZE);
        return true;
    }

    /** One line for each connection. */
    List<String> describe() {
        return connections.values().stream().map(Connection::describe).sorted().toList();
    }

    /** The device closes: every connection is over. What the guest had open stays in the record. */
    void close() {
        closed = true;
        List.copyOf(connections.values()).forEach(Connection::abandon);
        buffers = null;
    }
}
