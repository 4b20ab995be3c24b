package dev.troupe.samples.guest;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What guests' own drivers must find in Troupe's sockets: the kernel's own test between two of them, and the host. */
abstract class GuestVsockContract {
    private static final Duration LIMIT = Duration.ofMinutes(5);

    private static final String DEVICES = """
            left  { type = vsock, guest-cid = 3, groups = [both], uds-path = uds }
            right { type = vsock, guest-cid = 4, groups = [both] }
            """;

    @TempDir
    Path folder = Path.of("");

    /** Which QEMU and kernel. */
    abstract GuestImage image();

    /** Which port of the host the guests' network uses meanwhile. */
    abstract int networkPort();

    @Test
    void shouldPassTheKernelsOwnTestBetweenTwoGuests() {
        try (TroupeProgram troupe = TroupeProgram.start("vsock-" + image().flavour(), folder, DEVICES);
                GuestRun server = guest(troupe, "left", "server", 4, "listen", "10.0.0.1");
                GuestRun client = guest(troupe, "right", "client", 3, "connect", "10.0.0.2")) {
            client.awaitAsk("server", LIMIT);
            server.awaitLine("ready", LIMIT);
            client.send("go");
            List<String> said = client.awaitOk(LIMIT);
            assertThat(said).anyMatch(line -> line.endsWith("...ok")).noneMatch(line -> line.contains("fail"));
            server.awaitOk(LIMIT);
            assertThat(troupe.log()).noneMatch(line -> line.contains("ERROR"));
        }
    }

    private GuestRun guest(TroupeProgram troupe, String device, String mode, int peer, String network, String address) {
        return Guest.on(image())
                .name("vsock-" + image().flavour() + "-" + mode)
                .device(GuestDevice.vhostUser("vsock", troupe.socket(device)))
                .qemuArguments(
                        "-netdev",
                        "socket,id=n," + network + "=127.0.0.1:" + networkPort(),
                        "-device",
                        "virtio-net-pci,netdev=n,romfile=,mac=52:54:00:00:00:0" + peer)
                .script(GuestScript.bundled("vsock-test"))
                .argument("MODE", mode)
                .argument("PEER", peer)
                .argument("ADDRESS", address)
                .argument("SERVER", "10.0.0.1")
                .start();
    }

    @Test
    void shouldLeadBothWaysBetweenGuestAndHost() throws IOException {
        try (TroupeProgram troupe = TroupeProgram.start("vsock-host-" + image().flavour(), folder, DEVICES);
                ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)
                        .bind(UnixDomainSocketAddress.of(folder.resolve("uds_1234")));
                GuestRun guest = Guest.on(image())
                        .name("vsock-host-" + image().flavour())
                        .device(GuestDevice.vhostUser("vsock", troupe.socket("left")))
                        .script(GuestScript.bundled("vsock-host"))
                        .start()) {
            try (SocketChannel program = server.accept()) {
                assertThat(readAll(program)).isEqualTo("question\n");
                write(program, "the host's answer\n");
            }
            guest.awaitAsk("dial", LIMIT);
            Patience.await("an answer of the guest's program", LIMIT, () -> answers("LOUDER\n"));
            guest.send("enough");
            guest.awaitOk(LIMIT);
        }
    }

    /** Whether the guest's program answers in capitals; not before it listens. */
    private boolean answers(String wanted) {
        try (SocketChannel client = SocketChannel.open(UnixDomainSocketAddress.of(folder.resolve("uds")))) {
            write(client, "CONNECT 5000\nlouder\n");
            client.shutdownOutput();
            return readAll(client).endsWith(wanted);
        } catch (IOException e) {
            return false;
        }
    }

    private static void write(SocketChannel channel, String text) throws IOException {
        channel.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
    }

    private static String readAll(SocketChannel channel) throws IOException {
        StringBuilder text = new StringBuilder();
        ByteBuffer into = ByteBuffer.allocate(1024);
        while (channel.read(into) >= 0) {
            text.append(StandardCharsets.UTF_8.decode(into.flip()));
            into.clear();
        }
        return text.toString();
    }
}
