package dev.troupe.devices.vsock;

import dev.troupe.devices.vsock.FarEnd.Progress;
import dev.troupe.transport.loop.Timer;
import dev.troupe.transport.ring.ChainReader;
import java.util.Locale;
import org.jspecify.annotations.Nullable;

/**
 * The guest's side of one connection: what its packets mean, and which packets it is to get (virtio section 5.10.6). The
 * {@link FarEnd} behind it tells what happens there by the {@code far…} methods; the {@link Multiplexer} hands packets in and
 * asks for the next ones when the guest has buffers.
 */
final class Connection {
    /** How long both sides may take to end a connection, as in Linux (VSOCK_CLOSE_TIMEOUT). */
    static final long CLOSE_NANOS = 8_000_000_000L;

    /** As much as one connection gives the guest before the others have their turn. */
    private static final int TURN_BYTES = 64 << 10;

    private enum Phase {
        /** The guest has asked; the far end is not there yet. */
        ASKED,
        /** The far end has asked; the guest has not answered yet. */
        ASKING,
        OPEN,
        /** The guest is to be told that the connection is no more. */
        ENDING,
        OVER
    }

    private final Multiplexer owner;
    private final Flow flow;
    private final Credit credit;
    private final PacketWriter packets;

    /** Where the connection stands in the record that outlives the device. */
    private final int recordSlot;

    /** Changed on the loop; a thread that starts a program looks whether that is still wanted. */
    private volatile Phase phase;

    private @Nullable FarEnd far;
    private @Nullable Timer timer;
    private boolean responseDue;
    private boolean requestDue;
    private boolean creditQuestionDue;
    private boolean creditAsked;

    /** Flags of SHUTDOWN: what the guest has said, what it is to be told, and what it has been told. */
    private int guestEnded;

    private int farEnded;
    private int farEndedTold;
    private boolean farGone;
    private long bytesFromGuest;

    /** Whether it waits for its turn in the multiplexer's list. */
    boolean inLine;

    private Connection(Multiplexer owner, Flow flow, int window, int recordSlot, Phase phase) {
        this.owner = owner;
        this.flow = flow;
        this.credit = new Credit(window);
        this.packets = new PacketWriter(owner, flow, credit);
        this.recordSlot = recordSlot;
        this.phase = phase;
    }

    /** One that the guest asks for. */
    static Connection askedBy(VsockHeader request, Multiplexer owner, Flow flow, int window, int recordSlot) {
        Connection connection = new Connection(owner, flow, window, recordSlot, Phase.ASKED);
        connection.credit.told(request.bufAlloc, request.fwdCnt);
        connection.limit(owner.connectNanos());
        return connection;
    }

    /** One that the guest is to be asked for. */
    static Connection asking(Multiplexer owner, Flow flow, int window, int recordSlot) {
        Connection connection = new Connection(owner, flow, window, recordSlot, Phase.ASKING);
        connection.requestDue = true;
        return connection;
    }

    Flow flow() {
        return flow;
    }

    Credit credit() {
        return credit;
    }

    /** Writes what the guest gets. */
    PacketWriter packets() {
        return packets;
    }

    /** How much memory it may take. */
    long roomBytes() {
        return roomBytes(flow.type, credit.window());
    }

    /** How much memory one may take; with messages both directions wait here, each in pieces. */
    static long roomBytes(int type, int window) {
        return type == VsockWire.VIRTIO_VSOCK_TYPE_SEQPACKET
                ? 2L * Pipe.bytes(true, window)
                : Pipe.bytes(false, window);
    }

    int recordSlot() {
        return recordSlot;
    }

    boolean isOver() {
        return phase == Phase.OVER;
    }

    boolean isMessages() {
        return flow.type == VsockWire.VIRTIO_VSOCK_TYPE_SEQPACKET;
    }

    /** Whether the far end has yet to be found: then it is still of use. Any thread. */
    boolean awaitsFar() {
        return phase == Phase.ASKED;
    }

    /** Whether the guest has not yet answered the far end. */
    boolean awaitsGuest() {
        return phase == Phase.ASKING;
    }

    /** What stands behind it from now on. */
    void attach(FarEnd end) {
        far = end;
    }

    // ---- what the guest says

    /**
     * A packet of the guest's.
     *
     * @return false if it is against the rules; the connection is reset then
     */
    boolean received(VsockHeader packet, ChainReader payload) {
        if (packet.op == VsockWire.VIRTIO_VSOCK_OP_RST) {
            over();
            return true;
        }
        if (phase == Phase.ENDING) {
            return true;
        }
        if (packet.type != flow.type || !credit.told(packet.bufAlloc, packet.fwdCnt) || !obey(packet, payload)) {
            reset();
            return false;
        }
        if (phase == Phase.OPEN) {
            owner.inLine(this);
        }
        return true;
    }

    private boolean obey(VsockHeader packet, ChainReader payload) {
        return switch (packet.op) {
            case VsockWire.VIRTIO_VSOCK_OP_RESPONSE -> granted();
            case VsockWire.VIRTIO_VSOCK_OP_SHUTDOWN -> guestEnds(packet.flags & VsockWire.SHUTDOWN_BOTH);
            case VsockWire.VIRTIO_VSOCK_OP_RW -> guestSends(packet, payload);
            case VsockWire.VIRTIO_VSOCK_OP_CREDIT_UPDATE -> phase == Phase.OPEN;
            case VsockWire.VIRTIO_VSOCK_OP_CREDIT_REQUEST -> {
                credit.askUpdate();
                yield phase == Phase.OPEN;
            }
            default -> false;
        };
    }

    private boolean granted() {
        if (phase != Phase.ASKING || requestDue) {
            return false;
        }
        phase = Phase.OPEN;
        stopTimer();
        end().accepted();
        return true;
    }

    private boolean guestEnds(int flags) {
        if (phase != Phase.OPEN) {
            return false;
        }
        guestEnded |= flags;
        end().shutdown(guestEnded);
        if (guestEnded == VsockWire.SHUTDOWN_BOTH && phase == Phase.OPEN && timer == null) {
            limit(CLOSE_NANOS);
        }
        return true;
    }

    private boolean guestSends(VsockHeader packet, ChainReader payload) {
        if (phase != Phase.OPEN
                || (guestEnded & VsockWire.VIRTIO_VSOCK_SHUTDOWN_F_SEND) != 0
                || !credit.receive(packet.len)) {
            return false;
        }
        bytesFromGuest += packet.len;
        int flags = isMessages() ? packet.flags & (VsockWire.VIRTIO_VSOCK_SEQ_EOM | VsockWire.VIRTIO_VSOCK_SEQ_EOR) : 0;
        return end().send(payload, packet.len, flags);
    }

    private FarEnd end() {
        FarEnd end = far;
        if (end == null) {
            throw new IllegalStateException("An open connection has no far end");
        }
        return end;
    }

    // ---- what the far end says

    /** The far end that the guest asked for is there. */
    void farOpened() {
        if (phase == Phase.ASKED) {
            phase = Phase.OPEN;
            stopTimer();
            responseDue = true;
            owner.inLine(this);
        }
    }

    /** There is something for the guest. */
    void farReadable() {
        if (phase == Phase.OPEN) {
            owner.inLine(this);
        }
    }

    /** Bytes of the guest's have left the room that it was told of. */
    void farTook(int bytes) {
        credit.forward(bytes);
        if (phase == Phase.OPEN && credit.updateDue()) {
            owner.inLine(this);
        }
    }

    /** The far end has ended these directions so far: flags of SHUTDOWN. The guest is told when it has got all there is. */
    void farEnds(int flags) {
        farEnded |= flags;
        if (phase == Phase.OPEN) {
            owner.inLine(this);
        }
    }

    /** The far end is no more, or could not be had. The guest is told when it has got all there is. */
    void farGone() {
        if (phase == Phase.ASKING && requestDue) {
            over();
        } else if (phase != Phase.OVER) {
            farGone = true;
            owner.inLine(this);
        }
    }

    // ---- its end

    /** The guest is told that the connection is no more; what is on its way to it is dropped. */
    void reset() {
        if (phase != Phase.OVER && phase != Phase.ENDING) {
            phase = Phase.ENDING;
            stopTimer();
            closeFar();
            owner.inLine(this);
        }
    }

    /** The guest knows nothing of it any more. */
    void over() {
        if (phase != Phase.OVER) {
            boolean closed = phase == Phase.ENDING;
            phase = Phase.OVER;
            stopTimer();
            if (!closed) {
                closeFar();
            }
            owner.forget(this);
        }
    }

    /** The device closes: nobody hears of it. */
    void abandon() {
        phase = Phase.OVER;
        stopTimer();
        closeFar();
    }

    private void closeFar() {
        FarEnd end = far;
        if (end != null) {
            end.close();
        }
    }

    private void limit(long nanos) {
        timer = owner.loop().schedule(nanos, this::reset);
    }

    private void stopTimer() {
        Timer running = timer;
        if (running != null) {
            running.cancel();
            timer = null;
        }
    }

    /** The guest may be another one than before; a guest that does not know the connection answers this with RST. */
    void askWhetherKnown() {
        if (phase == Phase.OPEN) {
            creditQuestionDue = true;
            owner.inLine(this);
        }
    }

    // ---- what the guest gets

    /** Gives the guest what is due to it, up to a turn's share. */
    Progress emit(RxBuffers buffers) {
        if (phase == Phase.ENDING) {
            return endWith(buffers);
        }
        if (!emitDue(buffers)) {
            return Progress.NO_BUFFER;
        }
        Progress progress = phase == Phase.OPEN ? emitData(buffers) : Progress.NOTHING_LEFT;
        if (progress != Progress.NOTHING_LEFT) {
            return progress;
        }
        if (farGone && (phase != Phase.OPEN || !wantsData())) {
            reset();
            return endWith(buffers);
        }
        return emitEnd(buffers) && emitCredit(buffers) ? Progress.NOTHING_LEFT : Progress.NO_BUFFER;
    }

    private Progress endWith(RxBuffers buffers) {
        if (!packets.control(buffers, VsockWire.VIRTIO_VSOCK_OP_RST, 0)) {
            return Progress.NO_BUFFER;
        }
        over();
        return Progress.NOTHING_LEFT;
    }

    private boolean emitDue(RxBuffers buffers) {
        if (requestDue && packets.control(buffers, VsockWire.VIRTIO_VSOCK_OP_REQUEST, 0)) {
            requestDue = false;
            limit(owner.connectNanos());
        }
        if (responseDue && packets.control(buffers, VsockWire.VIRTIO_VSOCK_OP_RESPONSE, 0)) {
            responseDue = false;
        }
        return !requestDue && !responseDue;
    }

    private boolean wantsData() {
        return (guestEnded & VsockWire.VIRTIO_VSOCK_SHUTDOWN_F_RECEIVE) == 0 && end().hasData();
    }

    private Progress emitData(RxBuffers buffers) {
        if (!wantsData()) {
            return Progress.NOTHING_LEFT;
        }
        int space = credit.space();
        if (space == 0) {
            creditQuestionDue |= !creditAsked;
            creditAsked = true;
            return Progress.NOTHING_LEFT;
        }
        creditAsked = false;
        return end().receive(buffers, Math.min(space, TURN_BYTES));
    }

    /** The far end's ends are told once there is nothing before them. */
    private boolean emitEnd(RxBuffers buffers) {
        if (phase != Phase.OPEN || farEnded == farEndedTold || wantsData()) {
            return true;
        }
        if (!packets.control(buffers, VsockWire.VIRTIO_VSOCK_OP_SHUTDOWN, farEnded)) {
            return false;
        }
        farEndedTold = farEnded;
        if (farEnded == VsockWire.SHUTDOWN_BOTH && timer == null) {
            limit(CLOSE_NANOS);
        }
        return true;
    }

    private boolean emitCredit(RxBuffers buffers) {
        if (credit.updateDue() && !packets.control(buffers, VsockWire.VIRTIO_VSOCK_OP_CREDIT_UPDATE, 0)) {
            return false;
        }
        creditQuestionDue = creditQuestionDue && !packets.control(buffers, VsockWire.VIRTIO_VSOCK_OP_CREDIT_REQUEST, 0);
        return !creditQuestionDue;
    }

    /** One line for operators. */
    String describe() {
        FarEnd end = far;
        return "%s %s %s, %s, %d bytes to the guest, %d from it"
                .formatted(
                        flow,
                        isMessages() ? "seqpacket" : "stream",
                        phase.name().toLowerCase(Locale.ROOT),
                        end == null ? "-" : end.description(),
                        packets.payloadBytes(),
                        bytesFromGuest);
    }
}
