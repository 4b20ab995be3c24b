package dev.troupe.runtime.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.troupe.actors.daemon.DaemonCommand;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.typed.ActorRef;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(30)
class ControlServerTest {

    private static final ActorTestKit KIT = ActorTestKit.create();

    @TempDir
    Path folder;

    Path path;
    ControlServer server;

    @BeforeEach
    void startServer() throws IOException {
        path = folder.resolve("run/control.sock");
        server = start(Duration.ofSeconds(20));
    }

    private ControlServer start(Duration patience) throws IOException {
        ActorRef<DaemonCommand> daemon = KIT.spawn(ScriptedDaemon.create());
        DaemonGate gate = new DaemonGate(daemon, KIT.scheduler(), Duration.ofSeconds(5));
        return ControlServer.start(path, gate::ask, patience);
    }

    @AfterEach
    void stopServer() throws IOException {
        server.close();
    }

    @AfterAll
    static void stopKit() {
        KIT.shutdownTestKit();
    }

    private ControlReply ask(ControlRequest request) throws Exception {
        try (ControlClient client = ControlClient.connect(path)) {
            return client.ask(request);
        }
    }

    /** Sends raw bytes and reads everything up to the end of the connection. */
    private String raw(byte[] bytes) throws IOException {
        try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(path))) {
            ByteBuffer out = ByteBuffer.wrap(bytes);
            try {
                while (out.hasRemaining()) {
                    channel.write(out);
                }
                channel.shutdownOutput();
            } catch (IOException e) {
                // The server has had enough; what it said before can still be read.
                assertThat(e).hasMessageContaining("pipe");
            }
            ByteBuffer in = ByteBuffer.allocate(1 << 16);
            while (channel.read(in) > 0) {}
            return new String(in.array(), 0, in.position(), StandardCharsets.UTF_8);
        }
    }

    @Test
    void shouldAnswerEveryRequest() throws Exception {
        assertThat(ask(new ControlRequest.Status())).isEqualTo(new ControlReply.Status(ScriptedDaemon.STATUS));
        assertThat(ask(new ControlRequest.Restart("disk0"))).isEqualTo(new ControlReply.Done(""));
        assertThat(ask(new ControlRequest.Stop("gone"))).isEqualTo(new ControlReply.Failed("There is no device gone."));
        assertThat(ask(new ControlRequest.Command("disk0", "resize", List.of("1"))))
                .isEqualTo(new ControlReply.Done("did resize [1]"));
    }

    @Test
    void shouldAnswerManyLinesOfOneConnectionInOrder() throws IOException {
        String answers = raw("{\"command\":\"start\",\"device\":\"disk0\"}\nnonsense\n{\"command\":\"fly\"}\n"
                .getBytes(StandardCharsets.UTF_8));

        assertThat(answers.lines())
                .satisfiesExactly(
                        first -> assertThat(first).isEqualTo("{\"ok\":true,\"text\":\"\"}"),
                        second -> assertThat(second).startsWith("{\"ok\":false,\"error\":\"This is not JSON"),
                        third -> assertThat(third).contains("There is no command 'fly'."));
    }

    @Test
    void shouldPassBytesOnWhenADeviceTalks() throws Exception {
        try (ControlClient client = ControlClient.connect(path)) {
            assertThat(client.ask(new ControlRequest.Converse("disk0", "echo", List.of())))
                    .isEqualTo(new ControlReply.Done(""));
            TalkChannel device = client.talk();
            device.write(ByteBuffer.wrap("hello".getBytes(StandardCharsets.UTF_8)));
            device.endOutput();
            ByteBuffer heard = ByteBuffer.allocate(16);
            while (device.read(heard) >= 0) {}
            assertThat(new String(heard.array(), 0, heard.position(), StandardCharsets.UTF_8))
                    .isEqualTo("hello");
        }
        assertThat(ask(new ControlRequest.Converse("gone", "echo", List.of())))
                .isEqualTo(new ControlReply.Failed("There is no device."));
    }

    @Test
    void shouldAnswerOthersWhileManyTalk() throws Exception {
        List<ControlClient> talking = new ArrayList<>();
        for (int i = 0; i < 20; i++) {
            ControlClient client = ControlClient.connect(path);
            talking.add(client);
            client.ask(new ControlRequest.Converse("disk0", "echo", List.of()));
        }
        assertThat(ask(new ControlRequest.Start("disk0"))).isInstanceOf(ControlReply.Done.class);
        for (ControlClient client : talking) {
            client.close();
        }
    }

    @Test
    void shouldEndAConnectionWhenALineIsTooLong() throws Exception {
        byte[] line = new byte[ControlServer.LONGEST_LINE_BYTES + 1];

        assertThat(raw(line)).contains("The line is longer than 65536 bytes.");
        assertThat(ask(new ControlRequest.Start("disk0"))).isInstanceOf(ControlReply.Done.class);
    }

    @Test
    void shouldSurviveGarbageAndDeepNesting() throws Exception {
        assertThat(raw(new byte[] {0, -1, -2, '\n'})).contains("\"ok\":false");
        assertThat(raw(("[".repeat(60_000) + "\n").getBytes(StandardCharsets.UTF_8)))
                .contains("\"ok\":false");
        assertThat(raw("{\"command\":".getBytes(StandardCharsets.UTF_8))).isEmpty();
        assertThat(ask(new ControlRequest.Start("disk0"))).isInstanceOf(ControlReply.Done.class);
    }

    @Test
    void shouldRefuseMoreConnectionsWhenThereAreManyAndServeAgainLater() throws Exception {
        List<ControlClient> clients = new ArrayList<>();
        for (int i = 0; i < 16; i++) {
            ControlClient client = ControlClient.connect(path);
            clients.add(client);
            assertThat(client.ask(new ControlRequest.Start("disk0"))).isInstanceOf(ControlReply.Done.class);
        }

        assertThat(raw(new byte[0])).contains("too many connections");
        assertThat(clients.getLast().ask(new ControlRequest.Start("disk0"))).isInstanceOf(ControlReply.Done.class);
        for (ControlClient client : clients) {
            client.close();
        }
    }

    @Test
    void shouldCloseAConnectionWhenItSendsNothing() throws IOException {
        server.close();
        server = start(Duration.ofMillis(50));
        try (SocketChannel channel = SocketChannel.open(UnixDomainSocketAddress.of(path))) {
            assertThat(channel.read(ByteBuffer.allocate(1))).isEqualTo(-1);
        }
    }

    @Test
    void shouldBeOpenToItsOwnerOnly() throws IOException {
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(path)))
                .isEqualTo("rw-------");
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(folder.resolve("run"))))
                .isEqualTo("rwx------");
    }

    @Test
    void shouldRefuseToStartWhenAnotherDaemonOwnsTheSocket() throws Exception {
        assertThatThrownBy(() -> start(Duration.ofSeconds(1)))
                .isInstanceOf(IOException.class)
                .hasMessageContaining("Another daemon owns the control socket");
        assertThat(ask(new ControlRequest.Start("disk0"))).isInstanceOf(ControlReply.Done.class);
    }

    @Test
    void shouldReplaceAStaleSocketWhenItsOwnerDied() throws Exception {
        server.close();
        ServerSocketChannel dead = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        dead.bind(UnixDomainSocketAddress.of(path));
        dead.close();
        assertThat(path).exists();

        server = start(Duration.ofSeconds(20));

        assertThat(ask(new ControlRequest.Start("disk0"))).isInstanceOf(ControlReply.Done.class);
    }

    @Test
    void shouldLeaveAFileAloneWhenItIsNoSocket() throws IOException {
        server.close();
        Files.writeString(path, "precious");

        assertThatThrownBy(() -> start(Duration.ofSeconds(1))).hasMessageContaining("not a socket");
        assertThat(path).hasContent("precious");
    }

    @Test
    void shouldRefuseADirectoryWhenOthersMayWriteToIt() throws IOException {
        Path open = Files.createDirectory(folder.resolve("open"));
        Files.setPosixFilePermissions(open, PosixFilePermissions.fromString("rwxrwxrwx"));

        assertThatThrownBy(() -> ControlServer.start(
                        open.resolve("control.sock"),
                        request -> new java.util.concurrent.CompletableFuture<>(),
                        Duration.ofSeconds(1)))
                .hasMessageContaining("Others may write to the directory");
    }

    @Test
    void shouldRemoveItsSocketWhenItCloses() throws IOException {
        server.close();

        assertThat(path).doesNotExist();
        assertThatThrownBy(() -> ControlClient.connect(path))
                .isInstanceOf(ControlException.class)
                .hasMessageContaining("No daemon can be reached");
    }
}
