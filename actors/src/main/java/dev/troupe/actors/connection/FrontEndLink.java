package dev.troupe.actors.connection;

import dev.troupe.actors.session.Session;
import dev.troupe.transport.protocol.BackEndMessage;
import dev.troupe.transport.protocol.BackEndReply;
import dev.troupe.transport.protocol.Frame;
import dev.troupe.transport.protocol.FrontEndMessage;
import dev.troupe.transport.protocol.Header;
import dev.troupe.transport.protocol.ProtocolException;
import dev.troupe.transport.protocol.ProtocolFeature;
import dev.troupe.transport.protocol.ReplyCodec;
import dev.troupe.transport.protocol.RequestCodec;
import dev.troupe.transport.socket.VhostSocket;
import dev.troupe.transport.sys.Fd;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What one connected front end and we say to each other: its messages, one at a time, our answers, and the back channel.
 * Control loop only. What sockets throw is passed on to the caller.
 */
final class FrontEndLink implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(FrontEndLink.class);

    private final Wiring wiring;
    private final Session session;
    private final Ledger ledger;
    private final FrontEndSocket socket;
    private final Consumer<FrontEndLink> onReadable;
    private @Nullable BackChannel backChannel;
    private @Nullable Header unanswered;
    private @Nullable Frame held;

    /**
     * Takes over a connected socket.
     *
     * @param ledger notes each message while it is in hand
     * @param onReadable gets the link when there may be something to receive
     * @param onStalled gets the link when the front end has stalled for too long
     */
    FrontEndLink(
            Wiring wiring,
            VhostSocket connected,
            Session session,
            Ledger ledger,
            Consumer<FrontEndLink> onReadable,
            Consumer<FrontEndLink> onStalled) {
        this.wiring = wiring;
        this.session = session;
        this.ledger = ledger;
        this.onReadable = onReadable;
        this.socket = new FrontEndSocket(
                connected,
                wiring.loops().control(),
                () -> onReadable.accept(this),
                () -> onStalled.accept(this),
                ledger::flushed);
    }

    /** What has been agreed with this front end. */
    Session session() {
        return session;
    }

    /** Who is at the other end, as shown to an operator. */
    String peer() {
        return socket.peer();
    }

    boolean peerGone() {
        return socket.peerGone();
    }

    /**
     * Takes the next message, if there is one and the one before has been answered.
     *
     * @return false if the stream cannot be read any further
     */
    boolean receive(Consumer<FrontEndMessage> onMessage) {
        if (unanswered != null) {
            return true;
        }
        Frame frame = held;
        held = null;
        if (frame == null) {
            frame = socket.receive();
            if (frame == null) {
                return true;
            }
            ledger.received(frame);
        }
        return decode(frame, onMessage);
    }

    /** Holds a message that an earlier process has read; it is the next to be received. */
    void hold(Frame frame) {
        held = frame;
    }

    private boolean decode(Frame frame, Consumer<FrontEndMessage> onMessage) {
        Header header = frame.header();
        try {
            FrontEndMessage message = RequestCodec.decode(frame);
            unanswered = header;
            LOG.debug("{}: {}", wiring.spec().name(), message);
            onMessage.accept(message);
            return true;
        } catch (ProtocolException e) {
            wiring.violated("the front end broke the protocol: " + e.getMessage());
            return !e.streamUnreadable() && (!frame.lostFds() || hearsRefusals(header)) && refuse(header);
        }
    }

    /** A front end that is told of nothing would go on with a descriptor that we never got: it is better disconnected. */
    private boolean hearsRefusals(Header request) {
        try (Frame refusal = ReplyCodec.refusal(request, session.record().protocolFeatures())) {
            return refusal != null;
        }
    }

    private boolean refuse(Header header) {
        unanswered = header;
        answer(new TransportActor.Answered(BackEndReply.U64.FAILED, TransportActor.Answered.Kind.REFUSAL));
        onReadable.accept(this);
        return true;
    }

    /** Answers the message that was received last, if the front end waits for that. */
    boolean answer(TransportActor.Answered answer) {
        Header request = unanswered;
        if (request == null) {
            answer.reply().close();
            return true;
        }
        unanswered = null;
        Frame frame = frame(request, answer);
        ledger.answer(() -> frame == null || socket.send(frame));
        return true;
    }

    private @Nullable Frame frame(Header request, TransportActor.Answered answer) {
        long features = session.record().protocolFeatures();
        boolean replyAck = ProtocolFeature.REPLY_ACK.isIn(features);
        return switch (answer.kind()) {
            case REPLY -> ReplyCodec.encode(request, answer.reply());
            case ACKNOWLEDGEMENT ->
                replyAck && request.needsReply() ? ReplyCodec.encode(request, answer.reply()) : null;
            case REFUSAL -> ReplyCodec.refusal(request, features);
        };
    }

    /** Whether nothing is in hand: no message half read or unanswered, no answer half sent. */
    boolean idle() {
        return unanswered == null && !socket.midMessage() && !socket.hasUnsent();
    }

    /** Whether a message has begun and not ended. */
    boolean midMessage() {
        return socket.midMessage();
    }

    /** Nothing is noticed from now on. */
    void rest() {
        socket.rest();
    }

    /** What arrives is noticed again. */
    void wake() {
        socket.wake();
    }

    /** The front end gave us a socket to say something on unasked. */
    boolean openBackChannel(Fd fd) {
        if (backChannel != null) {
            backChannel.close();
            backChannel = null;
        }
        backChannel = new BackChannel(wiring.spec().name(), fd, wiring.loops().control());
        ledger.backChannel(fd);
        return true;
    }

    /** Says something unasked, if the front end wants to hear it. */
    void sayUnasked(BackEndMessage message) {
        boolean wanted = !(message instanceof BackEndMessage.ConfigChange)
                || ProtocolFeature.CONFIG.isIn(session.record().protocolFeatures());
        if (backChannel != null && wanted) {
            backChannel.send(message);
        }
    }

    @Override
    public void close() {
        socket.close();
        if (held != null) {
            held.close();
            held = null;
        }
        if (backChannel != null) {
            backChannel.close();
            backChannel = null;
        }
    }
}
