package dev.troupe.devices.vsock;

import static dev.troupe.devices.vsock.VsockWire.VIRTIO_VSOCK_OP_CREDIT_REQUEST;
import static dev.troupe.devices.vsock.VsockWire.VIRTIO_VSOCK_OP_CREDIT_UPDATE;
import static dev.troupe.devices.vsock.VsockWire.VIRTIO_VSOCK_OP_REQUEST;
import static dev.troupe.devices.vsock.VsockWire.VIRTIO_VSOCK_OP_RESPONSE;
import static dev.troupe.devices.vsock.VsockWire.VIRTIO_VSOCK_OP_RST;
import static org.assertj.core.api.Assertions.assertThat;

import dev.troupe.actors.device.ChangeEffect;
import dev.troupe.actors.device.Option;
import dev.troupe.actors.testing.GuestRig;
import dev.troupe.actors.testing.LogCapture;
import dev.troupe.transport.loop.EventLoopConfig;
import dev.troupe.transport.testing.LeakCheck;
import java.io.IOException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Options that change while connections stand: those that begin then find them changed, and the others go on. */
@ExtendWith(LeakCheck.class)
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class VsockChangeTest {
    private static final int PORT = 80;
    private static final int FULL = 256 << 10;
    private static final int LESS = 64 << 10;
    private static final int LITTLE = 16 << 10;

    @TempDir
    Path folder = Path.of("");

    private VsockHost host;
    private ServerSocketChannel server;

    @BeforeEach
    void listen() throws IOException {
        host = new VsockHost(EventLoopConfig.Choice.IO_URING, folder);
        server = host.listen("first");
    }

    @AfterEach
    void close() throws IOException {
        server.close();
        host.close();
    }

    private static Map<String, Object> settings(Map<String, Object> more) {
        Map<String, Object> settings = new HashMap<>(Map.of("guest-cid", 3L));
        settings.putAll(more);
        return settings;
    }

    private VsockGuest guest(Map<String, Object> more) {
        host.add("dev", settings(more));
        return guest("dev");
    }

    private VsockGuest guest(String name) {
        return VsockGuest.connect(host.path(name), false, VsockGuest.ALL_FEATURES);
    }

    private void change(Map<String, Object> more) {
        host.change("dev", settings(more));
    }

    /** Settings by which the port leads to what listens there in the folder of this test. */
    private Map<String, Object> leadingTo(String name) {
        return Map.of("ports", Map.of("80", Map.of("unix", host.path(name))));
    }

    private static Packet request(int guestPort) {
        return Packet.toHost(VIRTIO_VSOCK_OP_REQUEST, guestPort, PORT);
    }

    private static void expectRefusal(VsockGuest guest, Packet request) {
        guest.send(request);
        guest.next(VIRTIO_VSOCK_OP_RST);
    }

    /** How much room a new connection is promised. */
    private static int promised(VsockGuest guest, int guestPort) {
        guest.send(request(guestPort));
        return guest.next(VIRTIO_VSOCK_OP_RESPONSE).bufAlloc();
    }

    private static void expectTalk(VsockGuest guest, Packet connection, SocketChannel program) throws IOException {
        guest.send(connection.text("go on"));
        assertThat(VsockHost.read(program, 5)).isEqualTo("go on");
    }

    @Test
    void shouldRestartOnlyForWhatTheHostMayRefuse() {
        Map<String, ChangeEffect> effects = new HashMap<>();
        for (Option<?> option : new VsockFactory().options()) {
            effects.put(option.name(), option.effect());
        }
        assertThat(effects)
                .isEqualTo(Map.of(
                        "guest-cid", ChangeEffect.GUEST_VISIBLE,
                        "uds-path", ChangeEffect.RESTART,
                        "seqpacket-path", ChangeEffect.RESTART,
                        "listen", ChangeEffect.RESTART,
                        "ports", ChangeEffect.LIVE,
                        "groups", ChangeEffect.LIVE,
                        "max-connections", ChangeEffect.LIVE,
                        "buffer-size", ChangeEffect.LIVE,
                        "buffer-budget", ChangeEffect.LIVE,
                        "connect-timeout", ChangeEffect.LIVE));
    }

    @Test
    void shouldLeadWhereThePortsSayNowAndLeaveTheConnectionThatStandsAlone() throws IOException {
        try (VsockGuest guest = guest(leadingTo("first"));
                ServerSocketChannel second = host.listen("second")) {
            Packet before = guest.connectTo(PORT, 1);
            try (SocketChannel program = server.accept()) {
                change(leadingTo("second"));
                Packet after = guest.connectTo(PORT, 2);
                try (SocketChannel other = second.accept()) {
                    expectTalk(guest, after, other);
                    expectTalk(guest, before, program);
                }
            }
        }
    }

    @Test
    void shouldRefuseAPortThatIsNamedNoMoreAndLeaveTheConnectionThatStandsAlone() throws IOException {
        try (VsockGuest guest = guest(leadingTo("first"))) {
            Packet before = guest.connectTo(PORT, 1);
            try (SocketChannel program = server.accept()) {
                change(Map.of());
                expectRefusal(guest, request(2));
                expectTalk(guest, before, program);
            }
        }
    }

    @Test
    void shouldLeadToTheTcpAddressThatThePortsNameNow() throws IOException {
        try (VsockGuest guest = guest(leadingTo("first"));
                ServerSocketChannel second =
                        ServerSocketChannel.open().bind(new InetSocketAddress(InetAddress.getLoopbackAddress(), 0))) {
            int port = ((InetSocketAddress) second.getLocalAddress()).getPort();
            change(Map.of("ports", Map.of("80", Map.of("tcp", "127.0.0.1:" + port))));
            Packet connection = guest.connectTo(PORT, 1);
            try (SocketChannel program = second.accept()) {
                expectTalk(guest, connection, program);
            }
        }
    }

    @Test
    void shouldSayWhichHostIsNotKnownAndLeadWhereThePortLed() throws IOException {
        try (VsockGuest guest = guest(leadingTo("first"));
                LogCapture log = LogCapture.begin()) {
            change(Map.of("ports", Map.of("80", Map.of("tcp", "no.such.host.invalid:1"))));
            GuestRig.await(
                    "the warning",
                    () -> !log.with("The host no.such.host.invalid is not known")
                            .isEmpty());
            assertThat(log.with("no.such.host.invalid"))
                    .singleElement()
                    .asString()
                    .contains("dev");
            Packet connection = guest.connectTo(PORT, 1);
            try (SocketChannel program = server.accept()) {
                expectTalk(guest, connection, program);
            }
        }
    }

    @Test
    void shouldLetASiblingInThatSharesAGroupNowAndLeaveTheConnectionAloneWhenItDoesNoMore() {
        try (VsockGuest left = guest(Map.of("groups", List.of("a")))) {
            host.add("right", Map.of("guest-cid", 4L, "groups", List.of("b")));
            try (VsockGuest right = guest("right")) {
                Packet request = request(1).to(4);
                expectRefusal(left, request);
                change(Map.of("groups", List.of("a", "b")));
                left.send(request);
                right.accept();
                left.next(VIRTIO_VSOCK_OP_RESPONSE);
                host.change("right", Map.of("guest-cid", 4L, "groups", List.of()));
                expectRefusal(left, request(2).to(4));
                left.send(request.text("go on"));
                assertThat(right.nextBesidesCredit().text()).isEqualTo("go on");
            }
        }
    }

    @Test
    void shouldAcceptWhoWaitsWhenThereMayBeMoreConnectionsAndKeepThemWhenThereMayBeFewer() throws IOException {
        Map<String, Object> one = new HashMap<>(leadingTo("first"));
        one.put("max-connections", 1L);
        one.put("uds-path", folder.resolve("uds"));
        Map<String, Object> two = new HashMap<>(one);
        two.put("max-connections", 2L);
        try (VsockGuest guest = guest(one)) {
            Packet first = guest.connectTo(PORT, 1);
            try (SocketChannel program = server.accept();
                    SocketChannel client = host.dial("uds")) {
                VsockHost.write(client, "CONNECT 5000\n");
                expectRefusal(guest, request(2));
                change(two);
                guest.accept();
                assertThat(VsockHost.read(client, 3)).isEqualTo("OK ");
                change(one);
                expectRefusal(guest, request(3));
                expectTalk(guest, first, program);
            }
        }
    }

    @Test
    void shouldPromiseANewConnectionAsMuchRoomAsTheOptionsSayNow() throws IOException {
        Map<String, Object> options = new HashMap<>(leadingTo("first"));
        try (VsockGuest guest = guest(options)) {
            assertThat(promised(guest, 1)).isEqualTo(FULL);
            options.put("buffer-size", (long) LESS);
            change(options);
            assertThat(promised(guest, 2)).isEqualTo(LESS);
            options.put("buffer-budget", (long) FULL + LESS);
            change(options);
            assertThat(promised(guest, 3)).isEqualTo(LITTLE);
            guest.send(request(1).op(VIRTIO_VSOCK_OP_CREDIT_REQUEST));
            assertThat(guest.next(VIRTIO_VSOCK_OP_CREDIT_UPDATE).bufAlloc()).isEqualTo(FULL);
        }
    }

    @Test
    void shouldWaitForNewConnectionsOnlyAsLongAsTheTimeoutSaysNow() throws IOException {
        Map<String, Object> options = new HashMap<>(Map.of(
                "uds-path", folder.resolve("uds"),
                "listen", Map.of("ssh", Map.of("unix", folder.resolve("ssh"), "port", 22L)),
                "connect-timeout", Duration.ofMinutes(10)));
        try (VsockGuest guest = guest(options)) {
            options.put("connect-timeout", Duration.ofMillis(1));
            change(options);
            try (SocketChannel silent = host.dial("uds");
                    SocketChannel client = host.dial("ssh")) {
                guest.next(VIRTIO_VSOCK_OP_REQUEST);
                guest.next(VIRTIO_VSOCK_OP_RST);
                assertThat(VsockHost.read(client, 1)).isEmpty();
                assertThat(VsockHost.read(silent, 1)).isEmpty();
            }
        }
    }
}
