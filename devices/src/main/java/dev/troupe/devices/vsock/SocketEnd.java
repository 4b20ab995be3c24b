package dev.troupe.devices.vsock;

import dev.troupe.transport.loop.Timer;
import dev.troupe.transport.loop.Watch;
import dev.troupe.transport.sys.Errno;
import dev.troupe.transport.sys.StreamSocket;
import org.jspecify.annotations.Nullable;

/**
 * A socket of the host behind a connection: its readiness, and the end of each of its directions. What the socket does not take
 * waits in a {@link Pipe}, which is never larger than the room that the guest was told of; what comes from the socket stays
 * there until the guest has buffers.
 */
abstract class SocketEnd implements FarEnd, Watch.Listener {
    /** How long a socket that takes nothing more is borne with when its connection is over. */
    static final long LINGER_NANOS = 30_000_000_000L;

    final EndTools tools;
    final Connection connection;
    final StreamSocket socket;
    private final Origin origin;
    private final Watch watch;
    private final Pipe backlog;
    private boolean readable;
    private boolean receivingOver;
    private boolean sendingOver;
    private boolean sendingToEnd;
    private boolean left;
    private boolean closed;
    private @Nullable Timer patience;

    /** The end for a connection of either type. */
    static SocketEnd of(EndTools tools, Connection connection, StreamSocket socket, Origin origin) {
        return connection.isMessages()
                ? new SeqpacketEnd(tools, connection, socket, origin)
                : new StreamEnd(tools, connection, socket, origin);
    }

    /**
     * Where a socket comes from.
     *
     * @param description for operators
     * @param whenAccepted runs when the guest has accepted the connection that the socket asked for
     * @param whenClosed runs when the socket has been closed
     */
    record Origin(String description, Runnable whenAccepted, Runnable whenClosed) {}

    SocketEnd(EndTools tools, Connection connection, StreamSocket socket, Origin origin) {
        this.tools = tools;
        this.connection = connection;
        this.socket = socket;
        this.origin = origin;
        this.backlog = new Pipe(
                tools.memory(), connection.isMessages(), connection.credit().window());
        this.watch = tools.loop().watchStream(socket.fd(), this);
    }

    @Override
    public String description() {
        return origin.description();
    }

    @Override
    public void accepted() {
        origin.whenAccepted().run();
        connection.farReadable();
    }

    /** How much memory it may take. */
    final long roomBytes() {
        return connection.roomBytes();
    }

    // ---- from the host

    @Override
    public void ready() {
        readable = true;
        connection.farReadable();
    }

    @Override
    public void hungUp() {
        if (left) {
            drop();
        } else if (receivingOver) {
            connection.farGone();
        } else {
            readable = true;
            if (connection.awaitsGuest()) {
                connection.farGone();
            } else {
                connection.farReadable();
            }
        }
    }

    @Override
    public boolean hasData() {
        return readable && !receivingOver;
    }

    /** What receiving said besides a number of bytes: 0 at the end, or -errno. */
    final Progress notReceived(int result) {
        if (result == -Errno.EAGAIN) {
            readable = false;
        } else if (result == 0) {
            receivingOver = true;
            // A Unix peer that has closed does not receive either; one that only sends no more may.
            boolean over = sendingOver || socket.isOver();
            connection.farEnds(over ? VsockWire.SHUTDOWN_BOTH : VsockWire.VIRTIO_VSOCK_SHUTDOWN_F_SEND);
        } else if (result != -Errno.EINTR) {
            failed();
        }
        return Progress.NOTHING_LEFT;
    }

    private void failed() {
        receivingOver = true;
        sendingOver = true;
        forgetBacklog();
        connection.farGone();
    }

    // ---- to the host

    final Pipe backlog() {
        return backlog;
    }

    /** Whether what the guest sends goes nowhere. */
    final boolean isSendingOver() {
        return sendingOver;
    }

    /** What the guest sends waits for the socket from now on. */
    final void awaitSocket() {
        watch.awaitWritable();
    }

    @Override
    public void writable() {
        if (closed || !holdsUnsent()) {
            return;
        }
        long before = backlog.passed();
        int result = flush();
        tookSince(before);
        if (result < 0 && result != -Errno.EAGAIN && result != -Errno.EINTR) {
            notSent(result);
        } else if (holdsUnsent()) {
            awaitSocket();
            renewPatience();
        }
        settle();
    }

    /** Whether the backlog holds what the socket could take. */
    abstract boolean holdsUnsent();

    /** Sends of the backlog what the socket takes; the last result. */
    abstract int flush();

    final void tookSince(long before) {
        int took = (int) (backlog.passed() - before);
        if (!left && took > 0) {
            connection.farTook(took);
        }
    }

    /** Sending failed: the guest's bytes go nowhere, and it is told. */
    final void notSent(int result) {
        if (result == -Errno.EPIPE) {
            sendingOver = true;
            forgetBacklog();
            connection.farEnds(VsockWire.VIRTIO_VSOCK_SHUTDOWN_F_RECEIVE);
        } else {
            failed();
        }
    }

    private void forgetBacklog() {
        long before = backlog.passed();
        backlog.clear();
        tookSince(before);
    }

    /** Does what waits for the backlog to be empty. */
    private void settle() {
        if (holdsUnsent()) {
            return;
        }
        if (backlog.isEmpty()) {
            backlog.release();
        }
        if (left) {
            drop();
        } else if (sendingToEnd && !sendingOver) {
            sendingOver = true;
            socket.endSending();
            if (receivingOver) {
                connection.farEnds(VsockWire.SHUTDOWN_BOTH);
            }
        }
    }

    // ---- its end

    @Override
    public void shutdown(int flags) {
        if ((flags & VsockWire.VIRTIO_VSOCK_SHUTDOWN_F_RECEIVE) != 0 && !receivingOver) {
            receivingOver = true;
            socket.endReceiving();
        }
        sendingToEnd |= (flags & VsockWire.VIRTIO_VSOCK_SHUTDOWN_F_SEND) != 0;
        settle();
        if (flags == VsockWire.SHUTDOWN_BOTH) {
            // The guest waits for RST, and need not wait until the host has taken all.
            connection.farGone();
        }
    }

    @Override
    public void close() {
        if (left) {
            return;
        }
        left = true;
        receivingOver = true;
        if (!holdsUnsent()) {
            drop();
        } else {
            tools.linger(this);
            renewPatience();
        }
    }

    private void renewPatience() {
        if (left) {
            stopPatience();
            patience = tools.loop().schedule(LINGER_NANOS, this::drop);
        }
    }

    private void stopPatience() {
        Timer running = patience;
        if (running != null) {
            running.cancel();
            patience = null;
        }
    }

    /** Closes the socket, whatever is left. */
    final void drop() {
        if (!closed) {
            closed = true;
            stopPatience();
            tools.gone(this);
            watch.cancel();
            socket.close();
            backlog.release();
            origin.whenClosed().run();
        }
    }
}
