package dev.troupe.transport.frontend;

import dev.troupe.transport.frontend.FrontEndException.Kind;
import dev.troupe.transport.protocol.BackEndReply;
import dev.troupe.transport.protocol.Frame;
import dev.troupe.transport.protocol.FrontEndMessage;
import dev.troupe.transport.protocol.FrontEndRequest;
import dev.troupe.transport.protocol.Header;
import dev.troupe.transport.protocol.PassedFds;
import dev.troupe.transport.protocol.ProtocolException;
import dev.troupe.transport.protocol.ReplyCodec;
import dev.troupe.transport.protocol.ReplyKind;
import dev.troupe.transport.protocol.RequestCodec;
import dev.troupe.transport.socket.PeerDisconnectedException;
import dev.troupe.transport.socket.PeerNotReadingException;
import dev.troupe.transport.socket.StreamUnreadableException;
import dev.troupe.transport.socket.VhostSocket;
import dev.troupe.transport.sys.Fd;
import java.nio.ByteBuffer;

/**
 * Questions and answers on the main channel, blocking with a time limit, and the raw bytes under them, so that tests can
 * also send what no honest front end sends. One thread at a time.
 */
public final class FrontEndWire implements AutoCloseable {
    private static final int WRITE_POLL_MS = 10;

    private final VhostSocket socket;
    private final int timeoutMs;
    private boolean replyAck;

    /**
     * Speaks over a connected socket.
     *
     * @param socket the socket; owned by this object
     * @param timeoutMs how long to wait for an answer, in milliseconds
     */
    public FrontEndWire(VhostSocket socket, int timeoutMs) {
        this.socket = socket;
        this.timeoutMs = timeoutMs;
    }

    /**
     * Whether requests that are answered only on demand are sent with need_reply and waited for.
     *
     * @param negotiated whether REPLY_ACK was negotiated
     */
    public void useReplyAck(boolean negotiated) {
        replyAck = negotiated;
    }

    /**
     * Sends a request and waits for its answer, if it has one.
     *
     * @param message the request; its descriptors are closed afterwards
     * @return the answer; {@link BackEndReply.U64#OK} for a request without one
     * @throws FrontEndException if the back end refuses, is silent or goes away
     */
    public BackEndReply ask(FrontEndMessage message) {
        ReplyKind kind = FrontEndRequest.ofNumber(message.number())
                .map(FrontEndRequest::reply)
                .orElse(ReplyKind.ACK);
        boolean needReply = kind == ReplyKind.ACK && replyAck;
        sendFrame(RequestCodec.encode(message, needReply));
        if (kind == ReplyKind.ACK && !needReply) {
            return BackEndReply.U64.OK;
        }
        BackEndReply reply = decode(awaitFrame(message.name()), message);
        boolean refused = switch (reply) {
            case BackEndReply.U64 r -> kind != ReplyKind.VALUE && r.value() != 0;
            case BackEndReply.DeviceStateFd r -> (r.value() & 0xff) != 0;
            case BackEndReply.Empty r -> !(message instanceof FrontEndMessage.PostcopyAdvise);
            default -> false;
        };
        if (refused) {
            reply.close();
            throw new FrontEndException(Kind.REFUSED, "The back end refused " + message.name() + " (" + reply + ").");
        }
        return reply;
    }

    private static BackEndReply decode(Frame frame, FrontEndMessage message) {
        try {
            return ReplyCodec.decode(frame, message.number());
        } catch (ProtocolException e) {
            throw new FrontEndException(
                    Kind.BAD_REPLY, "The answer to " + message.name() + " is no answer: " + e.getMessage() + ".", e);
        }
    }

    /**
     * Sends a message as it is, without waiting for anything. A header may say what it likes.
     *
     * @param frame the message; its descriptors are closed afterwards
     * @throws FrontEndException if the back end does not read or goes away
     */
    public void sendFrame(Frame frame) {
        sendBytes(frame.toBytes(), frame.fds());
    }

    /**
     * Sends bytes as they are: part of a message, several, or none at all.
     *
     * @param bytes the bytes
     * @param fds descriptors that go with the first byte; closed afterwards
     * @throws FrontEndException if the back end does not read or goes away
     */
    public void sendBytes(ByteBuffer bytes, PassedFds fds) {
        long end = System.nanoTime() + timeoutMs * 1_000_000L;
        try {
            socket.sendBytes(bytes, fds);
            while (!socket.flush()) {
                socket.awaitWritable(WRITE_POLL_MS);
                if (System.nanoTime() - end > 0) {
                    throw new FrontEndException(
                            Kind.TIMEOUT, "The back end has read nothing for " + timeoutMs + " ms.");
                }
            }
        } catch (PeerDisconnectedException | PeerNotReadingException e) {
            throw new FrontEndException(Kind.CLOSED, "The back end does not listen any more: " + e.getMessage(), e);
        }
    }

    /**
     * Sends a message one byte at a time.
     *
     * @param frame the message; its descriptors go with the first byte
     */
    public void sendByteByByte(Frame frame) {
        ByteBuffer bytes = frame.toBytes();
        for (int i = 0; i < bytes.limit(); i++) {
            sendBytes(bytes.slice(i, 1), i == 0 ? frame.fds() : PassedFds.none());
        }
    }

    /**
     * Waits for the next message, whatever it is.
     *
     * @param waitingFor what for, to be named in the exception
     * @return the message, owned by the caller
     * @throws FrontEndException if none comes in time or the back end goes away
     */
    public Frame awaitFrame(String waitingFor) {
        long end = System.nanoTime() + timeoutMs * 1_000_000L;
        try {
            while (true) {
                Frame frame = socket.receive();
                if (frame != null) {
                    return frame;
                }
                int leftMs = (int) Math.max(0, (end - System.nanoTime() + 999_999) / 1_000_000);
                if (leftMs == 0 || !socket.awaitReadable(leftMs)) {
                    throw new FrontEndException(
                            Kind.TIMEOUT,
                            "The back end has not answered " + waitingFor + " within " + timeoutMs + " ms.");
                }
            }
        } catch (PeerDisconnectedException e) {
            throw new FrontEndException(
                    Kind.CLOSED,
                    "The back end closed the connection instead of answering " + waitingFor + ": " + e.getMessage(),
                    e);
        } catch (StreamUnreadableException e) {
            throw new FrontEndException(Kind.BAD_REPLY, e.getMessage() == null ? "" : e.getMessage(), e);
        }
    }

    /**
     * Waits until the back end closes the connection; messages that arrive meanwhile are dropped.
     *
     * @return false if it has not closed in time
     */
    public boolean awaitClosed() {
        long end = System.nanoTime() + timeoutMs * 1_000_000L;
        while (System.nanoTime() - end < 0) {
            try {
                awaitFrame("nothing").close();
            } catch (FrontEndException e) {
                return e.kind() == Kind.CLOSED;
            }
        }
        return false;
    }

    /**
     * The header a request would have, for tests that change it.
     *
     * @param request the request
     * @param sizeBytes the payload's length
     * @return the header
     */
    public static Header header(FrontEndRequest request, int sizeBytes) {
        return Header.request(request.number(), false, sizeBytes);
    }

    /**
     * The socket's descriptor, for a watch or to see who is there.
     *
     * @return the descriptor, still owned by this object
     */
    public Fd fd() {
        return socket.readiness();
    }

    /** Closes the connection. May be called again. */
    @Override
    public void close() {
        socket.close();
    }
}
