package dev.troupe.actors.tree;

import static org.assertj.core.api.Assertions.assertThat;

import dev.troupe.actors.daemon.DaemonCommand;
import dev.troupe.actors.daemon.DeviceState;
import dev.troupe.actors.daemon.Outcome;
import dev.troupe.actors.device.DeviceContext;
import dev.troupe.actors.device.QueueContext;
import dev.troupe.actors.device.ReplayRule;
import dev.troupe.actors.testing.CopyFactory;
import dev.troupe.actors.testing.GuestRig;
import dev.troupe.actors.testing.TestDaemon;
import dev.troupe.transport.loop.EventLoopConfig;
import dev.troupe.transport.protocol.Bytes;
import dev.troupe.transport.ring.DescriptorChain;
import dev.troupe.transport.testing.LeakCheck;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A device's life through a real socket, over both rings and both kinds of event loop. */
@ExtendWith(LeakCheck.class)
class DeviceLifeTest {

    private static final byte[] HELLO = {'h', 'e', 'l', 'l', 'o'};

    @TempDir
    Path folder;

    private final CopyFactory factory = new CopyFactory();

    @ParameterizedTest
    @CsvSource({"IO_URING, false", "IO_URING, true", "EPOLL, false", "EPOLL, true"})
    void shouldServeRequestsWhenAGuestSendsThem(EventLoopConfig.Choice choice, boolean packed) {
        try (TestDaemon daemon = start(choice);
                GuestRig guest = GuestRig.connect(socket(), GuestRig.Shape.packed(packed))) {
            assertThat(guest.queue(0).roundTrip(HELLO, 16)).isEqualTo(HELLO);
            assertThat(daemon.status("copy0").queues().getFirst().requests()).isEqualTo(1);
            assertThat(daemon.status("copy0").queues().getFirst().layout()).isEqualTo(packed ? "packed" : "split");
        }
    }

    @ParameterizedTest
    @CsvSource({"IO_URING, false", "IO_URING, true", "EPOLL, false", "EPOLL, true"})
    void shouldServeEveryQueueWhenThereAreSeveral(EventLoopConfig.Choice choice, boolean packed) {
        try (TestDaemon daemon = start(choice);
                GuestRig guest =
                        GuestRig.connect(socket(), GuestRig.Shape.packed(packed).withQueues(4))) {
            for (int i = 0; i < 4; i++) {
                assertThat(guest.queue(i).roundTrip(HELLO, 16)).isEqualTo(HELLO);
            }
            assertThat(daemon.status("copy0").queues()).hasSize(4);
        }
    }

    @ParameterizedTest
    @CsvSource({"IO_URING, false", "IO_URING, true", "EPOLL, false", "EPOLL, true"})
    void shouldKeepTheGuestConnectedWhenTheDeviceIsRestarted(EventLoopConfig.Choice choice, boolean packed) {
        try (TestDaemon daemon = start(choice);
                GuestRig guest = GuestRig.connect(socket(), GuestRig.Shape.packed(packed))) {
            for (int i = 0; i < 20; i++) {
                assertThat(guest.queue(0).roundTrip(HELLO, 16)).isEqualTo(HELLO);
                assertThat(daemon.restart("copy0")).isInstanceOf(Outcome.Done.class);
            }
            assertThat(guest.queue(0).roundTrip(HELLO, 16)).isEqualTo(HELLO);
            assertThat(factory.opened).hasValue(21);
            assertThat(factory.closed).hasValue(20);
            assertThat(daemon.status("copy0").restarts()).isEqualTo(20);
        }
    }

    @ParameterizedTest
    @CsvSource({"IO_URING, false", "IO_URING, true", "EPOLL, false", "EPOLL, true"})
    void shouldRepeatUnfinishedRequestsWhenAHandlerFails(EventLoopConfig.Choice choice, boolean packed) {
        AtomicInteger failures = new AtomicInteger(2);
        factory.handling = (queue, chain) -> {
            if (failures.getAndDecrement() > 0) {
                throw new IllegalStateException("the test wants this to fail");
            }
            CopyFactory.copy(queue, chain);
        };
        try (TestDaemon daemon = start(choice);
                GuestRig guest = GuestRig.connect(socket(), GuestRig.Shape.packed(packed))) {
            GuestRig.Request first = guest.queue(0).submit(HELLO, 16);
            GuestRig.Request second = guest.queue(0).submit(HELLO, 16);
            assertThat(first.await()).isEqualTo(HELLO);
            assertThat(second.await()).isEqualTo(HELLO);
            assertThat(daemon.status("copy0").queues().getFirst().restarts()).isEqualTo(2);
            assertThat(factory.opened).hasValue(1);
        }
    }

    @ParameterizedTest
    @CsvSource({"IO_URING, false", "IO_URING, true"})
    void shouldNotRepeatRequestsWhenTheDeviceForbidsIt(EventLoopConfig.Choice choice, boolean packed) {
        factory.replayRule = ReplayRule.ONCE;
        factory.handling = (_, _) -> {
            throw new IllegalStateException("the test wants this to fail");
        };
        try (TestDaemon daemon = start(choice);
                GuestRig guest = GuestRig.connect(socket(), GuestRig.Shape.packed(packed))) {
            assertThat(guest.queue(0).roundTrip(HELLO, 16)).isEmpty();
            assertThat(daemon.status("copy0").queues().getFirst().errors()).isEqualTo(1);
        }
    }

    @ParameterizedTest
    @CsvSource({"IO_URING, false", "EPOLL, true"})
    void shouldRestartTheDeviceWhenAQueueFailsTooOften(EventLoopConfig.Choice choice, boolean packed) {
        factory.handling = (queue, chain) -> {
            if (factory.opened.get() < 2) {
                throw new IllegalStateException("the test wants this to fail");
            }
            CopyFactory.copy(queue, chain);
        };
        try (TestDaemon daemon = start(choice);
                GuestRig guest = GuestRig.connect(socket(), GuestRig.Shape.packed(packed))) {
            assertThat(guest.queue(0).roundTrip(HELLO, 16)).isEqualTo(HELLO);
            assertThat(factory.opened).hasValue(2);
        }
    }

    @ParameterizedTest
    @CsvSource({"IO_URING, false", "EPOLL, true"})
    void shouldQuarantineTheDeviceWhenItFailsAgainAndAgain(EventLoopConfig.Choice choice, boolean packed) {
        factory.handling = (_, _) -> {
            throw new IllegalStateException("the test wants this to fail");
        };
        try (TestDaemon daemon = start(choice);
                GuestRig guest = GuestRig.connect(socket(), GuestRig.Shape.packed(packed))) {
            GuestRig.Request request = guest.queue(0).submit(HELLO, 16);
            daemon.awaitState("copy0", DeviceState.QUARANTINED);
            factory.handling = CopyFactory::copy;
            assertThat(request.done()).isFalse();
            assertThat(daemon.<Outcome>ask(replyTo -> new DaemonCommand.StartDevice("copy0", replyTo)))
                    .isInstanceOf(Outcome.Done.class);
            assertThat(request.await()).isEqualTo(HELLO);
        }
    }

    @ParameterizedTest
    @CsvSource({"IO_URING, false", "IO_URING, true", "EPOLL, false", "EPOLL, true"})
    void shouldAnswerTheBaseOnlyWhenRequestsAreFinished(EventLoopConfig.Choice choice, boolean packed) {
        ConcurrentLinkedQueue<Runnable> held = new ConcurrentLinkedQueue<>();
        factory.handling = (queue, chain) -> hold(held, queue, chain);
        try (TestDaemon daemon = start(choice);
                GuestRig guest = GuestRig.connect(socket(), GuestRig.Shape.packed(packed))) {
            GuestRig.Request request = guest.queue(0).submit(HELLO, 16);
            GuestRig.await("the request to arrive", () -> !held.isEmpty());
            DeviceContext context = Objects.requireNonNull(factory.context);
            context.loop().execute(Objects.requireNonNull(held.poll()));
            int base = guest.frontEnd().getVringBase(0);
            assertThat(request.done()).isTrue();
            guest.start(0, base);
            factory.handling = CopyFactory::copy;
            assertThat(guest.queue(0).roundTrip(HELLO, 16)).isEqualTo(HELLO);
            assertThat(daemon.status("copy0").violations()).isZero();
        }
    }

    private static void hold(ConcurrentLinkedQueue<Runnable> held, QueueContext queue, DescriptorChain chain) {
        held.add(() -> CopyFactory.copy(queue, chain));
    }

    @ParameterizedTest
    @CsvSource({"IO_URING, false", "IO_URING, true", "EPOLL, false", "EPOLL, true"})
    void shouldFailTheQueueAloneWhenTheMemoryIsTruncated(EventLoopConfig.Choice choice, boolean packed) {
        try (TestDaemon daemon = start(choice);
                GuestRig victim = GuestRig.connect(socket(), GuestRig.Shape.packed(packed))) {
            CopyFactory other = new CopyFactory();
            daemon.add(TestDaemon.spec("copy1", other, Map.of(), folder.resolve("copy1.sock")));
            try (GuestRig neighbour = GuestRig.connect(folder.resolve("copy1.sock"), GuestRig.Shape.packed(packed))) {
                assertThat(victim.queue(0).roundTrip(HELLO, 16)).isEqualTo(HELLO);
                victim.memory().truncate(0);
                dev.troupe.transport.sys.EventFd.signal(victim.queue(0).fds().kick());
                GuestRig.await(
                        "the queue to be broken",
                        () -> daemon.status("copy0").queues().getFirst().state().equals("broken"));
                assertThat(neighbour.queue(0).roundTrip(HELLO, 16)).isEqualTo(HELLO);
                assertThat(victim.frontEnd().getFeatures()).isNotZero();
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"IO_URING", "EPOLL"})
    void shouldTurnASecondFrontEndAwayWhenOneIsConnected(EventLoopConfig.Choice choice) {
        try (TestDaemon daemon = start(choice);
                GuestRig guest = GuestRig.connect(socket(), GuestRig.Shape.split())) {
            org.assertj.core.api.Assertions.assertThatThrownBy(() ->
                            GuestRig.connect(socket(), GuestRig.Shape.split()).close())
                    .isInstanceOf(RuntimeException.class);
            assertThat(guest.queue(0).roundTrip(HELLO, 16)).isEqualTo(HELLO);
            assertThat(daemon.status("copy0").connection()).isPresent();
        }
    }

    @ParameterizedTest
    @CsvSource({"IO_URING", "EPOLL"})
    void shouldServeTheNextFrontEndWhenTheOneBeforeIsGone(EventLoopConfig.Choice choice) {
        try (TestDaemon daemon = start(choice)) {
            for (int i = 0; i < 10; i++) {
                try (GuestRig guest = GuestRig.connect(socket(), GuestRig.Shape.packed(i % 2 == 0))) {
                    assertThat(guest.queue(0).roundTrip(HELLO, 16)).isEqualTo(HELLO);
                }
                GuestRig.await(
                        "the disconnection",
                        () -> daemon.status("copy0").connection().isEmpty());
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"IO_URING", "EPOLL"})
    void shouldTryAgainWhenTheDeviceCannotBeOpened(EventLoopConfig.Choice choice) {
        factory.refusals.set(2);
        try (TestDaemon daemon = TestDaemon.start(choice)) {
            Outcome outcome = daemon.ask(replyTo ->
                    new DaemonCommand.AddDevice(TestDaemon.spec("copy0", factory, Map.of(), socket()), replyTo));
            assertThat(outcome).isEqualTo(new Outcome.Refused("copy0: the test wants this to fail"));
            daemon.awaitState("copy0", DeviceState.RUNNING);
        }
    }

    @ParameterizedTest
    @CsvSource({"IO_URING", "EPOLL"})
    void shouldLeaveRequestsInTheRingWhenTheDeviceIsStopped(EventLoopConfig.Choice choice) {
        try (TestDaemon daemon = start(choice);
                GuestRig guest = GuestRig.connect(socket(), GuestRig.Shape.split())) {
            daemon.<Outcome>ask(replyTo -> new DaemonCommand.StopDevice("copy0", replyTo));
            GuestRig.Request request = guest.queue(0).submit(HELLO, 16);
            assertThat(guest.frontEnd().getConfig(0, 8).lengthBytes()).isEqualTo(8);
            assertThat(request.done()).isFalse();
            daemon.<Outcome>ask(replyTo -> new DaemonCommand.StartDevice("copy0", replyTo));
            assertThat(request.await()).isEqualTo(HELLO);
        }
    }

    @ParameterizedTest
    @CsvSource({"IO_URING", "EPOLL"})
    void shouldCarryOutCommandsWhenAnOperatorGivesThem(EventLoopConfig.Choice choice) {
        try (TestDaemon daemon = start(choice)) {
            Outcome outcome = daemon.ask(
                    replyTo -> new DaemonCommand.CommandDevice("copy0", "paint", List.of("it", "red"), replyTo));
            assertThat(outcome).isEqualTo(new Outcome.Done("paint [it, red]"));
            Outcome unknown = daemon.ask(replyTo -> new DaemonCommand.RestartDevice("copy7", replyTo));
            assertThat(unknown).isEqualTo(new Outcome.Refused("There is no device 'copy7'."));
        }
    }

    @ParameterizedTest
    @CsvSource({"IO_URING", "EPOLL"})
    void shouldWriteTheConfigurationSpaceWhenTheFieldAllowsIt(EventLoopConfig.Choice choice) {
        try (TestDaemon daemon = start(choice);
                GuestRig guest = GuestRig.connect(socket(), GuestRig.Shape.split())) {
            guest.frontEnd().setConfig(0, 0, dev.troupe.transport.protocol.Bytes.of((byte) 9));
            assertThat(guest.frontEnd().getConfig(0, 1).toArray()).containsExactly(9);
            org.assertj.core.api.Assertions.assertThatThrownBy(
                            () -> guest.frontEnd().setConfig(3, 0, dev.troupe.transport.protocol.Bytes.of((byte) 9)))
                    .isInstanceOf(RuntimeException.class);
        }
    }

    private Path socket() {
        return folder.resolve("copy0.sock");
    }

    private TestDaemon start(EventLoopConfig.Choice choice) {
        TestDaemon daemon = TestDaemon.start(choice);
        daemon.add(TestDaemon.spec("copy0", factory, Map.of(), socket()));
        assertThat(Files.exists(socket())).isTrue();
        return daemon;
    }

    @Test
    void shouldTellTheNextDeviceWhatTheDriverDidWhileThereWasNone() {
        try (TestDaemon daemon = start(EventLoopConfig.Choice.EPOLL);
                GuestRig guest = GuestRig.connect(socket(), GuestRig.Shape.split())) {
            assertThat(daemon.<Outcome>ask(replyTo -> new DaemonCommand.StopDevice("copy0", replyTo)))
                    .isInstanceOf(Outcome.Done.class);
            guest.frontEnd().setConfig(0, 0, Bytes.of((byte) 7));
            guest.frontEnd().resetDevice();
            guest.frontEnd().setConfig(0, 0, Bytes.of((byte) 9));
            // Answered after they have been obeyed.
            assertThat(guest.frontEnd().getFeatures()).isNotZero();
            assertThat(daemon.<Outcome>ask(replyTo -> new DaemonCommand.StartDevice("copy0", replyTo)))
                    .isInstanceOf(Outcome.Done.class);

            assertThat(guest.frontEnd().getConfig(0, 1)).isEqualTo(Bytes.of((byte) 9));
            assertThat(factory.resets).hasValue(1);
            assertThat(daemon.status("copy0").violations()).isZero();
        }
    }
}
