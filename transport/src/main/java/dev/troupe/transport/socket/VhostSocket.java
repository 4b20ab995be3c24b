package dev.troupe.transport.socket;

import dev.troupe.transport.protocol.Frame;
import dev.troupe.transport.protocol.Header;
import dev.troupe.transport.protocol.MessageRules;
import dev.troupe.transport.protocol.PassedFds;
import dev.troupe.transport.protocol.Violation;
import dev.troupe.transport.socket.SocketSetupException.Reason;
import dev.troupe.transport.sys.Errno;
import dev.troupe.transport.sys.Fd;
import dev.troupe.transport.sys.SocketFd;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.ByteBuffer;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * One connected vhost-user socket: whole messages with their descriptors, in both directions, without ever blocking.
 *
 * <p>One thread at a time. To be told when to call {@link #receive()}, watch {@link #readiness()}; after each report
 * receive until there is no message left. {@link #send} writes at once what the kernel takes; if {@link #hasUnsent()} is
 * true afterwards call {@link #flush()} again after a few milliseconds, and give up when {@link #unsentForNanos()} has
 * grown too long. A message that has begun but does not end shows in {@link #midMessageForNanos()}.
 */
public final class VhostSocket implements AutoCloseable {
    /** How many bytes are kept for a peer that does not read, beside what the kernel keeps. */
    public static final int MAX_UNSENT_BYTES = 64 * 1024;

    private static final int MAX_UNSENT_FRAMES = 256;

    private final Fd fd;
    private final PeerCredentials peer;
    private final MemorySegment inbox = Arena.ofAuto().allocate(Header.SIZE + Header.MAX_PAYLOAD_BYTES, 8);
    private final List<Fd> inboxFds = new ArrayList<>();
    private final ArrayDeque<Outgoing> unsent = new ArrayDeque<>();
    private int filled;
    private int strayFds;
    private boolean lostFds;
    private long begunAt;
    private @Nullable Header header;
    private long unsentBytes;
    private long unsentSince;

    private VhostSocket(Fd fd) {
        this.fd = fd;
        this.peer = Junix.credentials(fd);
    }

    /**
     * Connects to a listening peer. Does not wait for it to accept, nor for others to be accepted first.
     *
     * @param address where it listens
     * @return the connection
     * @throws SocketSetupException if nobody listens there, it is not allowed, or too many wait there already
     */
    public static VhostSocket connect(UnixAddress address) {
        return over(Junix.connect(address));
    }

    /**
     * Takes over a connected socket that this process has inherited or was handed.
     *
     * @param fd the socket; owned by the result, and closed if this fails
     * @return the connection
     * @throws SocketSetupException if it is no connected Unix stream socket
     */
    public static VhostSocket adopt(Fd fd) {
        if (!SocketFd.isUnixStream(fd) || SocketFd.isListening(fd)) {
            String text = "The descriptor handed over (" + fd + ") is not a connected Unix stream socket.";
            fd.close();
            throw new SocketSetupException(Reason.WRONG_DESCRIPTOR, text);
        }
        return over(fd);
    }

    /**
     * Two sockets connected with each other.
     *
     * @return exactly two
     */
    public static List<VhostSocket> pair() {
        return SocketFd.pair().stream().map(VhostSocket::over).toList();
    }

    private static VhostSocket over(Fd fd) {
        try {
            return new VhostSocket(fd);
        } catch (RuntimeException e) {
            fd.close();
            throw e;
        }
    }

    /**
     * The descriptor to watch for readability. Still owned by this socket: watch it, duplicate it for another process, but
     * do not close it.
     *
     * @return the socket's descriptor
     */
    public Fd readiness() {
        return fd;
    }

    /**
     * Who is at the other end.
     *
     * @return as of the time the connection was made
     */
    public PeerCredentials peer() {
        return peer;
    }

    /**
     * Takes the next message, if all of it has arrived. Descriptors that came with the message's first byte are in the
     * frame; those that came later are closed and counted as {@link Frame#strayFds()}; that this process had no room for
     * some is {@link Frame#lostFds()}.
     *
     * @return the message, owned by the caller, or null if there is none yet
     * @throws PeerDisconnectedException at the end of the stream
     * @throws StreamUnreadableException if the header has another version or announces more than any message has; the
     *     socket has to be closed
     */
    public @Nullable Frame receive() {
        while (true) {
            Header complete = header;
            int wanted = Header.SIZE + (complete == null ? 0 : complete.sizeBytes());
            if (filled < wanted) {
                if (!fill(wanted)) {
                    return null;
                }
            } else if (complete == null) {
                header = readHeader();
            } else {
                return takeFrame(complete);
            }
        }
    }

    /** Reads towards {@code wanted} bytes and never beyond; false if nothing is there. */
    private boolean fill(int wanted) {
        List<Fd> arrived = new ArrayList<>(0);
        int result = SocketFd.receive(fd, inbox.asSlice(filled, wanted - filled), arrived, () -> lostFds = true);
        if (result == -Errno.EAGAIN || result == -Errno.EINTR) {
            return false;
        }
        if (result <= 0) {
            throw disconnected(result);
        }
        if (filled == 0) {
            begunAt = System.nanoTime();
            inboxFds.addAll(arrived);
        } else {
            arrived.forEach(Fd::close);
            strayFds += arrived.size();
        }
        filled += result;
        return true;
    }

    private PeerDisconnectedException disconnected(int result) {
        String how = result == 0 ? "has closed the connection" : "is gone (" + Errno.describe(-result) + ")";
        String where = filled == 0 ? "." : " in the middle of a message.";
        return new PeerDisconnectedException("The peer (process " + peer.pid() + ") " + how + where, filled != 0);
    }

    private Header readHeader() {
        Header read = Header.read(inbox.asSlice(0, Header.SIZE).asByteBuffer());
        Violation violation = MessageRules.checkHeader(read);
        if (violation != null) {
            throw new StreamUnreadableException("The peer (process " + peer.pid()
                    + ") does not speak vhost-user, or its stream is out of step: " + violation.text() + ".");
        }
        return read;
    }

    private Frame takeFrame(Header complete) {
        ByteBuffer payload = ByteBuffer.allocate(complete.sizeBytes());
        payload.put(inbox.asSlice(Header.SIZE, complete.sizeBytes()).asByteBuffer())
                .flip();
        Frame frame = new Frame(complete, payload, PassedFds.of(inboxFds), strayFds, lostFds);
        inboxFds.clear();
        header = null;
        filled = 0;
        strayFds = 0;
        lostFds = false;
        return frame;
    }

    /**
     * How long the message that is arriving has been incomplete.
     *
     * @return nanoseconds, or 0 if none has begun
     */
    public long midMessageForNanos() {
        return filled == 0 ? 0 : System.nanoTime() - begunAt;
    }

    /**
     * Sends a message: now if the kernel takes it, else as soon as {@link #flush()} can.
     *
     * @param frame the message; its descriptors are closed once sent
     * @throws PeerDisconnectedException if nobody is there to receive it
     * @throws PeerNotReadingException if too much is kept already; the socket has to be closed
     */
    public void send(Frame frame) {
        sendBytes(frame.toBytes(), frame.fds());
    }

    /**
     * Sends bytes that need not be a message, for tests of the other side.
     *
     * @param bytes what to send, from its position to its limit
     * @param fds descriptors to go with the first byte; closed once sent
     * @throws PeerDisconnectedException as {@link #send}
     * @throws PeerNotReadingException as {@link #send}
     */
    public void sendBytes(ByteBuffer bytes, PassedFds fds) {
        int length = bytes.remaining();
        boolean full =
                !unsent.isEmpty() && (unsentBytes + length > MAX_UNSENT_BYTES || unsent.size() >= MAX_UNSENT_FRAMES);
        if (full) {
            fds.close();
            throw new PeerNotReadingException("The peer (process " + peer.pid() + ") has left " + unsentBytes
                    + " bytes of answers unread, more than are kept for it.");
        }
        MemorySegment copy = Arena.ofAuto().allocate(Math.max(1, length));
        copy.asByteBuffer().put(bytes.duplicate());
        if (unsent.isEmpty()) {
            unsentSince = System.nanoTime();
        }
        unsent.add(new Outgoing(copy.asSlice(0, length), fds));
        unsentBytes += length;
        flush();
    }

    /**
     * Sends what is still unsent, as far as the kernel takes it.
     *
     * @return true if nothing is left
     * @throws PeerDisconnectedException if nobody is there to receive it
     */
    public boolean flush() {
        while (!unsent.isEmpty()) {
            Outgoing next = unsent.getFirst();
            // The descriptors belong to the first byte: they are passed again as long as that byte has not gone.
            int result = SocketFd.send(fd, next.bytes, next.fds.peek());
            if (result == -Errno.EAGAIN || result == -Errno.EINTR) {
                return false;
            }
            if (result < 0) {
                throw disconnected(result);
            }
            next.fds.close();
            unsentBytes -= result;
            unsentSince = System.nanoTime();
            next.bytes = next.bytes.asSlice(result);
            if (next.bytes.byteSize() == 0) {
                unsent.removeFirst();
            }
        }
        return true;
    }

    /**
     * Whether something waits for {@link #flush()}.
     *
     * @return true if the peer has not read fast enough
     */
    public boolean hasUnsent() {
        return !unsent.isEmpty();
    }

    /**
     * For how long the peer has taken nothing of what waits.
     *
     * @return nanoseconds, or 0 if nothing waits
     */
    public long unsentForNanos() {
        return unsent.isEmpty() ? 0 : System.nanoTime() - unsentSince;
    }

    /**
     * Waits until {@link #receive()} may have something. Blocks the thread: for tools and tests, never on an event loop.
     *
     * @param timeoutMs how long at most, in milliseconds
     * @return false if time is up
     */
    public boolean awaitReadable(int timeoutMs) {
        return SocketFd.awaitReadable(fd, timeoutMs);
    }

    /**
     * Waits until {@link #flush()} may get something through. Blocks the thread: for tools and tests only.
     *
     * @param timeoutMs how long at most, in milliseconds
     * @return false if time is up
     */
    public boolean awaitWritable(int timeoutMs) {
        return SocketFd.awaitWritable(fd, timeoutMs);
    }

    /**
     * Whether {@link #close()} has not been called yet.
     *
     * @return true if open
     */
    public boolean isOpen() {
        return fd.isOpen();
    }

    /**
     * Closes this end and all descriptors not delivered or sent yet. The connection itself ends only with the last
     * duplicate of {@link #readiness()}, so one that was handed to another process lives on. May be called again.
     */
    @Override
    public void close() {
        fd.close();
        inboxFds.forEach(Fd::close);
        inboxFds.clear();
        unsent.forEach(outgoing -> outgoing.fds.close());
        unsent.clear();
        unsentBytes = 0;
    }

    /** Such as "socket of process 4711 (fd 12 (socket:[99]))". */
    @Override
    public String toString() {
        return "socket of process " + peer.pid() + " (" + fd + ")";
    }

    private static final class Outgoing {
        private MemorySegment bytes;
        private final PassedFds fds;

        private Outgoing(MemorySegment bytes, PassedFds fds) {
            this.bytes = bytes;
            this.fds = fds;
        }
    }
}
