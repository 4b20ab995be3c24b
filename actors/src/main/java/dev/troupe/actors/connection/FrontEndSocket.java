package dev.troupe.actors.connection;

import dev.troupe.transport.loop.EventLoop;
import dev.troupe.transport.loop.Timer;
import dev.troupe.transport.loop.Watch;
import dev.troupe.transport.protocol.Frame;
import dev.troupe.transport.socket.VhostSocket;
import org.jspecify.annotations.Nullable;

/**
 * The socket of one front end on the control loop: readiness becomes a callback, what cannot be sent at once is sent
 * later, and a front end that stops in the middle of a message or never reads is found out.
 */
final class FrontEndSocket implements Watch.Listener, AutoCloseable {

    private static final long PATIENCE_NANOS = 5_000_000_000L;
    private static final long CHECK_INTERVAL_NANOS = 500_000_000L;
    private static final long FLUSH_INTERVAL_NANOS = 10_000_000L;

    private final VhostSocket socket;
    private final EventLoop loop;
    private final Runnable onReady;
    private final Runnable onStalled;
    private final Runnable onFlushed;
    private @Nullable Watch watch;
    private @Nullable Timer nextCheck;
    private boolean closed;
    private boolean peerGone;

    /**
     * Watches a connected socket.
     *
     * @param socket the socket, owned by the result
     * @param loop the control loop
     * @param onReady runs when there is something to receive
     * @param onStalled runs when the front end has stalled for too long
     * @param onFlushed runs when what could not be sent at once has been sent
     */
    FrontEndSocket(VhostSocket socket, EventLoop loop, Runnable onReady, Runnable onStalled, Runnable onFlushed) {
        this.socket = socket;
        this.loop = loop;
        this.onReady = onReady;
        this.onStalled = onStalled;
        this.onFlushed = onFlushed;
        try {
            this.watch = loop.watch(socket.readiness(), this);
        } catch (RuntimeException e) {
            socket.close();
            throw e;
        }
    }

    @Override
    public void ready() {
        onReady.run();
    }

    @Override
    public void hungUp() {
        peerGone = true;
        onReady.run();
    }

    /** Whether nobody is at the other end any more, though there may be something left to receive. */
    boolean peerGone() {
        return peerGone;
    }

    /** The next message, or null if it has not arrived whole. */
    @Nullable
    Frame receive() {
        Frame frame = socket.receive();
        if (frame == null && nextCheck == null && socket.midMessageForNanos() > 0) {
            checkAfter(CHECK_INTERVAL_NANOS);
        }
        return frame;
    }

    /** Sends now or soon; false if the callback says when it has gone. */
    boolean send(Frame frame) {
        socket.send(frame);
        if (socket.hasUnsent()) {
            checkAfter(FLUSH_INTERVAL_NANOS);
            return false;
        }
        return true;
    }

    /** Whether a message has begun and not ended. */
    boolean midMessage() {
        return socket.midMessageForNanos() > 0;
    }

    /** Whether something has still to be sent. */
    boolean hasUnsent() {
        return socket.hasUnsent();
    }

    /** Nothing is noticed from now on. */
    void rest() {
        if (watch != null) {
            watch.cancel();
            watch = null;
        }
    }

    /** What arrives is noticed again. */
    void wake() {
        if (watch == null && !closed) {
            watch = loop.watch(socket.readiness(), this);
        }
    }

    /** Looks again later. One look ahead is enough, however many bytes come one by one. */
    private void checkAfter(long nanos) {
        if (nextCheck != null) {
            nextCheck.cancel();
        }
        nextCheck = loop.schedule(nanos, this::check);
    }

    private void check() {
        nextCheck = null;
        if (closed) {
            return;
        }
        if (socket.midMessageForNanos() >= PATIENCE_NANOS || socket.unsentForNanos() >= PATIENCE_NANOS) {
            onStalled.run();
            return;
        }
        if (socket.hasUnsent()) {
            flush();
        }
        if (nextCheck == null && socket.midMessageForNanos() > 0) {
            checkAfter(CHECK_INTERVAL_NANOS);
        }
    }

    private void flush() {
        try {
            if (socket.flush()) {
                onFlushed.run();
            } else {
                checkAfter(FLUSH_INTERVAL_NANOS);
            }
        } catch (RuntimeException e) {
            // Receiving says the same, and in the right order.
            onReady.run();
        }
    }

    /** Who is at the other end, as shown to an operator. */
    String peer() {
        return describe(socket);
    }

    /** Who is at the other end of a socket, in plain words. */
    static String describe(VhostSocket socket) {
        return "process " + socket.peer().pid() + " (user " + socket.peer().uid() + ")";
    }

    @Override
    public void close() {
        if (!closed) {
            closed = true;
            rest();
            if (nextCheck != null) {
                nextCheck.cancel();
            }
            socket.close();
        }
    }
}
