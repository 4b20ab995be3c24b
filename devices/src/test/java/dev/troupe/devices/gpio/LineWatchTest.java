package dev.troupe.devices.gpio;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.troupe.actors.device.DeviceException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** An operator at the other end of a real channel. */
class LineWatchTest {
    private static final long LIMIT_SECONDS = 20;

    @TempDir
    Path directory = Path.of("");

    private final SimulatedChip chip = new SimulatedChip("test", new Wiring());
    private final CountDownLatch begun = new CountDownLatch(1);
    private final CountDownLatch finished = new CountDownLatch(1);
    private GuestLine led = new GuestLine("", chip.line("0"));
    private GuestLine other = new GuestLine("", chip.line("1"));
    private Thread talking = Thread.currentThread();
    private SocketChannel operator = unconnected();
    private SocketChannel device = unconnected();
    private LineWatch watch = new LineWatch(Set.of(), List.of(), _ -> {}, _ -> {});

    private static SocketChannel unconnected() {
        try {
            return SocketChannel.open(StandardProtocolFamily.UNIX);
        } catch (IOException e) {
            throw new AssertionError(e);
        }
    }

    @BeforeEach
    void connect() throws Exception {
        led = new GuestLine("LED", chip.claim("7", "test"));
        other = new GuestLine("", chip.claim("8", "test"));
        UnixDomainSocketAddress address = UnixDomainSocketAddress.of(directory.resolve("s"));
        try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            server.bind(address);
            operator.connect(address);
            device = server.accept();
        }
        watch = new LineWatch(Set.of(led), List.of(other, led), _ -> begun.countDown(), _ -> finished.countDown());
    }

    @AfterEach
    void close() throws IOException {
        operator.close();
        device.close();
    }

    private CompletableFuture<Void> run() throws InterruptedException {
        CompletableFuture<Void> ended = CompletableFuture.runAsync(
                () -> {
                    try {
                        watch.run(device);
                    } catch (IOException e) {
                        throw new UncheckedIOException(e);
                    } catch (DeviceException e) {
                        throw new IllegalStateException(e);
                    }
                },
                task -> talking = Thread.ofVirtual().start(task));
        assertThat(begun.await(LIMIT_SECONDS, TimeUnit.SECONDS)).isTrue();
        return ended;
    }

    private String line() throws IOException {
        ByteBuffer bytes = ByteBuffer.allocate(1);
        StringBuilder line = new StringBuilder();
        while (!line.toString().endsWith("\n") && operator.read(bytes.clear()) > 0) {
            line.append(StandardCharsets.UTF_8.decode(bytes.flip()));
        }
        return line.toString();
    }

    @Test
    void shouldShowChangesOfTheLinesThatWereChosen() throws Exception {
        CompletableFuture<Void> ended = run();
        watch.changed(other, true);
        watch.changed(led, true);
        watch.changed(led, false);

        assertThat(line()).matches("\\d\\d:\\d\\d:\\d\\d\\.\\d{6} 1 LED 1\n");
        assertThat(line()).endsWith(" 1 LED 0\n");
        watch.end();
        assertThatThrownBy(() -> ended.get(LIMIT_SECONDS, TimeUnit.SECONDS))
                .hasRootCauseMessage("The device has closed.");
    }

    @Test
    void shouldGoOnWhenTheOperatorHasNothingMoreToSay() throws Exception {
        CompletableFuture<Void> ended = run();
        operator.shutdownOutput();
        watch.changed(led, true);

        assertThat(line()).endsWith(" 1 LED 1\n");
        watch.end();
        assertThatThrownBy(() -> ended.get(LIMIT_SECONDS, TimeUnit.SECONDS))
                .hasRootCauseMessage("The device has closed.");
    }

    @Test
    void shouldEndWhenTheOperatorGoesAwayWhileNothingChanges() throws Exception {
        CompletableFuture<Void> ended = run();
        talking.interrupt();

        ended.get(LIMIT_SECONDS, TimeUnit.SECONDS);
        assertThat(finished.getCount()).isZero();
    }

    @Test
    void shouldSayHowManyChangesAreMissingWhenTheOperatorReadsTooSlowly() throws Exception {
        for (int i = 0; i < 1010; i++) {
            watch.changed(led, true);
        }
        CompletableFuture<Void> ended = run();

        assertThat(line()).endsWith(" 1 LED 1\n");
        assertThat(line()).isEqualTo("(10 changes are missing here)\n");
        operator.close();
        assertThatThrownBy(() -> ended.get(LIMIT_SECONDS, TimeUnit.SECONDS))
                .hasCauseInstanceOf(UncheckedIOException.class);
        assertThat(finished.getCount()).isZero();
    }
}
