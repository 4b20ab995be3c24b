package dev.troupe.actors.testing;

import dev.troupe.transport.frontend.FrontEnd;
import dev.troupe.transport.frontend.FrontEndWire;
import dev.troupe.transport.frontend.FrontEndWishes;
import dev.troupe.transport.protocol.Frame;
import dev.troupe.transport.protocol.FrontEndRequest;
import dev.troupe.transport.protocol.Header;
import dev.troupe.transport.protocol.PassedFds;
import dev.troupe.transport.protocol.ReplyKind;
import dev.troupe.transport.socket.UnixAddress;
import dev.troupe.transport.socket.VhostListener;
import dev.troupe.transport.socket.VhostSocket;
import dev.troupe.transport.sys.Fd;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;

/** A front end that sends whatever a test wants, well formed or not. */
public final class RawPeer implements AutoCloseable {

    private static final int TIMEOUT_MS = 10_000;

    private final FrontEndWire wire;

    private RawPeer(FrontEndWire wire) {
        this.wire = wire;
    }

    /** Connects and says nothing. */
    public static RawPeer connect(Path socket) {
        return new RawPeer(new FrontEndWire(VhostSocket.connect(UnixAddress.of(socket)), TIMEOUT_MS));
    }

    /** Connects and does the first half of QEMU's start sequence. */
    public static RawPeer negotiated(Path socket) {
        RawPeer peer = connect(socket);
        long features = peer.number(FrontEndRequest.GET_FEATURES);
        long protocol = peer.number(FrontEndRequest.GET_PROTOCOL_FEATURES);
        peer.send(FrontEndRequest.SET_PROTOCOL_FEATURES, bytes(protocol));
        peer.send(FrontEndRequest.SET_OWNER, bytes());
        peer.send(FrontEndRequest.SET_FEATURES, bytes(features & ~(1L << 34) & ~(1L << 26)));
        return peer;
    }

    /** Waits until a device connects to a front end that listens; nothing has been said yet. */
    public static FrontEnd accept(VhostListener listener, FrontEndWishes wishes) {
        AtomicReference<VhostSocket> next = new AtomicReference<>();
        GuestRig.await("the device to connect", () -> {
            next.set(listener.accept());
            return next.get() != null;
        });
        return FrontEnd.over(Objects.requireNonNull(next.get()), wishes);
    }

    /** Speaks over the connection of a front end that has done its handshake. */
    public static RawPeer over(FrontEnd frontEnd) {
        return new RawPeer(frontEnd.wire());
    }

    /** A payload: an Integer takes four bytes, a Long eight, a Short two, in the host's order. */
    public static byte[] bytes(Number... numbers) {
        ByteBuffer buffer = ByteBuffer.allocate(numbers.length * Long.BYTES).order(ByteOrder.nativeOrder());
        for (Number number : numbers) {
            switch (number) {
                case Long value -> buffer.putLong(value);
                case Integer value -> buffer.putInt(value);
                case Short value -> buffer.putShort(value);
                case Byte value -> buffer.put(value);
                default -> throw new IllegalArgumentException(number.toString());
            }
        }
        return Arrays.copyOf(buffer.array(), buffer.position());
    }

    /** The wire itself. */
    public FrontEndWire wire() {
        return wire;
    }

    /** Sends a request that wants no answer; the descriptors stay the caller's. */
    public void send(FrontEndRequest request, byte[] payload, Fd... fds) {
        sendRaw(request.number(), Header.VERSION, payload, fds);
    }

    /** Sends a message with any number and flags, without waiting. */
    public void sendRaw(int number, int flags, byte[] payload, Fd... fds) {
        wire.sendFrame(new Frame(
                new Header(number, flags, payload.length),
                ByteBuffer.wrap(payload),
                PassedFds.of(Arrays.stream(fds).map(Fd::duplicate).toList())));
    }

    /** Sends a message that wants an answer, and gets the answer's payload. */
    public byte[] ask(int number, byte[] payload, Fd... fds) {
        sendRaw(number, Header.VERSION | Header.NEED_REPLY, payload, fds);
        try (Frame reply = wire.awaitFrame("message " + Integer.toUnsignedString(number))) {
            byte[] answer = new byte[reply.payload().remaining()];
            reply.payload().duplicate().get(answer);
            return answer;
        }
    }

    /** Whether a message that wants an answer is refused. */
    public boolean refuses(int number, byte[] payload, Fd... fds) {
        byte[] answer = ask(number, payload, fds);
        boolean carriesContents = FrontEndRequest.ofNumber(number)
                .map(FrontEndRequest::reply)
                .orElse(ReplyKind.ACK)
                .equals(ReplyKind.VALUE);
        return answer.length == 0 || (!carriesContents && longOf(answer) != 0);
    }

    /** Whether a request is refused. */
    public boolean refuses(FrontEndRequest request, byte[] payload, Fd... fds) {
        return refuses(request.number(), payload, fds);
    }

    /** Asks for a number. */
    public long number(FrontEndRequest request) {
        return longOf(ask(request.number(), bytes()));
    }

    /** Waits until everything sent before has been dealt with; fails if the connection does not work. */
    public void barrier() {
        if (number(FrontEndRequest.GET_FEATURES) == 0) {
            throw new AssertionError("no features are offered");
        }
    }

    private static long longOf(byte[] answer) {
        return ByteBuffer.wrap(answer).order(ByteOrder.nativeOrder()).getLong();
    }

    /** What QEMU 10 does when it starts a machine. */
    public static FrontEndWishes wishes() {
        return FrontEndWishes.usual().withTimeoutMs(TIMEOUT_MS);
    }

    @Override
    public void close() {
        wire.close();
    }
}
