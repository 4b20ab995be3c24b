package dev.troupe.actors.tree;

import static org.assertj.core.api.Assertions.assertThat;

import dev.troupe.actors.daemon.DaemonCommand;
import dev.troupe.actors.daemon.DeviceSpec;
import dev.troupe.actors.daemon.DeviceState;
import dev.troupe.actors.daemon.Outcome;
import dev.troupe.actors.daemon.RestartCause;
import dev.troupe.actors.daemon.RestartNote;
import dev.troupe.actors.device.SavedState;
import dev.troupe.actors.testing.CopyFactory;
import dev.troupe.actors.testing.GuestRig;
import dev.troupe.actors.testing.MemoryVault;
import dev.troupe.actors.testing.TestDaemon;
import dev.troupe.actors.vault.Inheritance;
import dev.troupe.transport.loop.EventLoopConfig.Choice;
import dev.troupe.transport.protocol.Bytes;
import dev.troupe.transport.testing.LeakCheck;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.EnumSource;

/** One daemon goes and the next one takes its guests up, over the sockets that the first one opened. */
@ExtendWith(LeakCheck.class)
class SuccessionTest {

    private static final byte[] HELLO = {'h', 'e', 'l', 'l', 'o'};

    @TempDir
    Path folder;

    private final CopyFactory factory = new CopyFactory();

    @AutoClose
    private final MemoryVault vault = new MemoryVault();

    private Path socket() {
        return folder.resolve("copy0.sock");
    }

    private TestDaemon start(Choice choice, Inheritance inheritance) {
        TestDaemon daemon = TestDaemon.start(choice, vault, inheritance);
        daemon.add(TestDaemon.spec("copy0", factory, Map.of(), socket()));
        return daemon;
    }

    @ParameterizedTest
    @CsvSource({"IO_URING, false", "IO_URING, true", "EPOLL, false", "EPOLL, true"})
    void shouldGoOnWithTheGuestWhenTheDaemonHasDied(Choice choice, boolean packed) {
        AtomicInteger arrived = new AtomicInteger();
        TestDaemon first = start(choice, Inheritance.empty());
        try (GuestRig guest = GuestRig.connect(socket(), GuestRig.Shape.packed(packed))) {
            assertThat(guest.queue(0).roundTrip(HELLO, 16)).isEqualTo(HELLO);
            factory.handling = (_, _) -> arrived.incrementAndGet();
            GuestRig.Request unfinished = guest.queue(0).submit(HELLO, 16);
            GuestRig.await("the request to arrive", () -> arrived.get() == 1);
            first.die(vault);
            factory.handling = CopyFactory::copy;
            try (TestDaemon second = start(choice, vault.inheritance())) {
                assertThat(unfinished.await()).isEqualTo(HELLO);
                assertThat(guest.queue(0).roundTrip(HELLO, 16)).isEqualTo(HELLO);
                assertThat(guest.frontEnd().getConfig(0, 8).lengthBytes()).isEqualTo(8);
                assertThat(second.status("copy0").violations()).isZero();
                assertThat(second.status("copy0").lastRestarts())
                        .extracting(RestartNote::cause)
                        .containsExactly(RestartCause.CRASH);
            }
        }
        assertThat(vault.kinds()).isEmpty();
        assertThat(Files.exists(socket())).isFalse();
    }

    @ParameterizedTest
    @EnumSource(names = {"IO_URING", "EPOLL"})
    void shouldGiveTheNextDeviceTheStateOfTheOneBeforeWhenTheDaemonHasDied(Choice choice) {
        SavedState chosen = SavedState.of(1, (byte) 42);
        TestDaemon first = start(choice, Inheritance.empty());
        try (GuestRig guest = GuestRig.connect(socket(), GuestRig.Shape.split())) {
            factory.state = chosen;
            guest.frontEnd().setConfig(0, 0, Bytes.of((byte) 1));
            // Answered after it has been obeyed.
            assertThat(guest.frontEnd().getConfig(0, 1).lengthBytes()).isEqualTo(1);
            first.die(vault);
            try (TestDaemon second = start(choice, vault.inheritance())) {
                assertThat(second.status("copy0").state()).isEqualTo(DeviceState.RUNNING);
                assertThat(factory.loaded).isEqualTo(chosen);
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"IO_URING, false", "IO_URING, true", "EPOLL, false", "EPOLL, true"})
    void shouldGoOnWithTheGuestWhenTheDaemonHandedOver(Choice choice, boolean packed) {
        AtomicInteger arrived = new AtomicInteger();
        TestDaemon first = start(choice, Inheritance.empty());
        try (GuestRig guest = GuestRig.connect(socket(), GuestRig.Shape.packed(packed))) {
            assertThat(guest.queue(0).roundTrip(HELLO, 16)).isEqualTo(HELLO);
            factory.handling = (_, _) -> arrived.incrementAndGet();
            GuestRig.Request unfinished = guest.queue(0).submit(HELLO, 16);
            GuestRig.await("the request to arrive", () -> arrived.get() == 1);
            Inheritance everything = first.handOver();
            assertThat(factory.closed).hasValue(1);
            factory.handling = CopyFactory::copy;
            GuestRig.Request waiting = guest.queue(0).submit(HELLO, 16);
            try (TestDaemon second = start(choice, everything)) {
                first.leave();
                assertThat(Files.exists(socket())).isTrue();
                assertThat(unfinished.await()).isEqualTo(HELLO);
                assertThat(waiting.await()).isEqualTo(HELLO);
                assertThat(guest.frontEnd().getFeatures()).isNotZero();
                assertThat(second.status("copy0").lastRestarts())
                        .extracting(RestartNote::cause)
                        .containsExactly(RestartCause.HAND_OVER);
            }
        }
        assertThat(vault.kinds()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"IO_URING, false", "IO_URING, true", "EPOLL, false", "EPOLL, true"})
    void shouldGoOnAsBeforeWhenThereIsNoSuccessorAfterAll(Choice choice, boolean packed) {
        AtomicInteger arrived = new AtomicInteger();
        try (TestDaemon daemon = start(choice, Inheritance.empty());
                GuestRig guest = GuestRig.connect(socket(), GuestRig.Shape.packed(packed))) {
            assertThat(guest.queue(0).roundTrip(HELLO, 16)).isEqualTo(HELLO);
            factory.handling = (_, _) -> arrived.incrementAndGet();
            GuestRig.Request unfinished = guest.queue(0).submit(HELLO, 16);
            GuestRig.await("the request to arrive", () -> arrived.get() == 1);
            daemon.handOver().close();
            factory.handling = CopyFactory::copy;
            assertThat(daemon.resume()).isEqualTo(new Outcome.Done(""));
            assertThat(unfinished.await()).isEqualTo(HELLO);
            assertThat(guest.queue(0).roundTrip(HELLO, 16)).isEqualTo(HELLO);
            assertThat(guest.frontEnd().getFeatures()).isNotZero();
            assertThat(daemon.status("copy0").state()).isEqualTo(DeviceState.RUNNING);
        }
    }

    @ParameterizedTest
    @CsvSource({"IO_URING", "EPOLL"})
    void shouldServeTheNextFrontEndWhenTheSocketWasTakenUp(Choice choice) {
        TestDaemon first = start(choice, Inheritance.empty());
        first.die(vault);
        try (TestDaemon second = start(choice, vault.inheritance());
                GuestRig guest = GuestRig.connect(socket(), GuestRig.Shape.split())) {
            assertThat(guest.queue(0).roundTrip(HELLO, 16)).isEqualTo(HELLO);
            assertThat(second.status("copy0").violations()).isZero();
        }
    }

    @ParameterizedTest
    @CsvSource({"IO_URING", "EPOLL"})
    void shouldGoOnWithTheGuestWhenNobodyElseCanComeAnyMore(Choice choice) throws IOException {
        Path directory = Files.createDirectory(folder.resolve("run"));
        Path socket = directory.resolve("copy0.sock");
        DeviceSpec spec = TestDaemon.spec("copy0", factory, Map.of(), socket);
        TestDaemon first = TestDaemon.start(choice, vault, Inheritance.empty());
        first.add(spec);
        try (GuestRig guest = GuestRig.connect(socket, GuestRig.Shape.split())) {
            assertThat(guest.queue(0).roundTrip(HELLO, 16)).isEqualTo(HELLO);
            first.die(vault);
            Files.delete(socket);
            Files.delete(directory);
            try (TestDaemon second = TestDaemon.start(choice, vault, vault.inheritance())) {
                second.add(spec);
                assertThat(guest.queue(0).roundTrip(HELLO, 16)).isEqualTo(HELLO);
                assertThat(second.status("copy0").connection()).isPresent();
                Files.createDirectory(directory);
                guest.disconnect();
                GuestRig.await("the socket to be there", () -> Files.exists(socket));
                try (GuestRig next = GuestRig.connect(socket, GuestRig.Shape.split())) {
                    assertThat(next.queue(0).roundTrip(HELLO, 16)).isEqualTo(HELLO);
                }
            }
        }
        assertThat(vault.kinds()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({"IO_URING", "EPOLL"})
    void shouldKeepNothingOfAConnectionWhenItHasEnded(Choice choice) {
        try (TestDaemon daemon = start(choice, Inheritance.empty())) {
            try (GuestRig guest = GuestRig.connect(socket(), GuestRig.Shape.split())) {
                assertThat(guest.queue(0).roundTrip(HELLO, 16)).isEqualTo(HELLO);
                assertThat(vault.kinds())
                        .contains("copy0.call", "copy0.kick", "copy0.mem", "copy0.record", "copy0.socket");
            }
            GuestRig.await(
                    "the disconnection",
                    () -> daemon.status("copy0").connection().isEmpty());
            assertThat(vault.kinds()).containsExactly("copy0.listener", "copy0.record");
            daemon.<Outcome>ask(replyTo -> new DaemonCommand.RemoveDevice("copy0", replyTo));
            assertThat(vault.kinds()).isEmpty();
        }
    }

    @ParameterizedTest
    @CsvSource({"IO_URING", "EPOLL"})
    void shouldLetGoOfADeviceWhenItIsNotConfiguredAnyMore(Choice choice) {
        TestDaemon first = start(choice, Inheritance.empty());
        try (GuestRig guest = GuestRig.connect(socket(), GuestRig.Shape.split())) {
            assertThat(guest.queue(0).roundTrip(HELLO, 16)).isEqualTo(HELLO);
            first.die(vault);
            try (TestDaemon second = TestDaemon.start(choice, vault, vault.inheritance())) {
                assertThat(second.<Outcome>ask(DaemonCommand.SettleInheritance::new))
                        .isEqualTo(new Outcome.Done(""));
                assertThat(vault.kinds()).isEmpty();
            }
        }
    }

    @Test
    void shouldObeyTheFrontEndOfADeviceThatIsNotToRunUntilSomebodyStartsIt() {
        TestDaemon first = start(Choice.EPOLL, Inheritance.empty());
        try (GuestRig guest = GuestRig.connect(socket(), GuestRig.Shape.split())) {
            assertThat(guest.queue(0).roundTrip(HELLO, 16)).isEqualTo(HELLO);
            first.die(vault);
            try (TestDaemon second = TestDaemon.start(Choice.EPOLL, vault, vault.inheritance())) {
                second.add(TestDaemon.enabled(TestDaemon.spec("copy0", factory, Map.of(), socket()), false));
                assertThat(guest.frontEnd().getFeatures()).isNotZero();
                assertThat(second.<Outcome>ask(replyTo -> new DaemonCommand.StartDevice("copy0", replyTo)))
                        .isEqualTo(new Outcome.Done(""));
                assertThat(guest.queue(0).roundTrip(HELLO, 16)).isEqualTo(HELLO);
            }
        }
    }
}
