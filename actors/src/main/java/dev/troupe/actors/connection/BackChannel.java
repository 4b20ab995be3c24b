package dev.troupe.actors.connection;

import dev.troupe.transport.loop.EventLoop;
import dev.troupe.transport.loop.Timer;
import dev.troupe.transport.loop.Watch;
import dev.troupe.transport.protocol.BackChannelCodec;
import dev.troupe.transport.protocol.BackEndMessage;
import dev.troupe.transport.protocol.Frame;
import dev.troupe.transport.socket.VhostSocket;
import dev.troupe.transport.socket.VhostSocketException;
import dev.troupe.transport.sys.Fd;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The channel on which we may say something unasked (SET_BACKEND_REQ_FD). Nothing is ever waited for: answers are read and
 * dropped, and a front end that does not read loses the channel, not the session. Control loop only.
 */
final class BackChannel implements Watch.Listener, AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(BackChannel.class);

    /** How many answers are dropped in a row before others on the control loop have their turn. */
    private static final int ANSWERS_A_TURN = 64;

    private static final long SHORTEST_WAIT_NANOS = 10_000_000L;
    private static final long LONGEST_WAIT_NANOS = 1_000_000_000L;

    private final String device;
    private final EventLoop loop;
    private final VhostSocket socket;
    private @Nullable Watch watch;
    private @Nullable Timer nextFlush;

    /** Takes over the channel's socket. */
    BackChannel(String device, Fd fd, EventLoop loop) {
        this.device = device;
        this.loop = loop;
        this.socket = VhostSocket.adopt(fd);
        try {
            this.watch = loop.watch(socket.readiness(), this);
        } catch (RuntimeException e) {
            socket.close();
            throw e;
        }
    }

    /** Sends a message that needs no answer. */
    void send(BackEndMessage message) {
        if (watch == null) {
            return;
        }
        try {
            socket.send(BackChannelCodec.encode(message, false));
            flushLater();
        } catch (VhostSocketException e) {
            giveUp(e);
        }
    }

    /** What there is no room for yet goes later, whether anything else is said by then or not. */
    private void flushLater() {
        if (socket.hasUnsent() && nextFlush == null) {
            // A front end that has not read for long may be paused, and for long.
            long wait = Math.clamp(socket.unsentForNanos() / 4, SHORTEST_WAIT_NANOS, LONGEST_WAIT_NANOS);
            nextFlush = loop.schedule(wait, this::flush);
        }
    }

    private void flush() {
        nextFlush = null;
        try {
            socket.flush();
            flushLater();
        } catch (VhostSocketException e) {
            giveUp(e);
        }
    }

    @Override
    public void ready() {
        try {
            for (int taken = 0; watch != null; taken++) {
                if (taken == ANSWERS_A_TURN) {
                    loop.execute(this::ready);
                    return;
                }
                Frame answer = socket.receive();
                if (answer == null) {
                    return;
                }
                answer.close();
            }
        } catch (VhostSocketException e) {
            giveUp(e);
        }
    }

    private void giveUp(VhostSocketException cause) {
        LOG.debug("{}: the back channel ended: {}", device, cause.getMessage());
        close();
    }

    @Override
    public void close() {
        Watch current = watch;
        watch = null;
        if (current != null) {
            current.cancel();
            socket.close();
        }
        if (nextFlush != null) {
            nextFlush.cancel();
            nextFlush = null;
        }
    }
}
