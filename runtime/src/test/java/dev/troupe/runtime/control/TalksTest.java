package dev.troupe.runtime.control;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.troupe.actors.device.Conversation;
import dev.troupe.actors.device.DeviceException;
import java.io.EOFException;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Both ends of a conversation, at both ends of a real socket. */
class TalksTest {
    private static final int LIMIT_SECONDS = 20;

    @TempDir
    Path folder;

    /** How the device's end of it went. */
    private final CompletableFuture<Boolean> over = new CompletableFuture<>();

    private TalkChannel hold(Conversation conversation) throws IOException {
        UnixDomainSocketAddress address = UnixDomainSocketAddress.of(folder.resolve("s"));
        try (ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX)) {
            server.bind(address);
            SocketChannel operator = SocketChannel.open(address);
            SocketChannel device = server.accept();
            Thread.ofVirtual().start(() -> {
                try (device) {
                    Talks.hold(conversation, device);
                    over.complete(true);
                } catch (IOException e) {
                    over.complete(false);
                }
            });
            return new TalkChannel(operator, ByteBuffer.allocate(0));
        }
    }

    private static Conversation saying(String text) {
        return operator -> operator.write(ByteBuffer.wrap(text.getBytes(StandardCharsets.UTF_8)));
    }

    private static String read(TalkChannel device, int most) throws IOException {
        ByteBuffer heard = ByteBuffer.allocate(most);
        while (heard.hasRemaining() && device.read(heard) >= 0) {
            assertThat(heard.position()).isPositive();
        }
        return new String(heard.array(), 0, heard.position(), StandardCharsets.UTF_8);
    }

    @Test
    void shouldTellTheEndAfterWhatWasSaid() throws Exception {
        try (TalkChannel device = hold(saying("all"))) {
            assertThat(read(device, 10)).isEqualTo("all");
            assertThat(device.read(ByteBuffer.allocate(1))).isEqualTo(-1);
            assertThat(over.get(LIMIT_SECONDS, TimeUnit.SECONDS)).isTrue();
        }
    }

    @Test
    void shouldTellAFailureApartFromWhatWasSaid() throws Exception {
        Conversation failing = operator -> {
            saying("half").run(operator);
            throw new DeviceException("The other half is lost.");
        };
        try (TalkChannel device = hold(failing)) {
            assertThat(read(device, 4)).isEqualTo("half");
            assertThatThrownBy(() -> device.read(ByteBuffer.allocate(1)))
                    .isInstanceOf(TalkFailedException.class)
                    .hasMessage("The other half is lost.");
        }
    }

    @Test
    void shouldTellThatTheConversationBrokeOffWhenWhatTheDeviceReadsFails() throws Exception {
        Conversation failing = _ -> {
            throw new IOException("the disk is gone");
        };
        try (TalkChannel device = hold(failing)) {
            assertThatThrownBy(() -> read(device, 4))
                    .isInstanceOf(TalkFailedException.class)
                    .hasMessageContaining("the disk is gone");
        }
    }

    @Test
    void shouldTakeAHangUpForAFailure() throws Exception {
        try (TalkChannel device = hold(operator -> operator.close())) {
            assertThatThrownBy(() -> read(device, 4)).isInstanceOf(EOFException.class);
        }
    }

    @Test
    void shouldInterruptADeviceThatIsSilentWhenTheOperatorHasGoneAway() throws Exception {
        CountDownLatch interrupted = new CountDownLatch(1);
        Conversation silent = operator -> {
            assertThat(operator.read(ByteBuffer.allocate(1))).isEqualTo(-1);
            try {
                new CountDownLatch(1).await();
            } catch (InterruptedException e) {
                interrupted.countDown();
            }
        };
        TalkChannel device = hold(silent);
        device.endOutput();
        device.close();

        assertThat(interrupted.await(LIMIT_SECONDS, TimeUnit.SECONDS)).isTrue();
        assertThat(over.get(LIMIT_SECONDS, TimeUnit.SECONDS)).isFalse();
    }

    @Test
    void shouldTakeSeveralPiecesWhenMuchIsSaidAtOnce() throws Exception {
        String much = "x".repeat(200_000);
        Conversation saying = operator -> {
            ByteBuffer bytes = ByteBuffer.wrap(much.getBytes(StandardCharsets.UTF_8));
            while (bytes.hasRemaining()) {
                operator.write(bytes);
            }
        };
        try (TalkChannel device = hold(saying)) {
            assertThat(read(device, 300_000)).isEqualTo(much);
        }
    }
}
