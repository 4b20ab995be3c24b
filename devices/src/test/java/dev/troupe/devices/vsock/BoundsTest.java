package dev.troupe.devices.vsock;

import static dev.troupe.devices.vsock.VsockWire.VIRTIO_VSOCK_OP_REQUEST;
import static dev.troupe.devices.vsock.VsockWire.VIRTIO_VSOCK_OP_RESPONSE;
import static dev.troupe.devices.vsock.VsockWire.VIRTIO_VSOCK_OP_RST;
import static dev.troupe.devices.vsock.VsockWire.VIRTIO_VSOCK_OP_RW;
import static org.assertj.core.api.Assertions.assertThat;

import dev.troupe.transport.loop.EventLoopConfig;
import dev.troupe.transport.testing.LeakCheck;
import java.io.IOException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** What one guest may take of the host: memory for what waits, and programs. */
@ExtendWith(LeakCheck.class)
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class BoundsTest {
    private static final int PORT = 1024;
    private static final int FULL = 256 << 10;
    private static final int LITTLE = 16 << 10;

    @TempDir
    Path folder = Path.of("");

    private final List<SocketChannel> programs = new ArrayList<>();
    private VsockHost host;
    private ServerSocketChannel server;

    @BeforeEach
    void listen() throws IOException {
        host = new VsockHost(EventLoopConfig.Choice.IO_URING, folder);
        server = host.listen("uds_" + PORT);
    }

    @AfterEach
    void close() throws IOException {
        for (SocketChannel program : programs) {
            program.close();
        }
        server.close();
        host.close();
    }

    private VsockGuest guest(Map<String, Object> more) {
        Map<String, Object> settings = new HashMap<>(Map.of("guest-cid", 3L, "uds-path", folder.resolve("uds")));
        settings.putAll(more);
        host.add("dev", settings);
        return VsockGuest.connect(host.path("dev"), false, VsockGuest.ALL_FEATURES);
    }

    private static Packet request(int guestPort) {
        return Packet.toHost(VIRTIO_VSOCK_OP_REQUEST, guestPort, PORT);
    }

    /** How much room a new connection is promised. */
    private int promised(VsockGuest guest, int guestPort) throws IOException {
        guest.send(request(guestPort));
        Packet response = guest.nextBesidesCredit();
        assertThat(response.op()).as("%s", response).isEqualTo(VIRTIO_VSOCK_OP_RESPONSE);
        programs.add(server.accept());
        return response.bufAlloc();
    }

    @Test
    void shouldPromiseLittleWhenTheBudgetIsSpentAndMuchAgainWhenAConnectionIsOver() throws IOException {
        try (VsockGuest guest = guest(Map.of("buffer-budget", 2L * FULL))) {
            assertThat(promised(guest, 1)).isEqualTo(FULL);
            assertThat(promised(guest, 2)).isEqualTo(FULL);
            assertThat(promised(guest, 3)).isEqualTo(LITTLE);
            guest.send(request(3).op(VIRTIO_VSOCK_OP_RST));
            guest.send(request(1).op(VIRTIO_VSOCK_OP_RST));
            assertThat(promised(guest, 4)).isEqualTo(FULL);
            assertThat(promised(guest, 5)).isEqualTo(LITTLE);
        }
    }

    @Test
    void shouldPromiseLittleWhenWhatTheHostHasNotTakenOfConnectionsThatAreOverTakesTheBudget() throws IOException {
        try (VsockGuest guest = guest(Map.of("buffer-budget", 2L * FULL))) {
            for (int port = 1; port <= 2; port++) {
                assertThat(promised(guest, port)).isEqualTo(FULL);
                // The host's socket takes a part of it at most, and nobody reads.
                guest.send(request(port).op(VIRTIO_VSOCK_OP_RW).payload(new byte[FULL]));
                guest.send(request(port).op(VIRTIO_VSOCK_OP_RST));
            }
            assertThat(promised(guest, 3)).isEqualTo(LITTLE);
            programs.get(0).close();
            programs.get(1).close();
            // Each is dropped in a turn of the loop of its own.
            int port = 4;
            while (promised(guest, port) == LITTLE && port < 40) {
                port++;
            }
            assertThat(port).isLessThan(40);
        }
    }

    @Test
    void shouldKeepToABudgetOfMoreThanTwoGigabytesToo() throws IOException {
        int most = 16 << 20;
        try (VsockGuest guest = guest(Map.of("buffer-size", (long) most, "buffer-budget", 130L * most))) {
            for (int port = 1; port <= 130; port++) {
                assertThat(promised(guest, port)).as("connection %d", port).isEqualTo(most);
            }
            assertThat(promised(guest, 131)).isEqualTo(LITTLE);
        }
    }

    @Test
    void shouldStartNoMoreProgramsThanConnectionsMayBeWhenTheGuestResetsThemAtOnce() {
        try (VsockGuest guest = guest(Map.of(
                "max-connections", 2L, "ports", Map.of("7", Map.of("command", List.of("/bin/sleep", "60")))))) {
            for (int port = 1; port <= 2; port++) {
                Packet request = Packet.toHost(VIRTIO_VSOCK_OP_REQUEST, port, 7);
                guest.send(request);
                guest.next(VIRTIO_VSOCK_OP_RESPONSE);
                guest.send(request.op(VIRTIO_VSOCK_OP_RST));
            }
            guest.send(Packet.toHost(VIRTIO_VSOCK_OP_REQUEST, 3, 7));
            guest.next(VIRTIO_VSOCK_OP_RST);
        }
    }
}
