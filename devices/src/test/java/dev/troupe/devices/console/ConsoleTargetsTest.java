package dev.troupe.devices.console;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.troupe.actors.device.DeviceException;
import dev.troupe.actors.device.SavedState;
import dev.troupe.devices.testing.TestDeviceContext;
import dev.troupe.devices.testing.TestSettings;
import dev.troupe.transport.loop.EventLoop;
import dev.troupe.transport.loop.EventLoopConfig;
import java.io.IOException;
import java.io.InputStream;
import java.io.RandomAccessFile;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import java.util.function.BooleanSupplier;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Who may be at the host's end of a port, on a real event loop; the guest's end is written and read directly. */
class ConsoleTargetsTest {
    private static final long PATIENCE_SECONDS = 20;

    private final EventLoop loop = EventLoop.start("test", EventLoopConfig.defaults());
    private final TestDeviceContext context = new TestDeviceContext(loop);

    @TempDir
    Path directory = Path.of("");

    @AfterEach
    void end() {
        context.close();
        loop.close();
    }

    private ConsoleDevice open(Map<String, Object> port) throws DeviceException {
        return ConsoleDevice.open(
                ConsoleSettings.of(TestSettings.of(
                        new ConsoleFactory(), Map.of("log-size", 4096L, "ports", Map.of("port", port)))),
                context);
    }

    private void onLoop(Runnable task) {
        CompletableFuture.runAsync(task, loop)
                .orTimeout(PATIENCE_SECONDS, TimeUnit.SECONDS)
                .join();
    }

    private boolean askLoop(BooleanSupplier question) {
        return CompletableFuture.supplyAsync(question::getAsBoolean, loop)
                .orTimeout(PATIENCE_SECONDS, TimeUnit.SECONDS)
                .join();
    }

    private void await(BooleanSupplier question) {
        long end = System.nanoTime() + TimeUnit.SECONDS.toNanos(PATIENCE_SECONDS);
        while (!askLoop(question)) {
            assertThat(System.nanoTime()).isLessThan(end);
            Thread.onSpinWait();
        }
    }

    private void guestWrites(ConsoleDevice device, String text) {
        onLoop(() -> {
            for (byte value : text.getBytes(StandardCharsets.UTF_8)) {
                device.port(0).append(value);
            }
        });
    }

    private static String read(SocketChannel client, int bytes) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(bytes);
        while (buffer.hasRemaining() && client.read(buffer) >= 0) {
            Thread.onSpinWait();
        }
        return new String(buffer.array(), 0, buffer.position(), StandardCharsets.UTF_8);
    }

    @Test
    void shouldServeWhoeverConnectsToAUnixSocketAndTellTheGuestWhetherSomebodyIsThere() throws Exception {
        Path path = directory.resolve("port.sock");
        try (ConsoleDevice device = open(Map.of("target", "unix", "path", path))) {
            assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(path)))
                    .isEqualTo("rw-rw----");
            assertThat(askLoop(() -> device.port(0).hostOpen())).isFalse();
            try (SocketChannel client = SocketChannel.open(UnixDomainSocketAddress.of(path))) {
                await(() -> device.port(0).hostOpen());
                guestWrites(device, "hello");
                assertThat(read(client, 5)).isEqualTo("hello");

                client.write(ByteBuffer.wrap("answer".getBytes(StandardCharsets.UTF_8)));
                onLoop(() -> device.port(0).guestOpen(true));
                await(() -> device.port(0).supply().hasMore());
            }
            onLoop(() -> device.port(0).close());
        }
        assertThat(path).doesNotExist();
    }

    @Test
    void shouldTellTheGuestThatTheLastOneHasGone() throws Exception {
        Path path = directory.resolve("port.sock");
        try (ConsoleDevice device = open(Map.of("target", "unix", "path", path))) {
            try (SocketChannel client = SocketChannel.open(UnixDomainSocketAddress.of(path))) {
                await(() -> device.port(0).visitors() == 1);
            }
            // Only writing tells a closed client from one that says nothing more.
            await(() -> {
                device.port(0).append((byte) '.');
                return device.port(0).visitors() == 0;
            });
            assertThat(askLoop(() -> device.port(0).hostOpen())).isFalse();
        }
    }

    @Test
    void shouldLetANewClientInWhenManyHaveNothingMoreToSay() throws Exception {
        Path path = directory.resolve("port.sock");
        try (ConsoleDevice device = open(Map.of("target", "unix", "path", path))) {
            for (int i = 0; i < 3 * Port.MOST_OUTLETS; i++) {
                int silent = Math.min(i + 1, Port.MOST_OUTLETS);
                int others = Math.min(i, Port.MOST_OUTLETS - 1);
                try (SocketChannel client = SocketChannel.open(UnixDomainSocketAddress.of(path))) {
                    client.write(ByteBuffer.wrap(new byte[] {(byte) i}));
                    // Only while it could still say something is there a difference between before and after.
                    await(() -> device.port(0).visitors() == others + 1
                            && device.port(0).silentVisitors() == others);
                }
                await(() -> device.port(0).silentVisitors() == silent);
            }
            try (SocketChannel client = SocketChannel.open(UnixDomainSocketAddress.of(path))) {
                await(() -> device.port(0).silentVisitors() == Port.MOST_OUTLETS - 1);
                guestWrites(device, "hello");
                assertThat(read(client, 5)).isEqualTo("hello");
            }
            onLoop(() -> device.port(0).guestOpen(true));
            assertThat(askLoop(() -> device.port(0).waitingBytes() <= Port.MOST_OUTLETS))
                    .as("what those said who had to go is not kept")
                    .isTrue();
        }
    }

    @Test
    void shouldTurnVisitorsAwayWhenThePortHasClosed() throws Exception {
        try (ConsoleDevice device = open(Map.of())) {
            Port port = device.port(0);
            onLoop(port::close);
            try (SocketChannel nobody = SocketChannel.open()) {
                assertThatThrownBy(() -> new Visit(port, loop, nobody).stay(false, false))
                        .isInstanceOf(DeviceException.class)
                        .hasMessageContaining("closed");
            }
        }
    }

    @Test
    void shouldRemoveNothingButSocketsThatNobodyServes() throws Exception {
        Path path = directory.resolve("port.sock");
        Files.createDirectory(path);
        assertThatThrownBy(() -> open(Map.of("target", "unix", "path", path))).isInstanceOf(DeviceException.class);
        assertThat(path).isDirectory();
        Files.delete(path);

        Path elsewhere = directory.resolve("elsewhere.sock");
        try (var dead = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            dead.bind(UnixDomainSocketAddress.of(elsewhere));
        }
        Files.createSymbolicLink(path, elsewhere);
        assertThatThrownBy(() -> open(Map.of("target", "unix", "path", path))).isInstanceOf(DeviceException.class);
        assertThat(path).isSymbolicLink();
    }

    @Test
    void shouldTellAPseudoTerminalTheSizeThatWasChosenBeforeARestart() throws Exception {
        try (ConsoleDevice device = open(Map.of("target", "pty", "console", true))) {
            device.command("resize", List.of("132", "50"));
            SavedState state = device.saveState();
            device.close();
            try (ConsoleDevice again = open(Map.of("target", "pty", "console", true))) {
                again.loadState(state);
                askLoop(() -> true);
                String terminal = again.target(0).describe().substring("pty ".length());
                Process stty = new ProcessBuilder("stty", "-F", terminal, "size").start();
                assertThat(new String(stty.getInputStream().readAllBytes(), StandardCharsets.UTF_8).strip())
                        .isEqualTo("50 132");
            }
        }
    }

    @Test
    void shouldTakeThePlaceOfASocketThatNobodyServes() throws Exception {
        Path path = directory.resolve("port.sock");
        try (var dead = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            dead.bind(UnixDomainSocketAddress.of(path));
        }
        open(Map.of("target", "unix", "path", path)).close();

        Files.writeString(path, "a file");
        assertThatThrownBy(() -> open(Map.of("target", "unix", "path", path)))
                .isInstanceOf(DeviceException.class)
                .hasMessageContaining("Cannot listen");
        assertThat(path).hasContent("a file");
    }

    @Test
    void shouldServeWhoeverConnectsByTcp() throws Exception {
        try (ConsoleDevice device = open(Map.of("target", "tcp", "address", "127.0.0.1:0"))) {
            SocketAddress address = ((SocketTarget) device.target(0)).address();
            try (Socket client = new Socket()) {
                client.connect((InetSocketAddress) address);
                await(() -> device.port(0).visitors() == 1);
                guestWrites(device, "hi");
                InputStream in = client.getInputStream();
                assertThat(in.readNBytes(2)).containsExactly('h', 'i');
            }
        }
    }

    @Test
    void shouldPassBytesThroughAPseudoTerminalThatOutlivesTheDevice() throws Exception {
        Path link = directory.resolve("terminal");
        Path terminal;
        try (ConsoleDevice device = open(Map.of("target", "pty", "path", link, "console", true))) {
            terminal = Files.readSymbolicLink(link);
            guestWrites(device, "login:");
            try (RandomAccessFile program = new RandomAccessFile(terminal.toFile(), "rw")) {
                byte[] got = new byte[6];
                program.readFully(got);
                assertThat(got).isEqualTo("login:".getBytes(StandardCharsets.UTF_8));

                program.write("root\n".getBytes(StandardCharsets.UTF_8));
                onLoop(() -> device.port(0).guestOpen(true));
                await(() -> device.port(0).supply().hasMore());
            }
        }
        assertThat(link).doesNotExist();
        try (ConsoleDevice device = open(Map.of("target", "pty", "path", link))) {
            assertThat(Files.readSymbolicLink(link)).isEqualTo(terminal);
        }
    }

    @Test
    void shouldGoOnWithAPseudoTerminalWhenSomebodyReadsItAtLast() throws Exception {
        try (ConsoleDevice device = open(Map.of("target", "pty", "when-full", "wait"))) {
            await(() -> {
                device.port(0).append((byte) 'x');
                return device.port(0).room() == 0;
            });
            Path terminal = Path.of(device.target(0).describe().substring("pty ".length()));
            try (RandomAccessFile program = new RandomAccessFile(terminal.toFile(), "r")) {
                byte[] got = new byte[4096];
                long total = 0;
                while (askLoop(() -> device.port(0).room() == 0)) {
                    total += program.read(got);
                }
                assertThat(total).isPositive();
            }
        }
    }

    @Test
    void shouldAppendToAFileAndGoOnWhereItWasWhenOpenedAgain() throws Exception {
        Path file = directory.resolve("console.log");
        Files.writeString(file, "before\n");
        try (ConsoleDevice device = open(Map.of("target", "file", "path", file))) {
            guestWrites(device, "first\n");
            await(() -> device.port(0).log().stored() == 6);
        }
        assertThat(file).hasContent("before\nfirst\n");
    }

    @Test
    void shouldLetTheGuestGoOnWhenAFileTakesNothingMore() throws Exception {
        try (ConsoleDevice device = open(Map.of("target", "file", "path", Path.of("/dev/full"), "when-full", "wait"))) {
            guestWrites(device, "lost");
            await(() -> device.port(0).room() == device.port(0).log().capacity());
            assertThat(context.hostFailures()).isEmpty();
        }
    }

    @Test
    void shouldRefuseWhatCannotBeOpened() {
        assertThatThrownBy(() -> open(Map.of("target", "file", "path", directory)))
                .isInstanceOf(DeviceException.class);
        assertThatThrownBy(() -> open(Map.of("target", "tcp", "address", "no.such.host.invalid:1")))
                .isInstanceOf(DeviceException.class);
    }
}
