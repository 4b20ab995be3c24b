package dev.troupe.runtime.control;

import dev.troupe.actors.device.Conversation;
import dev.troupe.transport.sys.Fd;
import java.io.Closeable;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Executors;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledExecutorService;
import java.util.concurrent.ScheduledFuture;
import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import java.util.function.Function;
import jdk.net.ExtendedSocketOptions;
import jdk.net.UnixDomainPrincipal;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Serves the control socket. Each connection has a virtual thread of its own and is answered a line at a time; the
 * number of connections, the length of a line and the time to send one are bounded, so that nothing that connects can
 * do more than waste its own time.
 */
public final class ControlServer implements Closeable {

    private static final Logger LOG = LoggerFactory.getLogger(ControlServer.class);
    private static final int MOST_CONNECTIONS = 16;
    private static final int MOST_CONVERSATIONS = 64;
    private static final Duration LAST_ANSWERS = Duration.ofSeconds(1);
    static final int LONGEST_LINE_BYTES = 64 * 1024;

    private final ControlSocket socket;
    private final Function<ControlRequest, CompletionStage<ControlReply>> daemon;
    private final Duration patience;
    private final Semaphore seats = new Semaphore(MOST_CONNECTIONS);
    private final Semaphore talks = new Semaphore(MOST_CONVERSATIONS);
    /** Taken while a request is being answered, so that closing can let the last answers out. */
    private final Semaphore answering = new Semaphore(MOST_CONNECTIONS);

    private final Set<SocketChannel> open = ConcurrentHashMap.newKeySet();
    private final ScheduledExecutorService clock = Executors.newSingleThreadScheduledExecutor(
            Thread.ofPlatform().daemon().name("control-clock").factory());

    private ControlServer(
            ControlSocket socket, Function<ControlRequest, CompletionStage<ControlReply>> daemon, Duration patience) {
        this.socket = socket;
        this.daemon = daemon;
        this.patience = patience;
    }

    /**
     * Binds the socket and serves it. A stale socket is replaced.
     *
     * @param path the socket
     * @param daemon what answers requests
     * @param patience how long a connection may take to send a line or to read a reply
     * @throws IOException if the socket cannot be had, with a sentence that says why
     */
    public static ControlServer start(
            Path path, Function<ControlRequest, CompletionStage<ControlReply>> daemon, Duration patience)
            throws IOException {
        return serve(new ControlServer(ControlSocket.bind(path), daemon, patience));
    }

    /**
     * Serves a socket beside the one of a predecessor, until {@link #takePlace}.
     *
     * @param path the predecessor's socket
     * @param lock what {@link #lock} of the predecessor gave; owned by the server from now on
     * @param daemon what answers requests
     * @param patience how long a connection may take to send a line or to read a reply
     * @throws IOException if the socket cannot be had, with a sentence that says why
     */
    public static ControlServer startBeside(
            Path path, Fd lock, Function<ControlRequest, CompletionStage<ControlReply>> daemon, Duration patience)
            throws IOException {
        return serve(new ControlServer(ControlSocket.bindBeside(path, lock), daemon, patience));
    }

    private static ControlServer serve(ControlServer server) {
        // A platform thread, so that what virtual threads need is made when somebody connects and not before.
        Thread.ofPlatform().daemon().name("control-accept").start(server::acceptAll);
        return server;
    }

    /** Takes the predecessor's place, after {@link #startBeside}. */
    public void takePlace() throws IOException {
        socket.takePlace();
    }

    /** Leaves the place to a successor: closing will not remove the socket's file. */
    public void leave() {
        socket.leave();
    }

    /** What says that the socket has a living owner. Still the server's; a successor is given a duplicate. */
    public Fd lock() {
        return socket.lock();
    }

    private void acceptAll() {
        while (socket.channel().isOpen()) {
            try {
                SocketChannel channel = socket.channel().accept();
                Thread.ofVirtual().name("control").start(() -> serve(channel));
            } catch (IOException e) {
                if (socket.channel().isOpen()) {
                    LOG.warn("The control socket could not accept a connection: {}", e.getMessage());
                    pause();
                }
            }
        }
    }

    /** Out of descriptors, most likely; trying again at once would only burn processor time. */
    private static void pause() {
        try {
            Thread.sleep(Duration.ofMillis(100));
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    private void serve(SocketChannel channel) {
        open.add(channel);
        try (channel) {
            Optional<Conversation> talk = answerSeated(channel);
            if (talk.isPresent()) {
                hold(talk.get(), channel);
            }
        } catch (IOException e) {
            LOG.debug("A control connection ended: {}", e.getMessage());
        } finally {
            open.remove(channel);
        }
    }

    /** Answers until the connection ends or becomes a conversation, which takes no seat of those who have a short question. */
    private Optional<Conversation> answerSeated(SocketChannel channel) throws IOException {
        boolean seated = seats.tryAcquire();
        try {
            if (!isAllowed(channel)) {
                write(channel, new ControlReply.Failed("Only the daemon's own user and root may control it."));
            } else if (!seated) {
                write(channel, new ControlReply.Failed("There are too many connections already; try again."));
            } else {
                return answerAll(channel);
            }
            return Optional.empty();
        } finally {
            if (seated) {
                seats.release();
            }
        }
    }

    private void hold(Conversation conversation, SocketChannel operator) throws IOException {
        try {
            write(operator, new ControlReply.Agreed(conversation));
            Talks.hold(conversation, operator);
        } finally {
            talks.release();
        }
    }

    private boolean isAllowed(SocketChannel channel) throws IOException {
        UnixDomainPrincipal peer = channel.getOption(ExtendedSocketOptions.SO_PEERCRED);
        return peer.user().equals(socket.owner()) || peer.user().getName().equals("root");
    }

    private Optional<Conversation> answerAll(SocketChannel channel) throws IOException {
        LineReader lines = new LineReader(channel, LONGEST_LINE_BYTES);
        while (true) {
            String line;
            ScheduledFuture<?> deadline = closeLater(channel);
            try {
                line = lines.next();
            } catch (LineReader.LineTooLongException e) {
                write(channel, new ControlReply.Failed(String.valueOf(e.getMessage())));
                return Optional.empty();
            } finally {
                deadline.cancel(false);
            }
            if (line == null) {
                return Optional.empty();
            }
            answering.acquireUninterruptibly();
            try {
                ControlReply reply = answer(line);
                if (!(reply instanceof ControlReply.Agreed agreed)) {
                    write(channel, reply);
                } else if (talks.tryAcquire()) {
                    return Optional.of(agreed.conversation());
                } else {
                    write(channel, new ControlReply.Failed("There are too many conversations already."));
                }
            } finally {
                answering.release();
            }
        }
    }

    private ControlReply answer(String line) {
        try {
            return daemon.apply(ControlCodec.decodeRequest(line))
                    .toCompletableFuture()
                    .join();
        } catch (IllegalArgumentException e) {
            return new ControlReply.Failed(String.valueOf(e.getMessage()));
        } catch (RuntimeException e) {
            LOG.error("A control request failed; this is a bug in Troupe.", e);
            return new ControlReply.Failed("The request failed because of a bug in Troupe; the daemon's log has more.");
        }
    }

    private void write(SocketChannel channel, ControlReply reply) throws IOException {
        ByteBuffer bytes = ByteBuffer.wrap((ControlCodec.encode(reply) + "\n").getBytes(StandardCharsets.UTF_8));
        ScheduledFuture<?> deadline = closeLater(channel);
        try {
            while (bytes.hasRemaining()) {
                channel.write(bytes);
            }
        } finally {
            deadline.cancel(false);
        }
    }

    private ScheduledFuture<?> closeLater(SocketChannel channel) throws IOException {
        try {
            return clock.schedule(() -> close(channel), patience.toMillis(), TimeUnit.MILLISECONDS);
        } catch (RejectedExecutionException e) {
            throw new IOException("the server closes", e);
        }
    }

    private static void close(SocketChannel channel) {
        try {
            channel.close();
        } catch (IOException e) {
            LOG.debug("A control connection did not close: {}", e.getMessage());
        }
    }

    /** Closes the socket, removes its file and ends every connection, after the answers that are under way. */
    @Override
    public void close() throws IOException {
        socket.close();
        try {
            // The answer to a shutdown is on its way when the daemon has ended. Who does not read it is not waited for.
            boolean quiet = answering.tryAcquire(MOST_CONNECTIONS, LAST_ANSWERS.toMillis(), TimeUnit.MILLISECONDS);
            LOG.debug("Control connections are quiet: {}", quiet);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
        open.forEach(ControlServer::close);
        clock.shutdownNow();
    }
}
