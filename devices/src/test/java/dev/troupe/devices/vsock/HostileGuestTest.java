package dev.troupe.devices.vsock;

import static dev.troupe.devices.vsock.VsockWire.VIRTIO_VSOCK_OP_CREDIT_REQUEST;
import static dev.troupe.devices.vsock.VsockWire.VIRTIO_VSOCK_OP_CREDIT_UPDATE;
import static dev.troupe.devices.vsock.VsockWire.VIRTIO_VSOCK_OP_REQUEST;
import static dev.troupe.devices.vsock.VsockWire.VIRTIO_VSOCK_OP_RESPONSE;
import static dev.troupe.devices.vsock.VsockWire.VIRTIO_VSOCK_OP_RST;
import static dev.troupe.devices.vsock.VsockWire.VIRTIO_VSOCK_OP_RW;
import static dev.troupe.devices.vsock.VsockWire.VIRTIO_VSOCK_OP_SHUTDOWN;
import static dev.troupe.devices.vsock.VsockWire.VIRTIO_VSOCK_SHUTDOWN_F_SEND;
import static dev.troupe.devices.vsock.VsockWire.VIRTIO_VSOCK_TYPE_SEQPACKET;
import static org.assertj.core.api.Assertions.assertThat;

import dev.troupe.actors.testing.GuestRig;
import dev.troupe.transport.loop.EventLoopConfig;
import dev.troupe.transport.testing.LeakCheck;
import java.io.IOException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Guests that keep to nothing; each test ends with a connection that works. */
@ExtendWith(LeakCheck.class)
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class HostileGuestTest {
    private static final int PORT = 1024;
    private static final int GUEST_PORT = 5000;
    private static final int OTHER_PORT = 6000;

    @TempDir
    Path folder = Path.of("");

    private VsockHost host;
    private ServerSocketChannel server;
    private VsockGuest guest;

    @BeforeEach
    void start() throws IOException {
        host = new VsockHost(EventLoopConfig.Choice.IO_URING, folder);
        host.add("dev", Map.of("guest-cid", 3L, "uds-path", folder.resolve("uds"), "max-connections", 100L));
        server = host.listen("uds_" + PORT);
        guest = VsockGuest.connect(host.path("dev"), false, VsockGuest.ALL_FEATURES);
    }

    @AfterEach
    void stop() throws IOException {
        try (VsockHost daemon = host;
                ServerSocketChannel listening = server;
                VsockGuest driver = guest) {
            assertThat(List.of(daemon, listening, driver)).doesNotContainNull();
            expectService();
        }
    }

    private void expectService() throws IOException {
        try (ServerSocketChannel other = host.listen("uds_" + OTHER_PORT)) {
            Packet connection = Packet.toHost(VIRTIO_VSOCK_OP_REQUEST, OTHER_PORT, OTHER_PORT);
            guest.send(connection);
            Packet answer = guest.next();
            while (answer.dstPort() != OTHER_PORT) {
                answer = guest.next();
            }
            assertThat(answer.op()).isEqualTo(VIRTIO_VSOCK_OP_RESPONSE);
            try (SocketChannel program = other.accept()) {
                guest.send(connection.text("works"));
                assertThat(VsockHost.read(program, 5)).isEqualTo("works");
            }
        }
    }

    /** A connection whose other end stays open. */
    private Packet openWith(SocketChannel[] program) throws IOException {
        Packet connection = guest.connectTo(PORT, GUEST_PORT);
        program[0] = server.accept();
        return connection;
    }

    private void expectResetBy(Packet packet) {
        guest.send(packet);
        assertThat(guest.nextBesidesCredit().op()).isEqualTo(VIRTIO_VSOCK_OP_RST);
    }

    @Test
    void shouldIgnoreAPacketWhenItIsNotFromTheGuest() {
        guest.send(Packet.toHost(VIRTIO_VSOCK_OP_REQUEST, GUEST_PORT, PORT).from(4));
        guest.send(Packet.toHost(VIRTIO_VSOCK_OP_REQUEST, GUEST_PORT, PORT).from(1L << 32 | 3));
        guest.send(Packet.toHost(VIRTIO_VSOCK_OP_RW, GUEST_PORT, PORT).from(2));
        assertThat(guest.hasNext()).isFalse();
    }

    @Test
    void shouldResetWhenBytesComeWithoutAConnection() {
        expectResetBy(Packet.toHost(VIRTIO_VSOCK_OP_RW, GUEST_PORT, PORT).payload((byte) 1));
        expectResetBy(Packet.toHost(VIRTIO_VSOCK_OP_RESPONSE, GUEST_PORT, PORT));
        expectResetBy(Packet.toHost(VIRTIO_VSOCK_OP_SHUTDOWN, GUEST_PORT, PORT).flags(3));
        expectResetBy(Packet.toHost(VIRTIO_VSOCK_OP_CREDIT_REQUEST, GUEST_PORT, PORT));
        expectResetBy(Packet.toHost(0, GUEST_PORT, PORT));
        expectResetBy(Packet.toHost(8, GUEST_PORT, PORT));
        expectResetBy(Packet.toHost(0xFFFF, GUEST_PORT, PORT));
    }

    @Test
    void shouldResetWhenTheTypeIsUnknown() {
        for (int type : new int[] {0, 3, 31, 32, 33, 34, 0xFFFF}) {
            expectResetBy(
                    Packet.toHost(VIRTIO_VSOCK_OP_REQUEST, GUEST_PORT, PORT).type(type));
        }
    }

    @Test
    void shouldNotAnswerAResetWhenThereIsNoConnection() {
        guest.send(Packet.toHost(VIRTIO_VSOCK_OP_RST, GUEST_PORT, PORT));
        guest.send(Packet.toHost(VIRTIO_VSOCK_OP_RST, GUEST_PORT, PORT).type(77));
        assertThat(guest.hasNext()).isFalse();
    }

    @Test
    void shouldResetWhenTheGuestClaimsToHaveReadWhatItWasNotSent() throws IOException {
        SocketChannel[] program = new SocketChannel[1];
        Packet connection = openWith(program);
        try (SocketChannel other = program[0]) {
            expectResetBy(connection.op(VIRTIO_VSOCK_OP_CREDIT_UPDATE).credit(Packet.ROOM, 1));
            assertThat(VsockHost.read(other, 1)).isEmpty();
        }
    }

    @Test
    void shouldResetWhenTheGuestSendsMoreThanThereIsRoomFor() throws IOException {
        SocketChannel[] program = new SocketChannel[1];
        Packet connection = openWith(program);
        try (SocketChannel other = program[0]) {
            assertThat(other.isOpen()).isTrue();
            byte[] all = new byte[Packet.ROOM];
            // The host's socket takes some of it, so one is not enough; of the fourth on nothing has room.
            for (int i = 0; i < 4; i++) {
                guest.send(connection.op(VIRTIO_VSOCK_OP_RW).payload(all));
            }
            assertThat(guest.nextBesidesCredit().op()).isEqualTo(VIRTIO_VSOCK_OP_RST);
        }
    }

    @Test
    void shouldResetWhenAPacketPromisesMoreThanItHas() throws IOException {
        SocketChannel[] program = new SocketChannel[1];
        Packet connection = openWith(program);
        try (SocketChannel other = program[0]) {
            expectResetBy(connection.text("short").len(6));
            expectResetBy(connection.text("short").len(-1));
            assertThat(VsockHost.read(other, 1)).isEmpty();
        }
    }

    @Test
    void shouldUseOnlyWhatAPacketPromisesWhenItHasMore() throws IOException {
        SocketChannel[] program = new SocketChannel[1];
        Packet connection = openWith(program);
        try (SocketChannel other = program[0]) {
            guest.send(connection.text("longer").len(4));
            guest.send(connection.text("!"));
            assertThat(VsockHost.read(other, 5)).isEqualTo("long!");
        }
    }

    @Test
    void shouldResetWhenBytesFollowTheEnd() throws IOException {
        SocketChannel[] program = new SocketChannel[1];
        Packet connection = openWith(program);
        try (SocketChannel other = program[0]) {
            guest.send(connection.op(VIRTIO_VSOCK_OP_SHUTDOWN).flags(VIRTIO_VSOCK_SHUTDOWN_F_SEND));
            assertThat(VsockHost.read(other, 1)).isEmpty();
            expectResetBy(connection.text("more"));
        }
    }

    @Test
    void shouldResetWhenTheTypeOfAConnectionChanges() throws IOException {
        SocketChannel[] program = new SocketChannel[1];
        Packet connection = openWith(program);
        try (SocketChannel other = program[0]) {
            expectResetBy(connection.text("as a message").type(VIRTIO_VSOCK_TYPE_SEQPACKET));
            assertThat(VsockHost.read(other, 1)).isEmpty();
        }
    }

    @Test
    void shouldBeginAnewWhenTheGuestAsksAgain() throws IOException {
        SocketChannel[] program = new SocketChannel[1];
        Packet connection = openWith(program);
        try (SocketChannel first = program[0]) {
            guest.send(connection);
            guest.next(VIRTIO_VSOCK_OP_RESPONSE);
            assertThat(VsockHost.read(first, 1)).isEmpty();
            try (SocketChannel second = server.accept()) {
                guest.send(connection.text("again"));
                assertThat(VsockHost.read(second, 5)).isEqualTo("again");
            }
        }
    }

    @Test
    void shouldRefuseMoreThanItMayHaveWhenTheGuestAsksForAllPorts() throws IOException {
        guest.close();
        guest = VsockGuest.withSmallBuffers(host.path("dev"));
        int asked = 65_535;
        List<Packet> granted = new ArrayList<>();
        int refused = 0;
        for (int i = 0; i < asked || granted.size() + refused < asked; i++) {
            if (i < asked) {
                guest.send(Packet.toHost(VIRTIO_VSOCK_OP_REQUEST, 100_000 + i, PORT));
            }
            while (guest.hasNext()) {
                Packet answer = guest.next();
                refused += answer.op() == VIRTIO_VSOCK_OP_RST ? 1 : 0;
                if (answer.op() == VIRTIO_VSOCK_OP_RESPONSE) {
                    granted.add(answer.back(VIRTIO_VSOCK_OP_RST));
                }
            }
        }
        granted.forEach(guest::send);
        assertThat(granted.size()).isBetween(1, 100);
    }

    @Test
    void shouldTakeNoMorePacketsWhenTheGuestTakesNoAnswers() {
        guest.close();
        guest = VsockGuest.withoutBuffers(host.path("dev"), false, VsockGuest.ALL_FEATURES);
        GuestRig.Request[] requests = new GuestRig.Request[300];
        int next = 0;
        while (next < 256) {
            requests[next] = guest.submit(Packet.toHost(VIRTIO_VSOCK_OP_RW, next, PORT));
            requests[next].await();
            next++;
        }
        for (; next < 300; next++) {
            requests[next] = guest.submit(Packet.toHost(VIRTIO_VSOCK_OP_RW, next, PORT));
        }
        assertThat(requests[299].done()).isFalse();
        for (int i = 0; i < 300; i++) {
            guest.addBuffer();
            assertThat(guest.next(VIRTIO_VSOCK_OP_RST).dstPort()).isEqualTo(i);
        }
        requests[299].await();
        guest.close();
        guest = VsockGuest.connect(host.path("dev"), false, VsockGuest.ALL_FEATURES);
    }

    @Test
    void shouldGoOnWhenPacketsAreAnyBytes() {
        Random random = new Random(1);
        for (int i = 0; i < 3000; i++) {
            byte[] bytes =
                    Packet.toHost(random.nextInt(9), random.nextInt(4), PORT).bytes();
            byte[] wild = Arrays.copyOf(bytes, 1 + random.nextInt(100));
            for (int change = random.nextInt(4); change > 0 && wild.length > 0; change--) {
                wild[random.nextInt(wild.length)] = (byte) random.nextInt();
            }
            guest.rig()
                    .queue(VsockWire.TX_QUEUE)
                    .submit(wild, random.nextInt(2) * 64)
                    .await();
            while (guest.hasNext()) {
                guest.next();
            }
        }
        while (guest.hasNext()) {
            guest.next();
        }
    }
}
