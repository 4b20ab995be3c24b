package dev.troupe.devices.blk;

import static org.assertj.core.api.Assertions.assertThat;

import dev.troupe.actors.daemon.DaemonCommand;
import dev.troupe.actors.daemon.Outcome;
import dev.troupe.actors.testing.GuestRig;
import dev.troupe.actors.testing.MemoryVault;
import dev.troupe.actors.testing.TestDaemon;
import dev.troupe.actors.vault.Inheritance;
import dev.troupe.actors.vault.Vault;
import dev.troupe.devices.testing.TestSettings;
import dev.troupe.transport.loop.EventLoopConfig;
import dev.troupe.transport.sys.EventFd;
import dev.troupe.transport.testing.LeakCheck;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Map;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** What a guest finds on a disk in memory while its device comes and goes, in a daemon behind a real socket. */
@ExtendWith(LeakCheck.class)
class MemoryDiskLifeTest {
    private static final long SECTOR = 7;
    private static final byte[] DATA = BlkRequests.pattern(11, BlkWire.SECTOR_BYTES);

    @TempDir
    Path folder = Path.of("");

    @ParameterizedTest
    @CsvSource({"IO_URING, false", "IO_URING, true", "EPOLL, false", "EPOLL, true"})
    void shouldFindWhatWasWrittenWhenTheDeviceHasBeenRestarted(EventLoopConfig.Choice choice, boolean packed) {
        try (TestDaemon daemon = TestDaemon.start(choice);
                GuestRig guest = start(daemon, "disk0", packed)) {
            write(guest);
            assertThat(daemon.restart("disk0")).isInstanceOf(Outcome.Done.class);

            assertThat(read(guest)).isEqualTo(DATA);
        }
    }

    @ParameterizedTest
    @CsvSource({"IO_URING, false", "EPOLL, true"})
    void shouldFindWhatWasWrittenWhenTheDeviceHasBeenStoppedForAWhile(EventLoopConfig.Choice choice, boolean packed) {
        try (TestDaemon daemon = TestDaemon.start(choice);
                GuestRig guest = start(daemon, "disk0", packed)) {
            write(guest);
            daemon.<Outcome>ask(replyTo -> new DaemonCommand.StopDevice("disk0", replyTo));
            daemon.<Outcome>ask(replyTo -> new DaemonCommand.StartDevice("disk0", replyTo));

            assertThat(read(guest)).isEqualTo(DATA);
        }
    }

    @ParameterizedTest
    @CsvSource({"IO_URING, false", "EPOLL, true"})
    void shouldFindWhatWasWrittenWhenTheDaemonHasDied(EventLoopConfig.Choice choice, boolean packed) {
        MemoryVault vault = new MemoryVault();
        TestDaemon first = TestDaemon.start(choice, vault, Inheritance.empty());
        try (vault;
                GuestRig guest = start(first, "disk0", packed)) {
            write(guest);
            first.die(vault);
            try (TestDaemon second = TestDaemon.start(choice, vault, vault.inheritance())) {
                add(second, "disk0");
                assertThat(read(guest)).isEqualTo(DATA);
                assertThat(second.status("disk0").violations()).isZero();
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"IO_URING, false", "EPOLL, true"})
    void shouldFindWhatWasWrittenWhenTheDaemonHasHandedOver(EventLoopConfig.Choice choice, boolean packed) {
        TestDaemon first = TestDaemon.start(choice);
        try (GuestRig guest = start(first, "disk0", packed)) {
            write(guest);
            try (TestDaemon second = TestDaemon.start(choice, Vault.none(), first.handOver())) {
                add(second, "disk0");
                first.leave();
                assertThat(read(guest)).isEqualTo(DATA);
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"IO_URING, false", "EPOLL, true"})
    void shouldFindZerosWhenTheDeviceHasBeenRemovedAndAddedAgain(EventLoopConfig.Choice choice, boolean packed) {
        try (TestDaemon daemon = TestDaemon.start(choice)) {
            try (GuestRig guest = start(daemon, "disk0", packed)) {
                write(guest);
            }
            Outcome removed = daemon.ask(replyTo -> new DaemonCommand.RemoveDevice("disk0", replyTo));
            assertThat(removed).isInstanceOf(Outcome.Done.class);
            try (GuestRig guest = start(daemon, "disk0", packed)) {
                assertThat(read(guest)).containsOnly(0);
            }
        }
    }

    @ParameterizedTest
    @CsvSource({"IO_URING, false", "IO_URING, true", "EPOLL, false", "EPOLL, true"})
    void shouldBreakTheQueueAloneWhenTheGuestsMemoryIsTruncatedUnderIt(EventLoopConfig.Choice choice, boolean packed) {
        try (TestDaemon daemon = TestDaemon.start(choice);
                GuestRig victim = start(daemon, "disk0", packed);
                GuestRig neighbour = start(daemon, "disk1", packed)) {
            write(victim);
            write(neighbour);
            victim.memory().truncate(0);
            EventFd.signal(victim.queue(0).fds().kick());

            GuestRig.await(
                    "the queue to be broken", () -> queueState(daemon, "disk0").equals("broken"));
            assertThat(read(neighbour)).isEqualTo(DATA);
            assertThat(queueState(daemon, "disk1")).isEqualTo("running");
            assertThat(daemon.status("disk0").restarts()).isZero();
            assertThat(victim.frontEnd().getFeatures()).isNotZero();
        }
    }

    private Path add(TestDaemon daemon, String name) {
        BlkFactory factory = new BlkFactory();
        Path socket = folder.resolve(name + ".sock");
        Map<String, Object> values = TestSettings.of(factory, Map.of("back-end", "memory", "size", 1L << 20))
                .values();
        daemon.add(TestDaemon.spec(name, factory, values, socket));
        return socket;
    }

    private GuestRig start(TestDaemon daemon, String name, boolean packed) {
        Path socket = add(daemon, name);
        return GuestRig.connect(socket, GuestRig.Shape.packed(packed).withFeatures(BlkWire.VIRTIO_BLK_F_FLUSH));
    }

    private static String queueState(TestDaemon daemon, String name) {
        return daemon.status(name).queues().getFirst().state();
    }

    private static void write(GuestRig guest) {
        assertThat(guest.queue(0).roundTrip(BlkRequests.write(SECTOR, DATA), 1))
                .containsExactly(BlkWire.VIRTIO_BLK_S_OK);
    }

    private static byte[] read(GuestRig guest) {
        byte[] answer =
                guest.queue(0).roundTrip(BlkRequests.header(BlkWire.VIRTIO_BLK_T_IN, SECTOR), BlkWire.SECTOR_BYTES + 1);
        assertThat(answer[BlkWire.SECTOR_BYTES]).isEqualTo(BlkWire.VIRTIO_BLK_S_OK);
        return Arrays.copyOf(answer, BlkWire.SECTOR_BYTES);
    }
}
