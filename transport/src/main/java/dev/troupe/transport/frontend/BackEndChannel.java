package dev.troupe.transport.frontend;

import dev.troupe.transport.protocol.BackChannelCodec;
import dev.troupe.transport.protocol.BackEndMessage;
import dev.troupe.transport.protocol.Frame;
import dev.troupe.transport.protocol.Header;
import dev.troupe.transport.protocol.PassedFds;
import dev.troupe.transport.protocol.ProtocolException;
import dev.troupe.transport.socket.VhostSocket;
import dev.troupe.transport.socket.VhostSocketException;
import java.util.concurrent.BlockingQueue;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.TimeUnit;
import java.util.function.ToLongFunction;
import org.jspecify.annotations.Nullable;

/**
 * The front end's side of the back channel: a thread of its own that takes the back end's requests, answers those that
 * want an answer, and keeps them for whoever looks. Its own thread, because the back end may ask while the front end waits
 * for an answer on the main channel.
 */
public final class BackEndChannel implements AutoCloseable {
    private static final int POLL_MS = 20;
    private static final long JOIN_MS = 2_000;
    /** Answers every request with success, but knows no shared object. */
    public static final ToLongFunction<BackEndMessage> AGREE =
            message -> message instanceof BackEndMessage.SharedObjectLookup ? 1 : 0;

    private final VhostSocket socket;
    private final ToLongFunction<BackEndMessage> answers;
    private final BlockingQueue<BackEndMessage> messages = new LinkedBlockingQueue<>();
    private final Thread thread;
    private volatile boolean closing;
    private volatile @Nullable RuntimeException failure;

    /**
     * Starts to listen.
     *
     * @param socket this end of the channel; owned by this object
     * @param answers what to answer: 0 for success; called on the channel's thread
     */
    public BackEndChannel(VhostSocket socket, ToLongFunction<BackEndMessage> answers) {
        this.socket = socket;
        this.answers = answers;
        this.thread = Thread.ofPlatform().daemon().name("troupe-back-channel").start(this::run);
    }

    private void run() {
        try {
            while (!closing) {
                if (socket.awaitReadable(POLL_MS)) {
                    receiveAll();
                }
            }
        } catch (VhostSocketException | ProtocolException e) {
            failure = e;
        } finally {
            socket.close();
        }
    }

    private void receiveAll() {
        for (Frame frame = socket.receive(); frame != null; frame = socket.receive()) {
            Header header = frame.header();
            BackEndMessage message = BackChannelCodec.decode(frame);
            long value = answers.applyAsLong(message);
            if (header.needsReply() || message instanceof BackEndMessage.SharedObjectLookup) {
                socket.send(BackChannelCodec.encodeReply(header, value, PassedFds.none()));
            }
            messages.add(message);
        }
    }

    /**
     * Waits for the next request of the back end. Any thread.
     *
     * @param timeoutMs how long at most, in milliseconds
     * @return the message, owned by the caller, or null if none came
     * @throws InterruptedException if interrupted
     */
    public @Nullable BackEndMessage await(int timeoutMs) throws InterruptedException {
        return messages.poll(timeoutMs, TimeUnit.MILLISECONDS);
    }

    /**
     * How many requests wait to be looked at. Any thread.
     *
     * @return the number
     */
    public int waiting() {
        return messages.size();
    }

    /**
     * Why the channel has ended by itself. Any thread.
     *
     * @return the reason (the back end closed it, or broke the protocol), or null while it works
     */
    public @Nullable RuntimeException failure() {
        return failure;
    }

    /** Closes the channel, waits for its thread, and closes what nobody has looked at. */
    @Override
    public void close() {
        closing = true;
        boolean interrupted = false;
        try {
            thread.join(JOIN_MS);
        } catch (InterruptedException e) {
            interrupted = true;
        }
        messages.forEach(BackEndMessage::close);
        messages.clear();
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
