package dev.troupe.transport.sys;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.troupe.transport.testing.LeakCheck;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

@ExtendWith(LeakCheck.class)
class StreamSocketTest {
    private static final int WAIT_MS = 10_000;

    private final Arena arena = Arena.ofConfined();

    @TempDir
    Path folder = Path.of("");

    @AfterEach
    void free() {
        arena.close();
    }

    private MemorySegment bytes(String text) {
        return arena.allocateFrom(ValueLayout.JAVA_BYTE, text.getBytes(StandardCharsets.UTF_8));
    }

    private String receive(StreamSocket socket) {
        MemorySegment into = arena.allocate(100);
        assertThat(SocketFd.awaitReadable(socket.fd(), WAIT_MS)).isTrue();
        int got = socket.receive(into);
        return new String(into.asSlice(0, Math.max(0, got)).toArray(ValueLayout.JAVA_BYTE), StandardCharsets.UTF_8);
    }

    private static StreamSocket accept(ListeningSocket listening) {
        assertThat(SocketFd.awaitReadable(listening.fd(), WAIT_MS)).isTrue();
        StreamSocket accepted = listening.accept();
        if (accepted == null) {
            throw new AssertionError("Nobody waits");
        }
        return accepted;
    }

    @Test
    void shouldConnectAtAPathThatOnlyUserAndGroupMayUse() throws IOException {
        Path path = folder.resolve("socket");
        try (ListeningSocket listening = ListeningSocket.listen(path, StreamSocket.Kind.STREAM);
                StreamSocket client = StreamSocket.connect(path, StreamSocket.Kind.STREAM);
                StreamSocket server = accept(listening)) {
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(path)))
                    .isEqualTo("rw-rw----");
            assertThat(listening.accept()).isNull();
            assertThat(client.send(bytes("hello"))).isEqualTo(5);
            assertThat(receive(server)).isEqualTo("hello");
        }
        assertThat(path).doesNotExist();
    }

    @Test
    void shouldConnectByTcpAndTellHowItEnded() {
        InetSocketAddress any = new InetSocketAddress(InetAddress.getLoopbackAddress(), 0);
        int port;
        try (ListeningSocket listening = ListeningSocket.listen(any)) {
            port = listening.port();
            InetSocketAddress address = new InetSocketAddress(InetAddress.getLoopbackAddress(), port);
            try (StreamSocket client = StreamSocket.connect(address);
                    StreamSocket server = accept(listening)) {
                assertThat(SocketFd.awaitWritable(client.fd(), WAIT_MS)).isTrue();
                assertThat(client.error()).isZero();
                assertThat(server.send(bytes("hello"))).isEqualTo(5);
                assertThat(receive(client)).isEqualTo("hello");
            }
        }
        try (StreamSocket refused =
                StreamSocket.connect(new InetSocketAddress(InetAddress.getLoopbackAddress(), port))) {
            assertThat(SocketFd.awaitWritable(refused.fd(), WAIT_MS)).isTrue();
            assertThat(refused.error()).isEqualTo(Errno.ECONNREFUSED);
        }
    }

    @Test
    void shouldRefuseAPathWhereAnotherListensOrThatIsNoSocket() throws IOException {
        Path path = folder.resolve("socket");
        Path file = Files.writeString(folder.resolve("file"), "precious");
        try (ListeningSocket listening = ListeningSocket.listen(path, StreamSocket.Kind.STREAM)) {
            assertThatThrownBy(() -> ListeningSocket.listen(path, StreamSocket.Kind.STREAM))
                    .hasMessageContaining("EADDRINUSE");
            assertThat(listening.fd().isOpen()).isTrue();
        }
        assertThatThrownBy(() -> ListeningSocket.listen(file, StreamSocket.Kind.STREAM))
                .hasMessageContaining("EADDRINUSE");
        assertThat(file).hasContent("precious");
    }

    @Test
    void shouldKeepMessagesApartAndTellHowLongTheNextIs() {
        List<StreamSocket> pair = StreamSocket.pair(StreamSocket.Kind.MESSAGES);
        try (StreamSocket one = pair.getFirst();
                StreamSocket other = pair.getLast()) {
            assertThat(other.nextMessageBytes()).isEqualTo(-Errno.EAGAIN);
            one.send(bytes("four"));
            assertThat(one.sendEmpty()).isZero();
            one.send(bytes("last one"));
            assertThat(other.nextMessageBytes()).isEqualTo(4);
            assertThat(receive(other)).isEqualTo("four");
            assertThat(other.nextMessageBytes()).isZero();
            assertThat(other.isEnded()).isFalse();
            assertThat(receive(other)).isEmpty();
            assertThat(receive(other)).isEqualTo("last one");
        }
    }

    @Test
    void shouldEndEachDirectionByItself() {
        List<StreamSocket> pair = StreamSocket.pair(StreamSocket.Kind.STREAM);
        try (StreamSocket one = pair.getFirst();
                StreamSocket other = pair.getLast()) {
            one.endSending();
            assertThat(other.isEnded()).isTrue();
            assertThat(other.isOver()).isFalse();
            assertThat(other.send(bytes("still"))).isEqualTo(5);
            assertThat(receive(one)).isEqualTo("still");
            one.endReceiving();
            assertThat(other.send(bytes("in vain"))).isEqualTo(-Errno.EPIPE);
            assertThat(other.isOver()).isTrue();
        }
    }

    @Test
    void shouldNeverBlockThoughItWasGivenASocketThatDoes() {
        List<Fd> pair = SocketFd.pair();
        try (StreamSocket socket = StreamSocket.of(pair.getFirst());
                Fd other = pair.getLast()) {
            assertThat(socket.receive(arena.allocate(1))).isEqualTo(-Errno.EAGAIN);
            assertThat(other.isOpen()).isTrue();
        }
    }

    @Test
    void shouldPeekWithoutTaking() {
        List<StreamSocket> pair = StreamSocket.pair(StreamSocket.Kind.STREAM);
        try (StreamSocket one = pair.getFirst();
                StreamSocket other = pair.getLast()) {
            one.send(bytes("hello"));
            assertThat(other.peek(arena.allocate(3))).isEqualTo(3);
            assertThat(receive(other)).isEqualTo("hello");
        }
    }

    @Test
    void shouldStartAProgramBetweenItsInputAndItsOutput() {
        List<Fd> pair = SocketFd.pair();
        try (StreamSocket socket = StreamSocket.of(pair.getFirst());
                Fd other = pair.getLast();
                ChildProcess program = ChildProcess.startFilter(
                        List.of("/bin/sh", "-c", "read word; echo \"$word\""), System.getenv(), other)) {
            socket.send(bytes("input\n"));
            assertThat(receive(socket)).isEqualTo("input\n");
            assertThat(SocketFd.awaitReadable(program.end(), WAIT_MS)).isTrue();
            assertThat(program.takeStatus()).isPresent();
        }
    }
}
