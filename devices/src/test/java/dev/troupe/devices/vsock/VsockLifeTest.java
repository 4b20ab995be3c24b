package dev.troupe.devices.vsock;

import static dev.troupe.devices.vsock.VsockWire.VIRTIO_VSOCK_OP_CREDIT_REQUEST;
import static dev.troupe.devices.vsock.VsockWire.VIRTIO_VSOCK_OP_CREDIT_UPDATE;
import static dev.troupe.devices.vsock.VsockWire.VIRTIO_VSOCK_OP_RST;
import static dev.troupe.devices.vsock.VsockWire.VIRTIO_VSOCK_OP_SHUTDOWN;
import static dev.troupe.devices.vsock.VsockWire.VIRTIO_VSOCK_SHUTDOWN_F_SEND;
import static org.assertj.core.api.Assertions.assertThat;

import dev.troupe.actors.daemon.ConversationAnswer;
import dev.troupe.actors.daemon.DaemonCommand;
import dev.troupe.actors.daemon.Outcome;
import dev.troupe.actors.device.DeviceException;
import dev.troupe.actors.testing.GuestRig;
import dev.troupe.transport.loop.EventLoopConfig;
import dev.troupe.transport.testing.LeakCheck;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** What becomes of connections when devices, guests and daemons go and come; and what operators see of them. */
@ExtendWith({PollersFirst.class, LeakCheck.class})
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class VsockLifeTest {
    private static final int PORT = 1024;
    private static final int GUEST_PORT = 5000;

    @TempDir
    Path folder = Path.of("");

    private Map<String, Object> settings() {
        return Map.of("guest-cid", 3L, "uds-path", folder.resolve("uds"));
    }

    private VsockHost host(EventLoopConfig.Choice choice) {
        VsockHost host = new VsockHost(choice, folder);
        host.add("dev", settings());
        return host;
    }

    private static VsockGuest guest(VsockHost host) {
        return VsockGuest.connect(host.path("dev"), false, VsockGuest.ALL_FEATURES);
    }

    private static void expectService(VsockGuest guest, ServerSocketChannel server) throws IOException {
        Packet again = guest.connectTo(PORT, GUEST_PORT + 1);
        try (SocketChannel program = server.accept()) {
            guest.send(again.text("again"));
            assertThat(VsockHost.read(program, 5)).isEqualTo("again");
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = EventLoopConfig.Choice.class,
            names = {"IO_URING", "EPOLL"})
    void shouldResetConnectionsAtOnceWhenTheDeviceIsRestarted(EventLoopConfig.Choice choice) throws IOException {
        try (VsockHost host = host(choice);
                ServerSocketChannel server = host.listen("uds_" + PORT);
                VsockGuest guest = guest(host)) {
            guest.connectTo(PORT, GUEST_PORT);
            try (SocketChannel program = server.accept()) {
                host.daemon().restart("dev");
                Packet reset = guest.next(VIRTIO_VSOCK_OP_RST);
                assertThat(reset.dstPort()).isEqualTo(GUEST_PORT);
                assertThat(reset.srcPort()).isEqualTo(PORT);
                assertThat(VsockHost.read(program, 1)).isEmpty();
            }
            expectService(guest, server);
        }
    }

    @ParameterizedTest
    @EnumSource(
            value = EventLoopConfig.Choice.class,
            names = {"IO_URING", "EPOLL"})
    void shouldResetConnectionsAtOnceWhenTheDaemonDied(EventLoopConfig.Choice choice) throws IOException {
        try (VsockHost host = host(choice);
                ServerSocketChannel server = host.listen("uds_" + PORT);
                VsockGuest guest = guest(host)) {
            guest.connectTo(PORT, GUEST_PORT);
            try (SocketChannel program = server.accept()) {
                assertThat(program.isOpen()).isTrue();
                host.dieAndAdd("dev", settings());
                assertThat(guest.next(VIRTIO_VSOCK_OP_RST).dstPort()).isEqualTo(GUEST_PORT);
            }
            expectService(guest, server);
        }
    }

    @Test
    void shouldKeepConnectionsWhenTheFrontEndComesBack() throws IOException {
        try (VsockHost host = host(EventLoopConfig.Choice.IO_URING);
                ServerSocketChannel server = host.listen("uds_" + PORT);
                VsockGuest guest = guest(host)) {
            Packet connection = guest.connectTo(PORT, GUEST_PORT);
            try (SocketChannel program = server.accept()) {
                GuestRig rig = guest.rig();
                int rx = rig.frontEnd().getVringBase(VsockWire.RX_QUEUE);
                int tx = rig.frontEnd().getVringBase(VsockWire.TX_QUEUE);
                rig.start(VsockWire.RX_QUEUE, rx);
                rig.start(VsockWire.TX_QUEUE, tx);
                Packet question = guest.next(VIRTIO_VSOCK_OP_CREDIT_REQUEST);
                assertThat(question.dstPort()).isEqualTo(GUEST_PORT);
                guest.send(connection.op(VIRTIO_VSOCK_OP_CREDIT_UPDATE));
                guest.send(connection.text("still here"));
                assertThat(VsockHost.read(program, 10)).isEqualTo("still here");
            }
        }
    }

    @Test
    void shouldEndConnectionsThatANewGuestDoesNotKnow() throws IOException {
        try (VsockHost host = host(EventLoopConfig.Choice.IO_URING);
                ServerSocketChannel server = host.listen("uds_" + PORT)) {
            try (VsockGuest before = guest(host)) {
                before.connectTo(PORT, GUEST_PORT);
            }
            try (SocketChannel program = server.accept();
                    VsockGuest after = guest(host)) {
                after.send(after.next(VIRTIO_VSOCK_OP_CREDIT_REQUEST).back(VIRTIO_VSOCK_OP_RST));
                assertThat(VsockHost.read(program, 1)).isEmpty();
                expectService(after, server);
            }
        }
    }

    @Test
    void shouldRemoveItsSocketsWhenItIsRemovedAndReplaceThoseOfADeadProcess() throws IOException {
        Path uds = folder.resolve("uds");
        try (ServerSocketChannel dead = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            dead.bind(UnixDomainSocketAddress.of(uds));
        }
        assertThat(uds).exists();
        try (VsockHost host = host(EventLoopConfig.Choice.IO_URING);
                SocketChannel client = host.dial("uds")) {
            assertThat(client.isConnected()).isTrue();
        }
        assertThat(Files.exists(uds)).isFalse();
    }

    @Test
    void shouldListConnectionsForOperators() throws IOException {
        try (VsockHost host = host(EventLoopConfig.Choice.IO_URING);
                ServerSocketChannel server = host.listen("uds_" + PORT);
                VsockGuest guest = guest(host)) {
            Packet connection = guest.connectTo(PORT, GUEST_PORT);
            guest.send(connection.text("12345"));
            Outcome outcome = host.daemon()
                    .ask(replyTo -> new DaemonCommand.CommandDevice("dev", "connections", List.of(), replyTo));
            assertThat(outcome.toString())
                    .contains("2:1024 - 5000 stream open, unix", "uds_1024", "0 bytes to the guest, 5 from it");
            assertThat(server.isOpen()).isTrue();
        }
    }

    @Test
    void shouldConnectAnOperatorWithAPortOfTheGuest() throws Exception {
        try (VsockHost host = host(EventLoopConfig.Choice.IO_URING);
                VsockGuest guest = guest(host);
                ServerSocketChannel terminals = host.listen("terminal");
                SocketChannel terminal = host.dial("terminal");
                SocketChannel operator = terminals.accept()) {
            ConversationAnswer answer = host.daemon()
                    .ask(replyTo -> new DaemonCommand.ConverseWithDevice("dev", "dial", List.of("5000"), replyTo));
            ConversationAnswer.Agreed agreed = (ConversationAnswer.Agreed) answer;
            Thread talk = Thread.ofVirtual().start(() -> {
                try (operator) {
                    agreed.conversation().run(operator);
                } catch (IOException | DeviceException e) {
                    throw new AssertionError(e);
                }
            });
            Packet connection = guest.accept();
            VsockHost.write(terminal, "ls\n");
            assertThat(guest.nextBesidesCredit().text()).isEqualTo("ls\n");
            terminal.shutdownOutput();
            assertThat(guest.next(VIRTIO_VSOCK_OP_SHUTDOWN).flags()).isEqualTo(VIRTIO_VSOCK_SHUTDOWN_F_SEND);
            guest.send(connection.text("file\n"));
            guest.send(connection.op(VIRTIO_VSOCK_OP_SHUTDOWN).flags(VsockWire.SHUTDOWN_BOTH));
            assertThat(VsockHost.read(terminal, 100)).isEqualTo("file\n");
            talk.join();
            guest.next(VIRTIO_VSOCK_OP_RST);
        }
    }

    @Test
    void shouldTellAnOperatorWhenTheGuestDoesNotListen() throws Exception {
        try (VsockHost host = host(EventLoopConfig.Choice.IO_URING);
                VsockGuest guest = guest(host);
                ServerSocketChannel terminals = host.listen("terminal");
                SocketChannel terminal = host.dial("terminal");
                SocketChannel operator = terminals.accept()) {
            ConversationAnswer.Agreed agreed = (ConversationAnswer.Agreed) host.daemon()
                    .<ConversationAnswer>ask(
                            replyTo -> new DaemonCommand.ConverseWithDevice("dev", "dial", List.of("5000"), replyTo));
            CompletableFuture<String> told = new CompletableFuture<>();
            Thread.ofVirtual().start(() -> {
                try (operator) {
                    agreed.conversation().run(operator);
                } catch (IOException | DeviceException e) {
                    told.complete(e.getMessage());
                }
            });
            guest.send(guest.next().back(VIRTIO_VSOCK_OP_RST));
            assertThat(told.get(20, TimeUnit.SECONDS)).isEqualTo("The guest does not listen on this port.");
            assertThat(VsockHost.read(terminal, 100)).isEmpty();
        }
    }
}
