package dev.troupe.samples.guest;

import static org.assertj.core.api.Assertions.assertThat;

import dev.troupe.transport.sys.ListeningSocket;
import dev.troupe.transport.sys.StreamSocket;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import org.jspecify.annotations.Nullable;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/**
 * What guests' own drivers must find in Troupe's sockets: the kernel's own test between two of them, the host, and what becomes
 * of connections when a device, the program or the daemon is replaced. Both guests run all the time.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class GuestVsockContract {
    private static final Duration LIMIT = Duration.ofMinutes(5);
    private static final int MESSAGE_BYTES = 64;

    private static final String DEVICES = """
            left {
              type = vsock, guest-cid = 3, groups = [both], uds-path = uds, seqpacket-path = msgs
              ports.77.command = [/usr/bin/tr, a-z, A-Z]
            }
            right { type = vsock, guest-cid = 4, groups = [both] }
            """;

    private Path folder;
    private TroupeProgram troupe;
    private GuestRun left;
    private GuestRun right;

    /** Which QEMU and kernel. */
    abstract GuestImage image();

    /** How a guest is given the device behind a socket. */
    GuestDevice device(Path socket) {
        return GuestDevice.vhostUser("vsock", socket);
    }

    /** Which port of the host the guests' network uses meanwhile. */
    abstract int networkPort();

    /** How many cases the kernel's own test has. */
    abstract int cases();

    @BeforeAll
    void boot(@TempDir Path newFolder) {
        folder = newFolder;
        troupe = TroupeProgram.startSupervised("vsock-" + name(), folder, DEVICES);
        left = guest("left", "listen");
        right = guest("right", "connect");
    }

    private String name() {
        return getClass().getSimpleName().replace("VsockIT", "");
    }

    private GuestRun guest(String device, String network) {
        return Guest.on(image())
                .name("vsock-" + name() + "-" + device)
                .device(device(troupe.socket(device)))
                .qemuArguments(
                        "-netdev",
                        "socket,id=n," + network + "=127.0.0.1:" + networkPort(),
                        "-device",
                        "virtio-net-pci,netdev=n,romfile=,mac=52:54:00:00:00:0" + device.length())
                .script(GuestScript.onRequest(
                        "vsock", List.of("vsock-test", "vsock-host", "vsock-messages", "vsock-life")))
                .boot(LIMIT);
    }

    @AfterAll
    void powerOff() {
        try (TroupeProgram daemon = troupe;
                GuestRun first = left;
                GuestRun second = right) {
            first.end(LIMIT);
            second.end(LIMIT);
            assertThat(daemon.stop()).as("the daemon's exit status").isZero();
            assertThat(daemon.log()).as("the daemon's log").noneMatch(line -> line.contains("ERROR"));
        }
    }

    @Test
    void shouldPassTheKernelsOwnTestWhenTheRightGuestIsItsClient() {
        expectKernelTest(left, 4, right, 3);
    }

    @Test
    void shouldPassTheKernelsOwnTestWhenTheLeftGuestIsItsClient() {
        expectKernelTest(right, 3, left, 4);
    }

    private void expectKernelTest(GuestRun server, int clientCid, GuestRun client, int serverCid) {
        server.begin("vsock-test", "MODE=server", "PEER=" + clientCid, "ADDRESS=10.0.0.1", "SERVER=10.0.0.1");
        server.awaitLine("ready", LIMIT);
        client.begin("vsock-test", "MODE=client", "PEER=" + serverCid, "ADDRESS=10.0.0.2", "SERVER=10.0.0.1");
        client.awaitAsk("server", LIMIT);
        client.send("go");
        List<String> said = client.finish("vsock-test", LIMIT);
        assertThat(said)
                .filteredOn(line -> line.matches("\\d+ - .*\\.\\.\\.ok"))
                .hasSize(cases());
        assertThat(said).noneMatch(line -> line.contains("fail") || line.contains("skip"));
        server.finish("vsock-test", LIMIT);
    }

    @Test
    void shouldLeadBothWaysBetweenGuestAndHost() throws IOException {
        try (ServerSocketChannel server = listen("uds_1234")) {
            left.begin("vsock-host");
            try (SocketChannel program = server.accept()) {
                assertThat(readAll(program)).isEqualTo("question\n");
                write(program, "the host's answer\n");
            }
            left.awaitAsk("dial", LIMIT);
            Patience.await("an answer of the guest's program", LIMIT, () -> answers("LOUDER\n"));
            left.send("enough");
            left.finish("vsock-host", LIMIT);
        }
    }

    /** Whether the guest's program answers in capitals; not before it listens. */
    private boolean answers(String wanted) {
        try (SocketChannel client = dial("CONNECT 5000\nlouder\n")) {
            client.shutdownOutput();
            return readAll(client).endsWith(wanted);
        } catch (IOException e) {
            return false;
        }
    }

    @Test
    void shouldKeepMessagesApartBetweenGuestAndHost() {
        try (ListeningSocket ear = ListeningSocket.listen(folder.resolve("msgs_1240"), StreamSocket.Kind.MESSAGES);
                ListeningSocket mouth =
                        ListeningSocket.listen(folder.resolve("msgs_1241"), StreamSocket.Kind.MESSAGES)) {
            left.begin("vsock-messages");
            try (StreamSocket program = accept(ear)) {
                assertThat(nextMessage(program)).isEqualTo("first");
                assertThat(nextMessage(program)).isEqualTo("other");
                assertThat(nextMessage(program)).isEmpty();
            }
            try (StreamSocket program = accept(mouth)) {
                send(program, "one!");
                send(program, "two!");
            }
            assertThat(left.finish("vsock-messages", LIMIT)).contains("beginnings: onetwo");
        }
    }

    private static StreamSocket accept(ListeningSocket socket) {
        AtomicReference<@Nullable StreamSocket> accepted = new AtomicReference<>();
        Patience.await("a connection of the guest's", LIMIT, () -> {
            accepted.set(socket.accept());
            return accepted.get() != null;
        });
        return Objects.requireNonNull(accepted.get());
    }

    /** The next message, or an empty text at the end. */
    private static String nextMessage(StreamSocket socket) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment into = arena.allocate(MESSAGE_BYTES);
            int[] bytes = new int[1];
            Patience.await("a message of the guest's", LIMIT, () -> {
                bytes[0] = socket.receive(into);
                return bytes[0] >= 0;
            });
            return new String(into.asSlice(0, bytes[0]).toArray(ValueLayout.JAVA_BYTE), StandardCharsets.UTF_8);
        }
    }

    private static void send(StreamSocket socket, String message) {
        try (Arena arena = Arena.ofConfined()) {
            byte[] bytes = message.getBytes(StandardCharsets.UTF_8);
            assertThat(socket.send(arena.allocateFrom(ValueLayout.JAVA_BYTE, bytes)))
                    .isEqualTo(bytes.length);
        }
    }

    @Test
    void shouldEndConnectionsAtOnceAndServeNewOnesWhenTheDeviceRestarts() throws IOException {
        expectEndOfConnections(() -> troupe.restart("left"));
    }

    @Test
    void shouldEndConnectionsAtOnceAndServeNewOnesWhenTheProgramIsUpgraded() throws IOException {
        expectEndOfConnections(troupe::upgrade);
    }

    @Test
    void shouldEndConnectionsAtOnceAndServeNewOnesWhenTheDaemonIsKilled() throws IOException {
        expectEndOfConnections(troupe::killSupervised);
    }

    private void expectEndOfConnections(Runnable disturbance) throws IOException {
        try (ServerSocketChannel server = listen("uds_1235")) {
            // The second time with connections that are new after the disturbance.
            for (int round = 0; round < 2; round++) {
                left.begin("vsock-life");
                expectEndOfConnections(server, round == 0 ? disturbance : () -> troupe.restart("left"));
                assertThat(left.finish("vsock-life", LIMIT)).contains("both were over");
            }
        }
    }

    private void expectEndOfConnections(ServerSocketChannel server, Runnable disturbance) throws IOException {
        try (SocketChannel program = server.accept()) {
            write(program, "hello\n");
            left.awaitAsk("disturb", LIMIT);
            try (SocketChannel client = dial("CONNECT 5001\n")) {
                assertThat(readLine(client)).startsWith("OK ");
                write(client, "anybody?\n");
                assertThat(readLine(client)).isEqualTo("anybody?\n");
                disturbance.run();
                assertThat(readLine(client)).isEmpty();
            }
            assertThat(readLine(program)).isEmpty();
            left.send("done");
        }
    }

    private ServerSocketChannel listen(String name) throws IOException {
        Path path = folder.resolve(name);
        Files.deleteIfExists(path);
        return ServerSocketChannel.open(StandardProtocolFamily.UNIX).bind(UnixDomainSocketAddress.of(path));
    }

    private SocketChannel dial(String text) throws IOException {
        SocketChannel client = SocketChannel.open(UnixDomainSocketAddress.of(folder.resolve("uds")));
        write(client, text);
        return client;
    }

    private static void write(SocketChannel channel, String text) throws IOException {
        channel.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
    }

    private static String readAll(SocketChannel channel) throws IOException {
        StringBuilder text = new StringBuilder();
        String line = readLine(channel);
        while (!line.isEmpty()) {
            text.append(line);
            line = readLine(channel);
        }
        return text.toString();
    }

    /** One line, or what there is before the end. */
    private static String readLine(SocketChannel channel) throws IOException {
        StringBuilder text = new StringBuilder();
        ByteBuffer into = ByteBuffer.allocate(1);
        while (text.indexOf("\n") < 0 && channel.read(into.clear()) >= 0) {
            text.append((char) into.get(0));
        }
        return text.toString();
    }
}
