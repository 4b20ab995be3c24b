package dev.troupe.actors.connection;

import static org.assertj.core.api.Assertions.assertThat;

import dev.troupe.actors.daemon.DaemonCommand;
import dev.troupe.actors.daemon.Outcome;
import dev.troupe.actors.testing.CopyFactory;
import dev.troupe.actors.testing.GuestRig;
import dev.troupe.actors.testing.RawPeer;
import dev.troupe.actors.testing.TestDaemon;
import dev.troupe.transport.loop.EventLoopConfig;
import dev.troupe.transport.testing.LeakCheck;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.apache.pekko.actor.typed.javadsl.AskPattern;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.EnumSource;

/** A front end that goes at the very moment at which its device is to go away for a while. */
@ExtendWith(LeakCheck.class)
class DepartureTest {
    private static final Duration PATIENCE = Duration.ofSeconds(20);
    private static final int ROUNDS = 20;

    @TempDir
    Path folder;

    @ParameterizedTest
    @EnumSource(
            value = EventLoopConfig.Choice.class,
            names = {"IO_URING", "EPOLL"})
    void shouldRestartTheDeviceWhenTheFrontEndGoesMeanwhile(EventLoopConfig.Choice choice) throws Exception {
        try (TestDaemon daemon = TestDaemon.start(choice)) {
            Path socket = folder.resolve("copy0.sock");
            daemon.add(TestDaemon.spec("copy0", new CopyFactory(), Map.of(), socket));
            for (int i = 0; i < ROUNDS; i++) {
                RawPeer peer = RawPeer.negotiated(socket);
                // The loop is held up until both are there to be found, so that one follows closely upon the other.
                CountDownLatch held = new CountDownLatch(1);
                CountDownLatch release = new CountDownLatch(1);
                daemon.system().loops().control().execute(() -> {
                    held.countDown();
                    await(release);
                });
                await(held);
                peer.close();
                CompletionStage<Outcome> restarted = AskPattern.ask(
                        daemon.system().daemon(),
                        replyTo -> new DaemonCommand.RestartDevice("copy0", replyTo),
                        PATIENCE,
                        daemon.system().daemon().scheduler());
                release.countDown();
                assertThat(restarted).succeedsWithin(PATIENCE).isInstanceOf(Outcome.Done.class);
            }
            GuestRig.await(
                    "the front end to be gone",
                    () -> daemon.status("copy0").connection().isEmpty());
        }
    }

    private static void await(CountDownLatch latch) {
        try {
            if (!latch.await(PATIENCE.toSeconds(), TimeUnit.SECONDS)) {
                throw new AssertionError("waited in vain");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
