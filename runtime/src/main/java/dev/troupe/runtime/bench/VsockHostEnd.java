package dev.troupe.runtime.bench;

import java.io.EOFException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/** The host's program: sends a stream, reads one, or connects again and again. */
final class VsockHostEnd extends VsockEnd implements AutoCloseable {
    private static final int LONGEST_LINE = 32;

    private final VsockLoad load;
    private final ByteBuffer block;
    private final ByteBuffer words = ByteBuffer.allocateDirect(LONGEST_LINE);
    private final byte[] greeting = ("CONNECT " + VsockLoad.PORT + "\n").getBytes(StandardCharsets.US_ASCII);
    private final @Nullable ServerSocketChannel server;
    private volatile @Nullable SocketChannel open;

    /** Listens, if the guest is to connect. */
    VsockHostEnd(VsockLoad load, int blockBytes, Pace pace, OptionalInt cpu) throws IOException {
        super("The host's program", pace, cpu);
        this.load = load;
        this.block = ByteBuffer.allocateDirect(blockBytes);
        if (load.kind() == VsockLoad.Kind.TO_HOST) {
            server = listen(load.hostPath());
        } else {
            server = null;
        }
    }

    /** Listens where an earlier run may have; what is no socket, or somebody's, stays. */
    private static ServerSocketChannel listen(Path path) throws IOException {
        UnixDomainSocketAddress address = UnixDomainSocketAddress.of(path);
        if (isStale(address)) {
            Files.deleteIfExists(path);
        }
        ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        try {
            return server.bind(address);
        } catch (IOException e) {
            server.close();
            throw new IOException("cannot listen at " + path + ": " + e.getMessage(), e);
        }
    }

    private static boolean isStale(UnixDomainSocketAddress address) throws IOException {
        Path path = address.getPath();
        if (!Files.exists(path, LinkOption.NOFOLLOW_LINKS)
                || !Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
                        .isOther()) {
            return false;
        }
        try (SocketChannel probe = SocketChannel.open(address)) {
            return !probe.isConnected();
        } catch (ConnectException e) {
            return true;
        }
    }

    @Override
    void drive() throws IOException {
        switch (load.kind()) {
            case TO_HOST -> read();
            case TO_GUEST -> write();
            case CONNECT -> {
                while (!isOver()) {
                    long begun = System.nanoTime();
                    connectOnce();
                    finished(begun, 1);
                }
            }
        }
    }

    private void read() throws IOException {
        ServerSocketChannel listening = server;
        if (listening == null) {
            throw new IllegalStateException("nobody listens");
        }
        try (SocketChannel guest = listening.accept()) {
            open = guest;
            long begun = System.nanoTime();
            while (!isOver()) {
                fill(guest, block.clear());
                begun = finished(begun, block.capacity());
            }
        }
    }

    private void write() throws IOException {
        try (SocketChannel guest = connect()) {
            while (!isOver()) {
                writeAll(guest, block.clear());
            }
        }
    }

    private void connectOnce() throws IOException {
        try (SocketChannel guest = connect()) {
            writeAll(guest, words.clear().limit(1));
            fill(guest, words.clear().limit(1));
        }
    }

    /** A connection that the guest has accepted. */
    private SocketChannel connect() throws IOException {
        SocketChannel guest = SocketChannel.open(UnixDomainSocketAddress.of(load.udsPath()));
        open = guest;
        writeAll(guest, words.clear().put(greeting).flip());
        do {
            fill(guest, words.clear().limit(1));
        } while (words.get(0) != '\n');
        return guest;
    }

    private static void writeAll(SocketChannel channel, ByteBuffer bytes) throws IOException {
        while (bytes.hasRemaining()) {
            channel.write(bytes);
        }
    }

    private static void fill(SocketChannel channel, ByteBuffer into) throws IOException {
        while (into.hasRemaining()) {
            if (channel.read(into) < 0) {
                throw new EOFException("the connection was closed");
            }
        }
    }

    /** Ends whatever it waits for. Any thread. */
    @Override
    public void close() throws IOException {
        SocketChannel connection = open;
        if (connection != null) {
            connection.close();
        }
        if (server != null) {
            server.close();
            Files.deleteIfExists(load.hostPath());
        }
    }
}
