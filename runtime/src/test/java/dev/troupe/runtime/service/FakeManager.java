package dev.troupe.runtime.service;

import static org.assertj.core.api.Assertions.assertThat;

import dev.troupe.transport.sys.Fd;
import dev.troupe.transport.sys.SocketFd;
import dev.troupe.transport.sys.UnixDatagram;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** A service manager's end of the notification socket: a real datagram socket that a test reads from. */
final class FakeManager implements AutoCloseable {

    private static final int PATIENCE_MS = 20_000;

    private final Path path;
    private final Fd socket;
    private final List<Fd> received = new ArrayList<>();

    FakeManager(Path folder) {
        this.path = folder.resolve("notify");
        this.socket = UnixDatagram.bind(path.toString());
    }

    String address() {
        return path.toString();
    }

    /** The next datagram's text; waits for it. */
    String next() {
        assertThat(SocketFd.awaitReadable(socket, PATIENCE_MS)).isTrue();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment buffer = arena.allocate(4096);
            int length = SocketFd.receive(socket, buffer, received);
            assertThat(length).isPositive();
            return new String(buffer.asSlice(0, length).toArray(ValueLayout.JAVA_BYTE), StandardCharsets.UTF_8);
        }
    }

    boolean isQuiet() {
        return !SocketFd.awaitReadable(socket, 0);
    }

    /** All descriptors that have come, in order. */
    List<Fd> received() {
        return received;
    }

    @Override
    public void close() {
        socket.close();
        received.forEach(Fd::close);
    }
}
