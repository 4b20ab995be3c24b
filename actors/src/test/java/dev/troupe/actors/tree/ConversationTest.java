package dev.troupe.actors.tree;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.troupe.actors.daemon.ConversationAnswer;
import dev.troupe.actors.daemon.DaemonCommand;
import dev.troupe.actors.device.Conversation;
import dev.troupe.actors.device.DeviceException;
import dev.troupe.actors.testing.CopyFactory;
import dev.troupe.actors.testing.TestDaemon;
import dev.troupe.transport.loop.EventLoopConfig;
import java.io.IOException;
import java.net.UnixDomainSocketAddress;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** A device and an operator who talk. */
class ConversationTest {

    @TempDir
    Path folder;

    private TestDaemon start() {
        TestDaemon daemon = TestDaemon.start(EventLoopConfig.Choice.AUTO);
        daemon.add(TestDaemon.spec("copy0", new CopyFactory(), Map.of(), folder.resolve("copy0.sock")));
        return daemon;
    }

    private static ConversationAnswer converse(TestDaemon daemon, String device, String verb) {
        return daemon.ask(replyTo -> new DaemonCommand.ConverseWithDevice(device, verb, List.of(), replyTo));
    }

    private static Conversation agreed(TestDaemon daemon) {
        return ((ConversationAnswer.Agreed) converse(daemon, "copy0", "echo")).conversation();
    }

    /** Both ends of a connection. */
    private record Line(SocketChannel operator, SocketChannel device) implements AutoCloseable {

        static Line open(Path folder) throws IOException {
            UnixDomainSocketAddress address = UnixDomainSocketAddress.of(folder.resolve("line"));
            try (ServerSocketChannel server = ServerSocketChannel.open(java.net.StandardProtocolFamily.UNIX)) {
                server.bind(address);
                SocketChannel operator = SocketChannel.open(address);
                return new Line(operator, server.accept());
            }
        }

        /** Has the device talk, on a thread of its own; done when it has had enough. */
        CompletableFuture<Void> hold(Conversation conversation) {
            CompletableFuture<Void> ended = new CompletableFuture<>();
            Thread.ofVirtual().start(() -> {
                try {
                    conversation.run(device);
                    ended.complete(null);
                } catch (IOException | DeviceException e) {
                    ended.completeExceptionally(e);
                }
            });
            return ended;
        }

        byte echoOf(int said) throws IOException {
            operator.write(ByteBuffer.wrap(new byte[] {(byte) said}));
            ByteBuffer heard = ByteBuffer.allocate(1);
            operator.read(heard);
            return heard.get(0);
        }

        @Override
        public void close() throws IOException {
            operator.close();
            device.close();
        }
    }

    @Test
    void shouldTalkUntilTheOperatorHasHadEnough() throws Exception {
        try (TestDaemon daemon = start();
                Line line = Line.open(folder)) {
            CompletableFuture<Void> ended = line.hold(agreed(daemon));
            assertThat(line.echoOf(7)).isEqualTo((byte) 7);
            line.operator().shutdownOutput();
            ended.get(10, TimeUnit.SECONDS);
        }
    }

    @Test
    void shouldHangUpWhenTheDeviceRestartsAndTalkAgainAfterwards() throws Exception {
        try (TestDaemon daemon = start();
                Line line = Line.open(folder)) {
            Conversation late = agreed(daemon);
            CompletableFuture<Void> ended = line.hold(agreed(daemon));
            assertThat(line.echoOf(1)).isEqualTo((byte) 1);
            daemon.restart("copy0");
            assertThatThrownBy(() -> ended.get(10, TimeUnit.SECONDS)).hasCauseInstanceOf(ClosedChannelException.class);
            assertThatThrownBy(() -> late.run(line.device())).isInstanceOf(ClosedChannelException.class);
            assertThat(converse(daemon, "copy0", "echo")).isInstanceOf(ConversationAnswer.Agreed.class);
        }
    }

    @Test
    void shouldSayWhyItDoesNotTalk() {
        try (TestDaemon daemon = start()) {
            assertThat(converse(daemon, "copy0", "sing"))
                    .isEqualTo(new ConversationAnswer.Refused("copy0: it does not sing"));
            assertThat(converse(daemon, "copy7", "echo"))
                    .isEqualTo(new ConversationAnswer.Refused("There is no device 'copy7'."));
            daemon.<dev.troupe.actors.daemon.Outcome>ask(replyTo -> new DaemonCommand.StopDevice("copy0", replyTo));
            assertThat(converse(daemon, "copy0", "echo"))
                    .isEqualTo(new ConversationAnswer.Refused("copy0 is stopped."));
        }
    }
}
