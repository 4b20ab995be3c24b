package dev.troupe.actors.tree;

import static org.assertj.core.api.Assertions.assertThat;

import dev.troupe.actors.daemon.DaemonCommand;
import dev.troupe.actors.daemon.DeviceSpec;
import dev.troupe.actors.daemon.DeviceState;
import dev.troupe.actors.daemon.Outcome;
import dev.troupe.actors.daemon.RestartPolicy;
import dev.troupe.actors.testing.CopyFactory;
import dev.troupe.actors.testing.GuestRig;
import dev.troupe.actors.testing.TestDaemon;
import dev.troupe.transport.loop.EventLoopConfig;
import dev.troupe.transport.testing.LeakCheck;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.TimeUnit;
import org.apache.pekko.actor.typed.javadsl.AskPattern;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** When a device is tried again, when it is given up, and that whoever asks is answered. */
@ExtendWith(LeakCheck.class)
class SupervisionTest {

    private static final byte[] HELLO = {'h', 'e', 'l', 'l', 'o'};
    private static final Duration PATIENCE = Duration.ofSeconds(20);

    @TempDir
    Path folder;

    private final CopyFactory factory = new CopyFactory();

    private Path socket() {
        return folder.resolve("copy0.sock");
    }

    private DeviceSpec spec(int queueRestarts, int deviceRestarts, Duration minimum, Duration maximum) {
        DeviceSpec usual = TestDaemon.spec("copy0", factory, Map.of(), socket());
        return new DeviceSpec(
                usual.name(),
                usual.factory(),
                usual.settings(),
                usual.endpoint(),
                usual.enabled(),
                usual.eventLoop(),
                usual.busyPoll(),
                usual.drainTimeout(),
                new RestartPolicy(queueRestarts, deviceRestarts, Duration.ofMinutes(1), minimum, maximum));
    }

    private static Duration ms(long millis) {
        return Duration.ofMillis(millis);
    }

    @Test
    void shouldWaitTwiceAsLongEachTimeWhenTheDeviceKeepsFailing() {
        factory.refusals.set(4);
        try (TestDaemon daemon = TestDaemon.start(EventLoopConfig.Choice.EPOLL)) {
            long begun = System.nanoTime();
            daemon.<Outcome>ask(replyTo -> new DaemonCommand.AddDevice(spec(3, 10, ms(20), ms(60)), replyTo));
            daemon.awaitState("copy0", DeviceState.RUNNING);
            // 20, 40, 60 and 60 ms: a longer wait is a matter of load, a shorter one a mistake.
            assertThat(System.nanoTime() - begun).isGreaterThanOrEqualTo(180_000_000L);
            assertThat(daemon.status("copy0").restarts()).isEqualTo(4);
        }
    }

    @Test
    void shouldGiveTheDeviceUpWhenItFailsTooOften() {
        factory.refusals.set(Integer.MAX_VALUE);
        try (TestDaemon daemon = TestDaemon.start(EventLoopConfig.Choice.EPOLL)) {
            daemon.<Outcome>ask(replyTo -> new DaemonCommand.AddDevice(spec(3, 2, ms(1), ms(1)), replyTo));
            daemon.awaitState("copy0", DeviceState.QUARANTINED);
            assertThat(daemon.status("copy0").restarts()).isEqualTo(2);
            assertThat(daemon.status("copy0").lastProblem()).hasValue("copy0: the test wants this to fail");
            factory.refusals.set(0);
            assertThat(daemon.<Outcome>ask(replyTo -> new DaemonCommand.StartDevice("copy0", replyTo)))
                    .isEqualTo(new Outcome.Done(""));
            daemon.awaitState("copy0", DeviceState.RUNNING);
        }
    }

    @Test
    void shouldStopTryingWhenAnOperatorStopsTheDevice() {
        factory.refusals.set(1);
        try (TestDaemon daemon = TestDaemon.start(EventLoopConfig.Choice.EPOLL)) {
            daemon.<Outcome>ask(replyTo ->
                    new DaemonCommand.AddDevice(spec(3, 2, Duration.ofHours(1), Duration.ofHours(1)), replyTo));
            assertThat(daemon.status("copy0").state()).isEqualTo(DeviceState.BACKING_OFF);
            daemon.<Outcome>ask(replyTo -> new DaemonCommand.StopDevice("copy0", replyTo));
            assertThat(daemon.status("copy0").state()).isEqualTo(DeviceState.STOPPED);
        }
    }

    @Test
    void shouldRestartTheDeviceAndKeepTheGuestWhenAQueueFailsTooOften() {
        factory.handling = (queue, chain) -> {
            if (factory.opened.get() == 1) {
                throw new IllegalStateException("the test wants this to fail");
            }
            CopyFactory.copy(queue, chain);
        };
        try (TestDaemon daemon = TestDaemon.start(EventLoopConfig.Choice.EPOLL)) {
            daemon.add(spec(2, 5, ms(1), ms(1)));
            try (GuestRig guest = GuestRig.connect(socket(), GuestRig.Shape.split())) {
                assertThat(guest.queue(0).roundTrip(HELLO, 5)).isEqualTo(HELLO);
                assertThat(factory.opened).hasValue(2);
                assertThat(daemon.status("copy0").queues().getFirst().restarts())
                        .isEqualTo(2);
            }
        }
    }

    @Test
    void shouldAnswerARestartWhenTheQueuesCannotBeOpened() {
        try (TestDaemon daemon = TestDaemon.start(EventLoopConfig.Choice.EPOLL)) {
            daemon.add(spec(1, 1, ms(1), ms(1)));
            try (GuestRig guest = GuestRig.connect(socket(), GuestRig.Shape.split())) {
                assertThat(guest.queue(0).roundTrip(HELLO, 5)).isEqualTo(HELLO);
                factory.queueOpening = _ -> {
                    throw new IllegalStateException("the test wants this to fail");
                };
                assertThat(daemon.restart("copy0")).isEqualTo(new Outcome.Done(""));
                daemon.awaitState("copy0", DeviceState.QUARANTINED);

                factory.queueOpening = _ -> {};
                assertThat(daemon.<Outcome>ask(replyTo -> new DaemonCommand.StartDevice("copy0", replyTo)))
                        .isEqualTo(new Outcome.Done(""));
                assertThat(guest.queue(0).roundTrip(HELLO, 5)).isEqualTo(HELLO);
            }
        }
    }

    @Test
    void shouldAnswerBothWhenTwoShutDownAtOnce() throws Exception {
        try (TestDaemon daemon = TestDaemon.start(EventLoopConfig.Choice.EPOLL)) {
            daemon.add(spec(3, 3, ms(1), ms(1)));
            CompletionStage<Outcome> first = daemon.system().shutDown();
            CompletionStage<Outcome> second = daemon.system().shutDown();
            assertThat(first.toCompletableFuture().get(20, TimeUnit.SECONDS)).isEqualTo(new Outcome.Done(""));
            assertThat(second.toCompletableFuture().get(20, TimeUnit.SECONDS)).isEqualTo(new Outcome.Done(""));
            daemon.system().daemon().getWhenTerminated().toCompletableFuture().get(20, TimeUnit.SECONDS);
        }
    }

    @Test
    void shouldAnswerBothWhenTwoRemoveADeviceAtOnce() throws Exception {
        try (TestDaemon daemon = TestDaemon.start(EventLoopConfig.Choice.EPOLL)) {
            daemon.add(spec(3, 3, ms(1), ms(1)));
            CompletionStage<Outcome> first = remove(daemon);
            CompletionStage<Outcome> second = remove(daemon);
            assertThat(first.toCompletableFuture().get(20, TimeUnit.SECONDS)).isEqualTo(new Outcome.Done(""));
            assertThat(second.toCompletableFuture().get(20, TimeUnit.SECONDS)).isNotNull();
        }
    }

    @Test
    void shouldAnswerACommandWhenTheDeviceIsRemovedBeforeItsTurnComes() throws Exception {
        try (TestDaemon daemon = TestDaemon.start(EventLoopConfig.Choice.EPOLL)) {
            daemon.add(spec(3, 3, ms(1), ms(1)));
            CompletionStage<Outcome> removed = remove(daemon);
            CompletionStage<Outcome> restarted = AskPattern.ask(
                    daemon.system().daemon(),
                    replyTo -> new DaemonCommand.RestartDevice("copy0", replyTo),
                    PATIENCE,
                    daemon.system().daemon().scheduler());
            assertThat(removed.toCompletableFuture().get(20, TimeUnit.SECONDS)).isEqualTo(new Outcome.Done(""));
            assertThat(restarted.toCompletableFuture().get(20, TimeUnit.SECONDS))
                    .isInstanceOf(Outcome.Refused.class);
        }
    }

    private static CompletionStage<Outcome> remove(TestDaemon daemon) {
        return AskPattern.ask(
                daemon.system().daemon(),
                replyTo -> new DaemonCommand.RemoveDevice("copy0", replyTo),
                PATIENCE,
                daemon.system().daemon().scheduler());
    }

    @Test
    void shouldNameThePeerInPlainWordsWhenAFrontEndIsConnected() {
        try (TestDaemon daemon = TestDaemon.start(EventLoopConfig.Choice.EPOLL)) {
            daemon.add(spec(3, 3, ms(1), ms(1)));
            try (GuestRig guest = GuestRig.connect(socket(), GuestRig.Shape.split())) {
                assertThat(guest.queue(0).roundTrip(HELLO, 5)).isEqualTo(HELLO);
                assertThat(daemon.status("copy0").connection())
                        .hasValueSatisfying(peer -> assertThat(peer)
                                .matches("process " + ProcessHandle.current().pid() + " \\(user \\d+\\)"));
            }
        }
    }
}
