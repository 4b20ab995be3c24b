package dev.troupe.devices.console;

import static org.assertj.core.api.Assertions.assertThat;

import dev.troupe.actors.device.DeviceException;
import dev.troupe.devices.testing.TestDeviceContext;
import dev.troupe.devices.testing.TestSettings;
import dev.troupe.transport.loop.EventLoop;
import dev.troupe.transport.loop.EventLoopConfig;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.channels.ByteChannel;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;

/** An operator at a console, at the other end of a socket as the program has it. */
class VisitTest {
    private final EventLoop loop = EventLoop.start("test", EventLoopConfig.defaults());
    private final TestDeviceContext context = new TestDeviceContext(loop);
    private final CompletableFuture<Boolean> over = new CompletableFuture<>();
    private ConsoleDevice device;
    private ServerSocketChannel server;

    @BeforeEach
    void openDevice() throws Exception {
        device = ConsoleDevice.open(
                ConsoleSettings.of(TestSettings.of(new ConsoleFactory(), Map.of("log-size", 1024L))), context);
        server = ServerSocketChannel.open().bind(null);
    }

    @AfterEach
    void end() throws Exception {
        server.close();
        device.close();
        context.close();
        loop.close();
    }

    private void onLoop(Runnable task) {
        CompletableFuture.runAsync(task, loop).orTimeout(20, TimeUnit.SECONDS).join();
    }

    private void attach(ByteChannel side) throws DeviceException {
        var conversation = device.converse("attach", List.of());
        Thread.startVirtualThread(() -> {
            try (side) {
                conversation.run(side);
            } catch (IOException | DeviceException e) {
                // The operator has gone.
            }
            over.complete(true);
        });
    }

    private static String read(SocketChannel operator, int bytes) throws IOException {
        ByteBuffer buffer = ByteBuffer.allocate(bytes);
        while (buffer.hasRemaining() && operator.read(buffer) >= 0) {
            Thread.onSpinWait();
        }
        return new String(buffer.array(), 0, buffer.position(), StandardCharsets.UTF_8);
    }

    private void guestWrites(String text) {
        onLoop(() -> {
            for (byte value : text.getBytes(StandardCharsets.UTF_8)) {
                device.port(0).append(value);
            }
        });
    }

    @Test
    void shouldShowWhatWasWrittenBeforeAndThenWhatComesToSeveralAtOnce() throws Exception {
        guestWrites("y".repeat(2000) + "login: ");
        try (SocketChannel one = SocketChannel.open(server.getLocalAddress());
                SocketChannel oneSide = server.accept();
                SocketChannel two = SocketChannel.open(server.getLocalAddress());
                SocketChannel twoSide = server.accept()) {
            attach(oneSide);
            attach(twoSide);
            assertThat(read(one, 1024)).endsWith("yylogin: ");
            assertThat(read(two, 1024)).endsWith("yylogin: ");
            guestWrites("root");
            assertThat(read(one, 4)).isEqualTo("root");
            assertThat(read(two, 4)).isEqualTo("root");
        }
    }

    @Test
    void shouldEndWhenTheDeviceCloses() throws Exception {
        try (SocketChannel operator = SocketChannel.open(server.getLocalAddress());
                SocketChannel side = server.accept()) {
            attach(side);
            guestWrites("x");
            assertThat(read(operator, 1)).isEqualTo("x");
            device.close();
            assertThat(over.get(20, TimeUnit.SECONDS)).isTrue();
            assertThat(operator.read(ByteBuffer.allocate(1))).isEqualTo(-1);
        }
    }

    @Test
    void shouldGoOnShowingWhenTheOperatorHasNothingMoreToSay() throws Exception {
        try (SocketChannel operator = SocketChannel.open(server.getLocalAddress());
                SocketChannel side = server.accept()) {
            attach(side);
            operator.write(ByteBuffer.wrap(new byte[] {'l', 's'}));
            operator.shutdownOutput();
            guestWrites("still here");
            assertThat(read(operator, 10)).isEqualTo("still here");
        }
    }

    @Test
    void shouldShowTheLogAndEnd() throws Exception {
        guestWrites("what was");
        try (SocketChannel operator = SocketChannel.open(server.getLocalAddress());
                SocketChannel side = server.accept()) {
            device.converse("log", List.of("0")).run(side);
            side.close();
            assertThat(read(operator, 100)).isEqualTo("what was");
        }
    }
}
