package dev.troupe.devices.vsock;

import static dev.troupe.devices.vsock.VsockWire.VIRTIO_VSOCK_OP_CREDIT_REQUEST;
import static dev.troupe.devices.vsock.VsockWire.VIRTIO_VSOCK_OP_CREDIT_UPDATE;
import static dev.troupe.devices.vsock.VsockWire.VIRTIO_VSOCK_OP_REQUEST;
import static dev.troupe.devices.vsock.VsockWire.VIRTIO_VSOCK_OP_RESPONSE;
import static dev.troupe.devices.vsock.VsockWire.VIRTIO_VSOCK_OP_RST;
import static dev.troupe.devices.vsock.VsockWire.VIRTIO_VSOCK_OP_RW;
import static dev.troupe.devices.vsock.VsockWire.VIRTIO_VSOCK_OP_SHUTDOWN;
import static dev.troupe.devices.vsock.VsockWire.VIRTIO_VSOCK_SHUTDOWN_F_RECEIVE;
import static dev.troupe.devices.vsock.VsockWire.VIRTIO_VSOCK_SHUTDOWN_F_SEND;
import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.troupe.transport.loop.EventLoopConfig;
import dev.troupe.transport.testing.LeakCheck;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;

/** Streams between a guest and the host's real sockets, over both ring formats and both kinds of loop. */
@ExtendWith(LeakCheck.class)
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class VsockDeviceTest {
    private static final int PORT = 1024;
    private static final int GUEST_PORT = 5000;
    private static final int MUCH = 3 << 20;

    @TempDir
    Path folder = Path.of("");

    static Stream<Arguments> loopsAndLayouts() {
        return Stream.of(EventLoopConfig.Choice.IO_URING, EventLoopConfig.Choice.EPOLL)
                .flatMap(choice -> Stream.of(false, true).map(packed -> Arguments.of(choice, packed)));
    }

    private VsockHost host(EventLoopConfig.Choice choice) {
        VsockHost host = new VsockHost(choice, folder);
        host.add("dev", Map.of("guest-cid", 3L, "uds-path", folder.resolve("uds")));
        return host;
    }

    private static VsockGuest guest(VsockHost host, boolean packed) {
        return VsockGuest.connect(host.path("dev"), packed, VsockGuest.ALL_FEATURES);
    }

    @ParameterizedTest
    @MethodSource("loopsAndLayouts")
    void shouldLeadToTheUnixSocketOfThePortWhenTheGuestConnects(EventLoopConfig.Choice choice, boolean packed)
            throws IOException {
        try (VsockHost host = host(choice);
                ServerSocketChannel server = host.listen("uds_" + PORT);
                VsockGuest guest = guest(host, packed)) {
            Packet connection = guest.connectTo(PORT, GUEST_PORT);
            try (SocketChannel program = server.accept()) {
                guest.send(connection.text("from the guest"));
                assertThat(VsockHost.read(program, 14)).isEqualTo("from the guest");
                VsockHost.write(program, "from the host");
                assertThat(guest.nextBesidesCredit().text()).isEqualTo("from the host");
            }
        }
    }

    @ParameterizedTest
    @MethodSource("loopsAndLayouts")
    void shouldRefuseWhenNobodyListens(EventLoopConfig.Choice choice, boolean packed) {
        try (VsockHost host = host(choice);
                VsockGuest guest = guest(host, packed)) {
            guest.send(Packet.toHost(VIRTIO_VSOCK_OP_REQUEST, GUEST_PORT, PORT));
            Packet reset = guest.next(VIRTIO_VSOCK_OP_RST);
            assertThat(reset.dstPort()).isEqualTo(GUEST_PORT);
            assertThat(reset.srcPort()).isEqualTo(PORT);
            assertThat(reset.srcCid()).isEqualTo(VsockWire.CID_HOST);
            assertThat(reset.dstCid()).isEqualTo(3);
        }
    }

    @ParameterizedTest
    @MethodSource("loopsAndLayouts")
    void shouldLeadToTheGuestWhenTheHostNamesItsPort(EventLoopConfig.Choice choice, boolean packed) throws IOException {
        try (VsockHost host = host(choice);
                VsockGuest guest = guest(host, packed);
                SocketChannel program = host.dial("uds")) {
            VsockHost.write(program, "CONNECT 5000\nhello");
            Packet connection = guest.accept();
            assertThat(connection.srcPort()).isEqualTo(GUEST_PORT);
            String granted = "OK " + connection.dstPort() + "\n";
            assertThat(VsockHost.read(program, granted.length())).isEqualTo(granted);
            assertThat(guest.nextBesidesCredit().text()).isEqualTo("hello");
            guest.send(connection.text("welcome"));
            assertThat(VsockHost.read(program, 7)).isEqualTo("welcome");
        }
    }

    @ParameterizedTest
    @MethodSource("loopsAndLayouts")
    void shouldCloseTheHostsSocketWhenTheGuestRefuses(EventLoopConfig.Choice choice, boolean packed)
            throws IOException {
        try (VsockHost host = host(choice);
                VsockGuest guest = guest(host, packed);
                SocketChannel program = host.dial("uds")) {
            VsockHost.write(program, "CONNECT 5000\n");
            guest.send(guest.next(VIRTIO_VSOCK_OP_REQUEST).back(VIRTIO_VSOCK_OP_RST));
            assertThat(VsockHost.read(program, 1)).isEmpty();
        }
    }

    @ParameterizedTest
    @MethodSource("loopsAndLayouts")
    void shouldCloseTheHostsSocketWhenItSaysNothingThatMakesSense(EventLoopConfig.Choice choice, boolean packed)
            throws IOException {
        try (VsockHost host = host(choice);
                VsockGuest guest = guest(host, packed);
                SocketChannel tooLong = host.dial("uds");
                SocketChannel wrong = host.dial("uds");
                SocketChannel tooHigh = host.dial("uds")) {
            VsockHost.write(tooLong, "GET / HTTP/1.1 and no end of the line");
            VsockHost.write(wrong, "CONNECT no port\n");
            VsockHost.write(tooHigh, "CONNECT 4294967295\n");
            assertThatThrownBy(() -> {
                        assertThat(VsockHost.read(tooLong, 1)).isEmpty();
                        throw new IOException("closed");
                    })
                    .isInstanceOf(IOException.class);
            assertThat(VsockHost.read(wrong, 1)).isEmpty();
            assertThat(VsockHost.read(tooHigh, 1)).isEmpty();
            assertThat(guest.hasNext()).isFalse();
        }
    }

    @ParameterizedTest
    @MethodSource("loopsAndLayouts")
    void shouldLetTheHostWaitWhenTheGuestHasNoDriverYet(EventLoopConfig.Choice choice, boolean packed)
            throws IOException {
        try (VsockHost host = host(choice);
                SocketChannel program = host.dial("uds")) {
            VsockHost.write(program, "CONNECT 5000\n");
            try (VsockGuest guest = guest(host, packed)) {
                guest.accept();
                assertThat(VsockHost.read(program, 3)).isEqualTo("OK ");
            }
        }
    }

    @ParameterizedTest
    @MethodSource("loopsAndLayouts")
    void shouldKeepEveryByteInOrderWhenTheGuestReadsSlowly(EventLoopConfig.Choice choice, boolean packed)
            throws Exception {
        byte[] much = random(MUCH);
        try (VsockHost host = host(choice);
                ServerSocketChannel server = host.listen("uds_" + PORT);
                VsockGuest guest = guest(host, packed)) {
            Packet connection = guest.connectTo(PORT, GUEST_PORT);
            try (SocketChannel program = server.accept()) {
                CompletableFuture<Void> writing = CompletableFuture.runAsync(() -> writeAll(program, much));
                assertThat(guest.read(connection, MUCH)).isEqualTo(much);
                writing.get();
            }
        }
    }

    @ParameterizedTest
    @MethodSource("loopsAndLayouts")
    void shouldKeepEveryByteInOrderWhenTheHostReadsSlowly(EventLoopConfig.Choice choice, boolean packed)
            throws Exception {
        byte[] much = random(MUCH);
        try (VsockHost host = host(choice);
                ServerSocketChannel server = host.listen("uds_" + PORT);
                VsockGuest guest = guest(host, packed)) {
            Packet connection = guest.connectTo(PORT, GUEST_PORT);
            try (SocketChannel program = server.accept()) {
                CompletableFuture<byte[]> reading = new CompletableFuture<>();
                int sent = 0;
                int taken = 0;
                boolean begun = false;
                while (sent < MUCH) {
                    int piece = Math.min(MUCH - sent, 5000);
                    if (sent + piece - taken > Packet.ROOM) {
                        if (!begun) {
                            begun = true;
                            reading.completeAsync(() -> readAll(program, MUCH));
                        }
                        Packet told = guest.next(VIRTIO_VSOCK_OP_CREDIT_UPDATE);
                        assertThat(told.bufAlloc()).isEqualTo(Packet.ROOM);
                        taken = told.fwdCnt();
                    } else {
                        byte[] bytes = Arrays.copyOfRange(much, sent, sent + piece);
                        guest.send(connection.op(VIRTIO_VSOCK_OP_RW).payload(bytes));
                        sent += piece;
                        while (guest.hasNext()) {
                            taken = guest.next(VIRTIO_VSOCK_OP_CREDIT_UPDATE).fwdCnt();
                        }
                    }
                }
                assertThat(reading.get()).isEqualTo(much);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("loopsAndLayouts")
    void shouldEndOneDirectionOnlyWhenTheGuestDoes(EventLoopConfig.Choice choice, boolean packed) throws IOException {
        try (VsockHost host = host(choice);
                ServerSocketChannel server = host.listen("uds_" + PORT);
                VsockGuest guest = guest(host, packed)) {
            Packet connection = guest.connectTo(PORT, GUEST_PORT);
            try (SocketChannel program = server.accept()) {
                guest.send(connection.text("question"));
                guest.send(connection.op(VIRTIO_VSOCK_OP_SHUTDOWN).flags(VIRTIO_VSOCK_SHUTDOWN_F_SEND));
                assertThat(VsockHost.read(program, 100)).isEqualTo("question");
                VsockHost.write(program, "answer");
                assertThat(guest.nextBesidesCredit().text()).isEqualTo("answer");
            }
            Packet end = guest.next(VIRTIO_VSOCK_OP_SHUTDOWN);
            assertThat(end.flags()).isEqualTo(VsockWire.SHUTDOWN_BOTH);
        }
    }

    @ParameterizedTest
    @MethodSource("loopsAndLayouts")
    void shouldEndOneDirectionOnlyWhenTheHostDoes(EventLoopConfig.Choice choice, boolean packed) throws IOException {
        try (VsockHost host = host(choice);
                ServerSocketChannel server = host.listen("uds_" + PORT);
                VsockGuest guest = guest(host, packed)) {
            Packet connection = guest.connectTo(PORT, GUEST_PORT);
            try (SocketChannel program = server.accept()) {
                VsockHost.write(program, "question");
                program.shutdownOutput();
                assertThat(guest.next(VIRTIO_VSOCK_OP_RW).text()).isEqualTo("question");
                assertThat(guest.next(VIRTIO_VSOCK_OP_SHUTDOWN).flags()).isEqualTo(VIRTIO_VSOCK_SHUTDOWN_F_SEND);
                guest.send(connection.text("answer"));
                assertThat(VsockHost.read(program, 6)).isEqualTo("answer");
                guest.send(connection.op(VIRTIO_VSOCK_OP_SHUTDOWN).flags(VsockWire.SHUTDOWN_BOTH));
                guest.next(VIRTIO_VSOCK_OP_RST);
                assertThat(VsockHost.read(program, 1)).isEmpty();
            }
        }
    }

    @ParameterizedTest
    @MethodSource("loopsAndLayouts")
    void shouldTellTheHostWhenTheGuestReceivesNoMore(EventLoopConfig.Choice choice, boolean packed) throws IOException {
        try (VsockHost host = host(choice);
                ServerSocketChannel server = host.listen("uds_" + PORT);
                VsockGuest guest = guest(host, packed)) {
            Packet connection = guest.connectTo(PORT, GUEST_PORT);
            try (SocketChannel program = server.accept()) {
                guest.send(connection.op(VIRTIO_VSOCK_OP_SHUTDOWN).flags(VIRTIO_VSOCK_SHUTDOWN_F_RECEIVE));
                assertThatThrownBy(() -> VsockHost.write(program, "in vain")).hasMessageContaining("Broken pipe");
            }
        }
    }

    @ParameterizedTest
    @MethodSource("loopsAndLayouts")
    void shouldDeliverWhatWasSentBeforeWhenTheGuestClosesAtOnce(EventLoopConfig.Choice choice, boolean packed)
            throws IOException {
        byte[] much = random(Packet.ROOM);
        try (VsockHost host = host(choice);
                ServerSocketChannel server = host.listen("uds_" + PORT);
                VsockGuest guest = guest(host, packed)) {
            Packet connection = guest.connectTo(PORT, GUEST_PORT);
            guest.send(connection.op(VIRTIO_VSOCK_OP_RW).payload(much));
            guest.send(connection.op(VIRTIO_VSOCK_OP_SHUTDOWN).flags(VsockWire.SHUTDOWN_BOTH));
            Packet reset = guest.nextBesidesCredit();
            assertThat(reset.op()).isEqualTo(VIRTIO_VSOCK_OP_RST);
            try (SocketChannel program = server.accept()) {
                assertThat(VsockHost.readBytes(program, Packet.ROOM + 1)).isEqualTo(much);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("loopsAndLayouts")
    void shouldTellTheGuestWhenTheHostReceivesNoMore(EventLoopConfig.Choice choice, boolean packed) throws IOException {
        try (VsockHost host = host(choice);
                ServerSocketChannel server = host.listen("uds_" + PORT);
                VsockGuest guest = guest(host, packed)) {
            Packet connection = guest.connectTo(PORT, GUEST_PORT);
            try (SocketChannel program = server.accept()) {
                program.shutdownInput();
                guest.send(connection.text("in vain"));
                assertThat(guest.next(VIRTIO_VSOCK_OP_SHUTDOWN).flags()).isEqualTo(VIRTIO_VSOCK_SHUTDOWN_F_RECEIVE);
                VsockHost.write(program, "still there");
                assertThat(guest.nextBesidesCredit().text()).isEqualTo("still there");
            }
        }
    }

    @ParameterizedTest
    @MethodSource("loopsAndLayouts")
    void shouldTellOfItsRoomWhenTheGuestAsks(EventLoopConfig.Choice choice, boolean packed) throws IOException {
        try (VsockHost host = host(choice);
                ServerSocketChannel server = host.listen("uds_" + PORT);
                VsockGuest guest = guest(host, packed)) {
            Packet connection = guest.connectTo(PORT, GUEST_PORT);
            guest.send(connection.text("12345"));
            guest.send(connection.op(VIRTIO_VSOCK_OP_CREDIT_REQUEST));
            Packet told = guest.next(VIRTIO_VSOCK_OP_CREDIT_UPDATE);
            assertThat(told.bufAlloc()).isEqualTo(Packet.ROOM);
            assertThat(told.fwdCnt()).isEqualTo(5);
            assertThat(server.isOpen()).isTrue();
        }
    }

    @ParameterizedTest
    @MethodSource("loopsAndLayouts")
    void shouldSendNoMoreThanTheGuestHasRoomFor(EventLoopConfig.Choice choice, boolean packed) throws IOException {
        try (VsockHost host = host(choice);
                ServerSocketChannel server = host.listen("uds_" + PORT);
                VsockGuest guest = guest(host, packed)) {
            Packet request =
                    Packet.toHost(VIRTIO_VSOCK_OP_REQUEST, GUEST_PORT, PORT).credit(6, 0);
            guest.send(request);
            guest.next(VIRTIO_VSOCK_OP_RESPONSE);
            try (SocketChannel program = server.accept()) {
                VsockHost.write(program, "0123456789");
                assertThat(guest.next(VIRTIO_VSOCK_OP_RW).text()).isEqualTo("012345");
                guest.next(VIRTIO_VSOCK_OP_CREDIT_REQUEST);
                guest.send(request.op(VIRTIO_VSOCK_OP_CREDIT_UPDATE).credit(6, 2));
                assertThat(guest.next(VIRTIO_VSOCK_OP_RW).text()).isEqualTo("67");
                guest.next(VIRTIO_VSOCK_OP_CREDIT_REQUEST);
                guest.send(request.op(VIRTIO_VSOCK_OP_CREDIT_UPDATE).credit(6, 8));
                assertThat(guest.next(VIRTIO_VSOCK_OP_RW).text()).isEqualTo("89");
            }
        }
    }

    @ParameterizedTest
    @MethodSource("loopsAndLayouts")
    void shouldLeadToTcpAndFromTcpWhereTheConfigurationSaysSo(EventLoopConfig.Choice choice, boolean packed)
            throws IOException {
        try (VsockHost host = new VsockHost(choice, folder);
                ServerSocketChannel server =
                        ServerSocketChannel.open().bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))) {
            int port = ((InetSocketAddress) server.getLocalAddress()).getPort();
            int free = freePort();
            host.add(
                    "dev",
                    Map.of(
                            "guest-cid", 3L,
                            "ports", Map.of("80", Map.of("tcp", "127.0.0.1:" + port)),
                            "listen", Map.of("ssh", Map.of("tcp", "127.0.0.1:" + free, "port", 22L))));
            try (VsockGuest guest = guest(host, packed)) {
                Packet out = guest.connectTo(80, GUEST_PORT);
                try (SocketChannel program = server.accept();
                        SocketChannel client =
                                SocketChannel.open(new InetSocketAddress(InetAddress.getLoopbackAddress(), free))) {
                    guest.send(out.text("GET"));
                    assertThat(VsockHost.read(program, 3)).isEqualTo("GET");
                    Packet in = guest.accept();
                    assertThat(in.srcPort()).isEqualTo(22);
                    VsockHost.write(client, "SSH-2.0");
                    assertThat(guest.nextBesidesCredit().text()).isEqualTo("SSH-2.0");
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("loopsAndLayouts")
    void shouldResetWhenATcpPortRefuses(EventLoopConfig.Choice choice, boolean packed) throws IOException {
        try (VsockHost host = new VsockHost(choice, folder)) {
            int free = freePort();
            host.add("dev", Map.of("guest-cid", 3L, "ports", Map.of("80", Map.of("tcp", "127.0.0.1:" + free))));
            try (VsockGuest guest = guest(host, packed)) {
                guest.send(Packet.toHost(VIRTIO_VSOCK_OP_REQUEST, GUEST_PORT, 80));
                guest.next(VIRTIO_VSOCK_OP_RST);
                guest.send(Packet.toHost(VIRTIO_VSOCK_OP_REQUEST, GUEST_PORT, 81));
                guest.next(VIRTIO_VSOCK_OP_RST);
            }
        }
    }

    @ParameterizedTest
    @MethodSource("loopsAndLayouts")
    void shouldStartAProgramWhereThePortNamesOne(EventLoopConfig.Choice choice, boolean packed) throws IOException {
        try (VsockHost host = new VsockHost(choice, folder)) {
            host.add(
                    "dev",
                    Map.of(
                            "guest-cid",
                            3L,
                            "ports",
                            Map.of("7", Map.of("command", List.of("/usr/bin/tr", "a-z", "A-Z")))));
            try (VsockGuest guest = guest(host, packed)) {
                Packet connection = guest.connectTo(7, GUEST_PORT);
                guest.send(connection.text("louder"));
                guest.send(connection.op(VIRTIO_VSOCK_OP_SHUTDOWN).flags(VIRTIO_VSOCK_SHUTDOWN_F_SEND));
                assertThat(guest.nextBesidesCredit().text()).isEqualTo("LOUDER");
                assertThat(guest.next(VIRTIO_VSOCK_OP_SHUTDOWN).flags()).isEqualTo(VsockWire.SHUTDOWN_BOTH);
                guest.send(connection.op(VIRTIO_VSOCK_OP_RST));
            }
        }
    }

    @ParameterizedTest
    @MethodSource("loopsAndLayouts")
    void shouldLetAllConnectionsHaveTheirTurnWhenOneHasMuch(EventLoopConfig.Choice choice, boolean packed)
            throws Exception {
        try (VsockHost host = host(choice);
                ServerSocketChannel server = host.listen("uds_" + PORT);
                VsockGuest guest = guest(host, packed)) {
            Packet greedy = guest.connectTo(PORT, GUEST_PORT);
            try (SocketChannel much = server.accept()) {
                Packet modest = guest.connectTo(PORT, GUEST_PORT + 1);
                try (SocketChannel little = server.accept()) {
                    much.configureBlocking(false);
                    much.write(ByteBuffer.wrap(random(Packet.ROOM)));
                    VsockHost.write(little, "me too");
                    int before = 0;
                    Packet packet = guest.nextBesidesCredit();
                    while (packet.dstPort() == greedy.srcPort()) {
                        before += packet.len();
                        packet = guest.nextBesidesCredit();
                    }
                    assertThat(packet.dstPort()).isEqualTo(modest.srcPort());
                    assertThat(packet.text()).isEqualTo("me too");
                    assertThat(before).isLessThan(Packet.ROOM);
                }
            }
        }
    }

    @ParameterizedTest
    @MethodSource("loopsAndLayouts")
    void shouldRefuseAndLetWaitWhenThereAreAsManyConnectionsAsMayBe(EventLoopConfig.Choice choice, boolean packed)
            throws IOException {
        try (VsockHost host = new VsockHost(choice, folder)) {
            host.add("dev", Map.of("guest-cid", 3L, "uds-path", folder.resolve("uds"), "max-connections", 1L));
            try (ServerSocketChannel server = host.listen("uds_" + PORT);
                    VsockGuest guest = guest(host, packed)) {
                Packet first = guest.connectTo(PORT, GUEST_PORT);
                guest.send(Packet.toHost(VIRTIO_VSOCK_OP_REQUEST, GUEST_PORT + 1, PORT));
                guest.next(VIRTIO_VSOCK_OP_RST);
                try (SocketChannel program = host.dial("uds")) {
                    VsockHost.write(program, "CONNECT 5000\n");
                    guest.send(first.op(VIRTIO_VSOCK_OP_RST));
                    guest.accept();
                    assertThat(VsockHost.read(program, 3)).isEqualTo("OK ");
                }
                assertThat(server.isOpen()).isTrue();
            }
        }
    }

    private static int freePort() throws IOException {
        try (ServerSocketChannel probe =
                ServerSocketChannel.open().bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))) {
            return ((InetSocketAddress) probe.getLocalAddress()).getPort();
        }
    }

    private static byte[] random(int bytes) {
        byte[] random = new byte[bytes];
        new Random(bytes).nextBytes(random);
        return random;
    }

    private static void writeAll(SocketChannel channel, byte[] bytes) {
        try {
            ByteBuffer from = ByteBuffer.wrap(bytes);
            while (from.hasRemaining()) {
                channel.write(from);
            }
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    private static byte[] readAll(SocketChannel channel, int bytes) {
        try {
            return VsockHost.readBytes(channel, bytes);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }
}
