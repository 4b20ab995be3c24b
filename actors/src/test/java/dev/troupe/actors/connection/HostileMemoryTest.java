package dev.troupe.actors.connection;

import static dev.troupe.actors.testing.RawPeer.bytes;
import static org.assertj.core.api.Assertions.assertThat;

import dev.troupe.actors.device.DeviceContext;
import dev.troupe.actors.device.QueueContext;
import dev.troupe.actors.testing.CopyFactory;
import dev.troupe.actors.testing.GuestRig;
import dev.troupe.actors.testing.RawPeer;
import dev.troupe.actors.testing.Stage;
import dev.troupe.transport.frontend.GuestMemoryFile;
import dev.troupe.transport.protocol.FrontEndRequest;
import dev.troupe.transport.protocol.RegionDescription;
import dev.troupe.transport.ring.DescriptorChain;
import dev.troupe.transport.sys.EventFd;
import dev.troupe.transport.sys.Fd;
import dev.troupe.transport.sys.HostFile;
import dev.troupe.transport.sys.MemFd;
import dev.troupe.transport.sys.SocketFd;
import dev.troupe.transport.testing.LeakCheck;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Memory tables, regions and dirty logs that no honest front end hands over. */
@ExtendWith(LeakCheck.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class HostileMemoryTest {

    private static final int DUPLICATE_TABLES = 5_000;
    private static final int MANY_REGIONS = 509;
    private static final long MIB = 1L << 20;
    private static final byte[] HELLO = {'h', 'e', 'l', 'l', 'o'};

    private Stage stage;

    @BeforeAll
    void open(@TempDir Path folder) {
        stage = Stage.open(folder);
    }

    @AfterEach
    void nothingElseIsHarmed() {
        stage.victim().handling = CopyFactory::copy;
        stage.expectUnharmed();
    }

    @AfterAll
    void close() {
        stage.close();
    }

    /** A table of regions; the file of each is the same, one mebibyte long. */
    record BadTable(String what, List<Number> payload, int fds, String reason) {
        @Override
        public String toString() {
            return what;
        }
    }

    static Stream<BadTable> badTables() {
        long top = Long.MAX_VALUE;
        return Stream.of(
                table("nine regions", 9, 0, "9 regions", region(0, MIB, 0, 0)),
                table("2^31 regions", Integer.MIN_VALUE, 1, "2147483648 regions", region(0, MIB, 0, 0)),
                table("more regions than bytes", 2, 2, "bytes", region(0, MIB, 0, 0)),
                table("more descriptors than regions", 1, 2, "descriptors", region(0, MIB, 0, 0)),
                table("an empty region", 1, 1, "size is not positive", region(0, 0, 0, 0)),
                table("a region of 2^63 bytes", 1, 1, "size is not positive", region(0, Long.MIN_VALUE, 0, 0)),
                table("a guest address that wraps", 1, 1, "wraps", region(-4096, MIB, 0, 0)),
                table("a guest address at the top", 1, 1, "wraps", region(top - 4095, MIB, 0, 0)),
                table("a user address that wraps", 1, 1, "wraps", region(0, MIB, -4096, 0)),
                table("an offset that wraps", 1, 1, "wraps", region(0, MIB, 0, -4096)),
                table("an offset at the top", 1, 1, "wraps", region(0, MIB, 0, top - 4095)),
                table("a region beyond its file", 1, 1, "beyond its file", region(0, MIB + 1, 0, 0)),
                table("an offset beyond the file", 1, 1, "beyond its file", region(0, 4096, 0, MIB)),
                table(
                        "guest addresses that overlap",
                        2,
                        2,
                        "overlap",
                        region(0, 8192, 0x10_0000, 0),
                        region(4096, 8192, 0x20_0000, 0)),
                table(
                        "user addresses that overlap",
                        2,
                        2,
                        "overlap",
                        region(0, 8192, 0x10_0000, 0),
                        region(8192, 8192, 0x10_1000, 0)));
    }

    private static BadTable table(String what, int count, int fds, String reason, Number[]... regions) {
        Stream<Number> all =
                Stream.concat(Stream.of(count, 0), Arrays.stream(regions).flatMap(Arrays::stream));
        return new BadTable(what, all.toList(), fds, reason);
    }

    private static Number[] region(long guest, long size, long user, long offset) {
        return new Number[] {guest, size, user, offset};
    }

    @ParameterizedTest
    @MethodSource("badTables")
    void shouldKeepTheTableBeforeWhenTheNewOneIsBad(BadTable table) {
        try (GuestRig guest = stage.guest(GuestRig.Shape.split());
                Fd file = MemFd.create("table", MIB, false)) {
            long before = stage.status().violations();
            Fd[] fds = Stream.generate(() -> file).limit(table.fds()).toArray(Fd[]::new);
            assertThat(RawPeer.over(guest.frontEnd())
                            .refuses(
                                    FrontEndRequest.SET_MEM_TABLE,
                                    bytes(table.payload().toArray(Number[]::new)),
                                    fds))
                    .isTrue();
            stage.expectViolation(before, "SET_MEM_TABLE", table.reason());
            assertThat(guest.queue(0).roundTrip(HELLO, 5)).isEqualTo(HELLO);
        }
    }

    @Test
    void shouldKeepTheTableBeforeWhenADescriptorCannotBeMapped(@TempDir Path folder) {
        List<Fd> wrong = new ArrayList<>(SocketFd.pair());
        wrong.add(EventFd.create());
        wrong.add(HostFile.open(folder));
        wrong.add(HostFile.open(Path.of("/dev/zero")));
        try (GuestRig guest = stage.guest(GuestRig.Shape.split())) {
            for (Fd fd : wrong) {
                long before = stage.status().violations();
                byte[] payload = bytes(1, 0, 0L, 4096L, 0L, 0L);
                assertThat(RawPeer.over(guest.frontEnd()).refuses(FrontEndRequest.SET_MEM_TABLE, payload, fd))
                        .isTrue();
                stage.expectViolation(before, "SET_MEM_TABLE");
            }
            assertThat(guest.queue(0).roundTrip(HELLO, 5)).isEqualTo(HELLO);
        } finally {
            wrong.forEach(Fd::close);
        }
    }

    @Test
    void shouldRefuseARegionWhenWholePagesOfItOverflow() {
        try (GuestRig guest = stage.guest(GuestRig.Shape.split());
                Fd file = MemFd.create("endless", Long.MAX_VALUE, false)) {
            long before = stage.status().violations();
            byte[] payload = bytes(1, 0, 0L, Long.MAX_VALUE, 0L, 0L);
            assertThat(RawPeer.over(guest.frontEnd()).refuses(FrontEndRequest.SET_MEM_TABLE, payload, file))
                    .isTrue();
            stage.expectViolation(before, "SET_MEM_TABLE", "ENOMEM");
            assertThat(guest.queue(0).roundTrip(HELLO, 5)).isEqualTo(HELLO);
        }
    }

    @Test
    void shouldLeakNothingWhenTheSameTableComesThousandsOfTimes() {
        try (GuestRig guest = stage.guest(GuestRig.Shape.split())) {
            LeakCheck.Snapshot before = LeakCheck.snapshot();
            long actors = stage.actors();
            for (int i = 0; i < DUPLICATE_TABLES; i++) {
                guest.setMemory();
            }
            assertThat(LeakCheck.leakedSince(before)).isEmpty();
            assertThat(stage.actors()).isEqualTo(actors);
            assertThat(guest.queue(0).roundTrip(HELLO, 5)).isEqualTo(HELLO);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldFinishRequestsInTheOldMemoryWhenTheTableIsReplacedUnderThem(boolean packed) {
        ConcurrentLinkedQueue<Runnable> held = new ConcurrentLinkedQueue<>();
        stage.victim().handling = (queue, chain) -> hold(held, queue, chain);
        try (GuestRig guest = stage.guest(GuestRig.Shape.packed(packed))) {
            GuestRig.Request request = guest.queue(0).submit(HELLO, 5);
            GuestRig.await("the request to arrive", () -> !held.isEmpty());
            Thread swapping = Thread.ofPlatform().start(guest::setMemory);
            DeviceContext context = Objects.requireNonNull(stage.victim().context);
            context.loop().execute(Objects.requireNonNull(held.poll()));
            assertThat(request.await()).isEqualTo(HELLO);
            join(swapping);
            stage.victim().handling = CopyFactory::copy;
            assertThat(guest.queue(0).roundTrip(HELLO, 5)).isEqualTo(HELLO);
        }
    }

    private static void hold(ConcurrentLinkedQueue<Runnable> held, QueueContext queue, DescriptorChain chain) {
        held.add(() -> CopyFactory.copy(queue, chain));
    }

    private static void join(Thread thread) {
        GuestRig.await("a thread to end", () -> !thread.isAlive());
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldStopTheQueueAloneWhenTheNewTableLacksTheRing(boolean packed) {
        try (GuestRig guest = stage.guest(GuestRig.Shape.packed(packed));
                Fd file = MemFd.create("elsewhere", MIB, false)) {
            long before = stage.status().violations();
            guest.frontEnd().setMemTable(List.of(new RegionDescription(0, MIB, 0x1000, 0)), List.of(file));
            stage.expectViolation(before, "queue 0 stopped");
            expectBroken();
            guest.setMemory();
            guest.recover(0);
            assertThat(guest.queue(0).roundTrip(HELLO, 5)).isEqualTo(HELLO);
        }
    }

    private void expectBroken() {
        GuestRig.await(
                "the queue to be broken",
                () -> stage.status().queues().getFirst().state().equals("broken"));
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldStopTheQueueAloneWhenTheRegionOfItsRingIsRemoved(boolean packed) {
        try (GuestRig guest = stage.guest(GuestRig.Shape.packed(packed))) {
            long before = stage.status().violations();
            GuestMemoryFile.Region region = guest.memory().regions().getFirst();
            guest.frontEnd().removeMemRegion(describe(region));
            stage.expectViolation(before, "queue 0 stopped");
            guest.frontEnd().addMemRegion(describe(region), guest.memory().fd());
            guest.recover(0);
            assertThat(guest.queue(0).roundTrip(HELLO, 5)).isEqualTo(HELLO);
        }
    }

    private static RegionDescription describe(GuestMemoryFile.Region region) {
        return new RegionDescription(
                region.guestAddress(), region.sizeBytes(), region.userAddress(), region.mmapOffset());
    }

    @Test
    void shouldRefuseARegionWhenItIsThereAlready() {
        try (GuestRig guest = stage.guest(GuestRig.Shape.split())) {
            long before = stage.status().violations();
            GuestMemoryFile.Region region = guest.memory().regions().getFirst();
            byte[] payload =
                    bytes(0L, region.guestAddress(), region.sizeBytes(), region.userAddress(), region.mmapOffset());
            assertThat(RawPeer.over(guest.frontEnd())
                            .refuses(
                                    FrontEndRequest.ADD_MEM_REG,
                                    payload,
                                    guest.memory().fd()))
                    .isTrue();
            stage.expectViolation(before, "ADD_MEM_REG", "overlap");
            assertThat(guest.queue(0).roundTrip(HELLO, 5)).isEqualTo(HELLO);
        }
    }

    @Test
    void shouldRefuseToRemoveARegionWhenItIsNotThere() {
        try (GuestRig guest = stage.guest(GuestRig.Shape.split());
                Fd stray = EventFd.create()) {
            long before = stage.status().violations();
            RawPeer peer = RawPeer.over(guest.frontEnd());
            assertThat(peer.refuses(FrontEndRequest.REM_MEM_REG, bytes(0L, 7L, 8L, 9L, 0L)))
                    .isTrue();
            assertThat(peer.refuses(FrontEndRequest.REM_MEM_REG, bytes(0L, 7L, 8L, 9L, 0L), stray))
                    .isTrue();
            stage.expectViolation(before + 1, "REM_MEM_REG");
            assertThat(guest.queue(0).roundTrip(HELLO, 5)).isEqualTo(HELLO);
        }
    }

    @Test
    void shouldRefuseARegionWhenEverySlotIsTaken() {
        try (GuestRig guest = stage.guest(GuestRig.Shape.split());
                Fd file = MemFd.create("slots", 4096, false)) {
            RawPeer peer = RawPeer.over(guest.frontEnd());
            long before = stage.status().violations();
            for (int i = 1; i < MANY_REGIONS; i++) {
                assertThat(peer.refuses(FrontEndRequest.ADD_MEM_REG, slot(i), file))
                        .isFalse();
            }
            assertThat(peer.refuses(FrontEndRequest.ADD_MEM_REG, slot(MANY_REGIONS), file))
                    .isTrue();
            stage.expectViolation(before, "more than 509 memory regions");
            assertThat(peer.refuses(FrontEndRequest.REM_MEM_REG, slot(1), file)).isFalse();
            assertThat(guest.queue(0).roundTrip(HELLO, 5)).isEqualTo(HELLO);
        }
    }

    private static byte[] slot(int number) {
        return bytes(0L, (1L << 40) + number * 4096L, 4096L, (1L << 41) + number * 4096L, 0L);
    }

    @Test
    void shouldRefuseADirtyLogWhenItCannotBeOne() {
        try (GuestRig guest = stage.guest(GuestRig.Shape.split());
                Fd file = MemFd.create("log", 8192, false)) {
            RawPeer peer = RawPeer.over(guest.frontEnd());
            long[][] sizesAndOffsets = {
                {0, 0},
                {-1, 0},
                {Long.MAX_VALUE, 0},
                {8193, 0},
                {4096, 8192},
                {4096, -4096},
                {4096, Long.MAX_VALUE},
                {4096, 3}
            };
            for (long[] log : sizesAndOffsets) {
                long before = stage.status().violations();
                assertThat(peer.refuses(FrontEndRequest.SET_LOG_BASE, bytes(log[0], log[1]), file))
                        .isTrue();
                stage.expectViolation(before, "SET_LOG_BASE", "dirty log");
            }
            assertThat(guest.queue(0).roundTrip(HELLO, 5)).isEqualTo(HELLO);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldServeRequestsWhenTheDirtyLogIsMissingOrTooSmallOrReplaced(boolean packed) {
        try (GuestRig guest = stage.guest(GuestRig.Shape.packed(packed));
                Fd file = MemFd.create("log", 4096, false)) {
            guest.logEverything(true);
            assertThat(guest.queue(0).roundTrip(HELLO, 5)).isEqualTo(HELLO);
            for (int i = 0; i < 50; i++) {
                guest.frontEnd().setLogBase(1, 0, file);
                assertThat(guest.queue(0).roundTrip(HELLO, 5)).isEqualTo(HELLO);
            }
            guest.logEverything(false);
            assertThat(guest.queue(0).roundTrip(HELLO, 5)).isEqualTo(HELLO);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldStopTheQueueAloneWhenTheDirtyLogIsTruncated(boolean packed) {
        try (GuestRig guest = stage.guest(GuestRig.Shape.packed(packed));
                Fd file = MemFd.create("log", 1 << 16, false)) {
            long before = stage.status().violations();
            guest.frontEnd().setLogBase(1 << 16, 0, file);
            guest.logEverything(true);
            HostFile.truncate(file, 0);
            guest.queue(0).submit(HELLO, 5);
            stage.expectViolation(before, "queue 0 stopped");
            expectBroken();
            guest.logEverything(false);
            guest.recover(0);
            assertThat(guest.queue(0).roundTrip(HELLO, 5)).isEqualTo(HELLO);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldStopTheQueueAloneWhenItsMemoryIsTruncatedWithRequestsUnderWay(boolean packed) {
        ConcurrentLinkedQueue<Runnable> held = new ConcurrentLinkedQueue<>();
        stage.victim().handling = (queue, chain) -> hold(held, queue, chain);
        try (GuestRig guest = stage.guest(GuestRig.Shape.packed(packed))) {
            long before = stage.status().violations();
            guest.queue(0).submit(HELLO, 5);
            GuestRig.await("the request to arrive", () -> !held.isEmpty());
            guest.memory().truncate(0);
            DeviceContext context = Objects.requireNonNull(stage.victim().context);
            EventFd.signal(guest.queue(0).fds().kick());
            stage.expectViolation(before, "queue 0 stopped");
            context.loop().execute(Objects.requireNonNull(held.poll()));
            RawPeer.over(guest.frontEnd()).barrier();
        }
    }
}
