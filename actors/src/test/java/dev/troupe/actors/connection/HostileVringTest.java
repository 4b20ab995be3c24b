package dev.troupe.actors.connection;

import static dev.troupe.actors.testing.RawPeer.bytes;
import static org.assertj.core.api.Assertions.assertThat;

import dev.troupe.actors.testing.CopyFactory;
import dev.troupe.actors.testing.GuestRig;
import dev.troupe.actors.testing.RawPeer;
import dev.troupe.actors.testing.Stage;
import dev.troupe.transport.frontend.VringAddresses;
import dev.troupe.transport.frontend.VringFds;
import dev.troupe.transport.protocol.BackEndReply;
import dev.troupe.transport.protocol.FrontEndRequest;
import dev.troupe.transport.ring.RingAreas;
import dev.troupe.transport.sys.EventFd;
import dev.troupe.transport.sys.Fd;
import dev.troupe.transport.sys.HostFile;
import dev.troupe.transport.sys.Mapping;
import dev.troupe.transport.sys.MemFd;
import dev.troupe.transport.testing.LeakCheck;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.function.Consumer;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Vring parameters, in-flight regions, configuration and orders of messages that no honest front end comes up with. */
@ExtendWith(LeakCheck.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class HostileVringTest {

    private static final byte[] HELLO = {'h', 'e', 'l', 'l', 'o'};
    private static final int INFLIGHT_BYTES = 64 * 1024;
    private static final int HOSTILE_SEEDS = 60;

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

    private void expectRefused(RawPeer peer, FrontEndRequest request, String reason, Number... payload) {
        long before = stage.status().violations();
        assertThat(peer.refuses(request, bytes(payload))).as(reason).isTrue();
        stage.expectViolation(before, request.name(), reason);
    }

    @Test
    void shouldRefuseASizeWhenNoRingCanHaveIt() {
        try (GuestRig guest = stage.guest(GuestRig.Shape.split())) {
            RawPeer peer = RawPeer.over(guest.frontEnd());
            for (int size : new int[] {0, 3, 63, 32767, 32769, 65536, Integer.MAX_VALUE, Integer.MIN_VALUE, -1}) {
                expectRefused(peer, FrontEndRequest.SET_VRING_NUM, "", 1, size);
            }
            expectRefused(peer, FrontEndRequest.SET_VRING_NUM, "the ring runs", 0, 128);
            assertThat(guest.queue(0).roundTrip(HELLO, 5)).isEqualTo(HELLO);
        }
    }

    @Test
    void shouldRefuseABaseWhenItIsNoIndexOrTheRingRuns() {
        try (GuestRig guest = stage.guest(GuestRig.Shape.split())) {
            RawPeer peer = RawPeer.over(guest.frontEnd());
            expectRefused(peer, FrontEndRequest.SET_VRING_BASE, "over 65535", 1, 65536);
            expectRefused(peer, FrontEndRequest.SET_VRING_BASE, "over 65535", 1, -1);
            expectRefused(peer, FrontEndRequest.SET_VRING_BASE, "the ring runs", 0, 5);
            assertThat(guest.queue(0).roundTrip(HELLO, 5)).isEqualTo(HELLO);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldRefuseAddressesWhenTheyAreMisalignedOrOutside(boolean packed) {
        try (GuestRig guest = stage.guest(GuestRig.Shape.packed(packed))) {
            RawPeer peer = RawPeer.over(guest.frontEnd());
            long start = guest.memory().regions().getFirst().userAddress();
            long end = start + guest.memory().regions().getFirst().sizeBytes();
            addresses(peer, "aligned", start + 8, start, start);
            addresses(peer, "aligned", start, start + 2, start);
            addresses(peer, "aligned", start, start, start + 1);
            addresses(peer, "", end, start, start);
            addresses(peer, "", start, end, start);
            addresses(peer, "", start, start, end);
            addresses(peer, "", 0, 0, 0);
            addresses(peer, "", -16, -16, -16);
            expectRefused(
                    peer, FrontEndRequest.SET_VRING_ADDR, "cannot change", 0, 0, start, start + 8192, start + 4096, 0L);
            assertThat(guest.queue(0).roundTrip(HELLO, 5)).isEqualTo(HELLO);
        }
    }

    private void addresses(RawPeer peer, String reason, long descriptors, long used, long avail) {
        expectRefused(peer, FrontEndRequest.SET_VRING_ADDR, reason, 1, 0, descriptors, used, avail, 0L);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldStopTheQueueAloneWhenItsRingIsHalfOutside(boolean packed) {
        try (GuestRig guest = stage.guest(GuestRig.Shape.packed(packed).withQueues(2))) {
            long start = guest.memory().regions().getFirst().userAddress();
            long end = start + guest.memory().regions().getFirst().sizeBytes();
            long before = stage.status().violations();
            guest.frontEnd().getVringBase(1);
            startAt(guest, 1, 0, new VringAddresses(end - 16, start, start + 4096));
            stage.expectViolation(before, "queue 1 stopped");
            expectQueue(1, "broken");
            assertThat(guest.queue(0).roundTrip(HELLO, 5)).isEqualTo(HELLO);
            guest.recover(1);
            assertThat(guest.queue(1).roundTrip(HELLO, 5)).isEqualTo(HELLO);
        }
    }

    private static void startAt(GuestRig guest, int index, int base, VringAddresses addresses) {
        guest.frontEnd()
                .setupVring(index, 64, base, addresses, guest.queue(index).fds());
        guest.frontEnd().setVringEnable(index, true);
    }

    private void expectQueue(int index, String state) {
        GuestRig.await(
                "queue " + index + " to be " + state,
                () -> stage.status().queues().get(index).state().equals(state));
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldSurviveWhenAllPartsOfARingAreTheSameMemory(boolean packed) {
        try (GuestRig guest = stage.guest(GuestRig.Shape.packed(packed).withQueues(2))) {
            long start = guest.memory().regions().getFirst().userAddress();
            guest.frontEnd().getVringBase(1);
            startAt(guest, 1, 0x8000_8000 & (packed ? -1 : 0), new VringAddresses(start, start, start));
            EventFd.signal(guest.queue(1).fds().kick());
            guest.frontEnd().getVringBase(1);
            // The ring wrote over the start of memory, where the first queue's descriptors lie: both begin anew.
            guest.recover(0);
            guest.recover(1);
            assertThat(guest.queue(0).roundTrip(HELLO, 5)).isEqualTo(HELLO);
            assertThat(guest.queue(1).roundTrip(HELLO, 5)).isEqualTo(HELLO);
        }
    }

    @Test
    void shouldStopTheQueueAloneWhenItsSizeWasSetForAnotherKindOfRing() {
        try (GuestRig guest = stage.guest(GuestRig.Shape.split())) {
            long before = stage.status().violations();
            long features = guest.frontEnd().getFeatures() & ~(1L << 26);
            RingAreas areas = guest.queue(0).ring().areas();
            guest.frontEnd().getVringBase(0);
            guest.frontEnd().setFeatures(features);
            RawPeer peer = RawPeer.over(guest.frontEnd());
            assertThat(peer.refuses(FrontEndRequest.SET_VRING_NUM, bytes(0, 3))).isFalse();
            assertThat(peer.refuses(FrontEndRequest.SET_VRING_BASE, bytes(0, -1)))
                    .isFalse();
            guest.frontEnd().setFeatures(features & ~(1L << 34));
            guest.frontEnd()
                    .setVringAddr(
                            0,
                            0,
                            new VringAddresses(areas.descriptorArea(), areas.deviceArea(), areas.driverArea()),
                            0);
            guest.frontEnd().setVringKick(0, guest.queue(0).fds().kick());
            stage.expectViolation(before, "queue 0 stopped");
            guest.recover(0);
            assertThat(guest.queue(0).roundTrip(HELLO, 5)).isEqualTo(HELLO);
        }
    }

    @ParameterizedTest
    @CsvSource({"false, 0x1234", "false, 65", "true, 0x7fff7fff", "true, 0", "true, 64"})
    void shouldAffectTheQueueAloneWhenItsBaseMakesNoSense(boolean packed, String base) {
        try (GuestRig guest = stage.guest(GuestRig.Shape.packed(packed).withQueues(2))) {
            guest.frontEnd().getVringBase(1);
            guest.start(1, Integer.decode(base));
            EventFd.signal(guest.queue(1).fds().kick());
            assertThat(guest.queue(0).roundTrip(HELLO, 5)).isEqualTo(HELLO);
            guest.recover(1);
            assertThat(guest.queue(1).roundTrip(HELLO, 5)).isEqualTo(HELLO);
        }
    }

    @ParameterizedTest
    @CsvSource({"0, 64", "65535, 65535", "5, 64", "1, 0", "1, 32769", "65535, 1", "0, 0"})
    void shouldRefuseAnInflightRegionWhenItsShapeIsNotTheDevices(int queues, int size) {
        try (GuestRig guest = stage.guest(GuestRig.Shape.split())) {
            RawPeer peer = RawPeer.over(guest.frontEnd());
            Number[] wanted = {0L, 0L, (short) queues, (short) size, 0};
            expectRefused(peer, FrontEndRequest.GET_INFLIGHT_FD, "in-flight region", wanted);
        }
    }

    @Test
    void shouldRefuseAnInflightRegionWhenItsFileDoesNotHoldIt() {
        stage.awaitNobodyConnected();
        try (RawPeer peer = RawPeer.negotiated(stage.socket());
                Fd file = MemFd.create("inflight", 4096, false);
                Fd event = EventFd.create()) {
            inflight(peer, file, 0, 0, 1, 64);
            inflight(peer, file, 64, 0, 1, 64);
            inflight(peer, file, 4096, 4096, 1, 64);
            inflight(peer, file, 4096, -4096, 1, 64);
            inflight(peer, file, 4096, Long.MAX_VALUE, 1, 64);
            inflight(peer, file, Long.MAX_VALUE, 0, 4, 32768);
            inflight(peer, file, -1, 0, 1, 64);
            inflight(peer, file, 4096, 0, 0, 64);
            inflight(peer, file, 4096, 0, 1, 65535);
            inflight(peer, file, 4096, 0, 65535, 1);
            inflight(peer, event, 4096, 0, 1, 64);
            peer.barrier();
        }
    }

    private void inflight(RawPeer peer, Fd file, long size, long offset, int queues, int queueSize) {
        long before = stage.status().violations();
        byte[] payload = bytes(size, offset, (short) queues, (short) queueSize, 0);
        assertThat(peer.refuses(FrontEndRequest.SET_INFLIGHT_FD, payload, file)).isTrue();
        stage.expectViolation(before, "SET_INFLIGHT_FD", "in-flight region");
    }

    static Stream<Consumer<byte[]>> hostileContents() {
        return Stream.concat(
                Stream.of(
                        contents -> Arrays.fill(contents, (byte) 0xff),
                        contents -> Arrays.fill(contents, (byte) 1),
                        contents -> header(contents, 7, 64, 0, 0),
                        contents -> header(contents, 1, 0, 0, 0),
                        contents -> header(contents, 1, 64, 65535, 40),
                        contents -> {
                            header(contents, 1, 64, 3, 60_000);
                            Arrays.fill(contents, 16, contents.length, (byte) 1);
                        }),
                Stream.iterate(1, seed -> seed + 1).limit(HOSTILE_SEEDS).map(HostileVringTest::noise));
    }

    private static Consumer<byte[]> noise(int seed) {
        return contents -> {
            new java.util.Random(seed).nextBytes(contents);
            header(contents, 1, 64, contents[12] & 0x3f, contents[14] & 0x3f);
        };
    }

    private static void header(byte[] contents, int version, int entries, int lastBatch, int usedIdx) {
        contents[8] = (byte) version;
        contents[9] = 0;
        contents[10] = (byte) entries;
        contents[11] = 0;
        contents[12] = (byte) lastBatch;
        contents[13] = (byte) (lastBatch >> 8);
        contents[14] = (byte) usedIdx;
        contents[15] = (byte) (usedIdx >> 8);
    }

    @ParameterizedTest
    @MethodSource("hostileContents")
    void shouldAffectTheQueueAloneWhenTheInflightRegionHoldsNonsense(Consumer<byte[]> contents) {
        byte[] region = new byte[INFLIGHT_BYTES];
        contents.accept(region);
        for (boolean packed : new boolean[] {false, true}) {
            try (GuestRig guest = stage.guest(GuestRig.Shape.packed(packed).withQueues(2));
                    Fd file = fileOf(region)) {
                guest.frontEnd().getVringBase(0);
                guest.frontEnd().getVringBase(1);
                guest.frontEnd().setInflightFd(region(64), file);
                guest.start(0, packed ? 0x8000_8000 : 0);
                EventFd.signal(guest.queue(0).fds().kick());
                RawPeer.over(guest.frontEnd()).barrier();
                guest.frontEnd().getVringBase(0);
            }
            stage.expectNeighbourUnharmed();
        }
        assertThat(stage.status().restarts()).isZero();
    }

    private static dev.troupe.transport.protocol.InflightRegion region(int queueSize) {
        return new dev.troupe.transport.protocol.InflightRegion(INFLIGHT_BYTES, 0, 1, queueSize);
    }

    private static Fd fileOf(byte[] contents) {
        Fd file = MemFd.create("inflight", contents.length, false);
        try (Mapping mapping = Mapping.map(file, 0, contents.length, true)) {
            mapping.segment().asByteBuffer().put(contents);
        }
        return file;
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldStopTheQueueAloneWhenTheInflightRegionIsTruncated(boolean packed) {
        try (GuestRig guest = stage.guest(GuestRig.Shape.packed(packed));
                Fd file = MemFd.create("inflight", INFLIGHT_BYTES, false)) {
            guest.frontEnd().getVringBase(0);
            guest.frontEnd().setInflightFd(region(64), file);
            guest.recover(0);
            assertThat(guest.queue(0).roundTrip(HELLO, 5)).isEqualTo(HELLO);
            long before = stage.status().violations();
            HostFile.truncate(file, 0);
            guest.queue(0).submit(HELLO, 5);
            stage.expectViolation(before, "queue 0 stopped");
            expectQueue(0, "broken");
            guest.frontEnd().getVringBase(0);
            try (BackEndReply.InflightFd sane = guest.frontEnd().getInflightFd(1, 64);
                    Fd saneFile = sane.fds().take()) {
                guest.frontEnd().setInflightFd(sane.region(), saneFile);
            }
            guest.recover(0);
            assertThat(guest.queue(0).roundTrip(HELLO, 5)).isEqualTo(HELLO);
        }
    }

    @Test
    void shouldRefuseConfigurationAccessWhenItsRangeOrFlagsAreWrong() {
        try (GuestRig guest = stage.guest(GuestRig.Shape.split())) {
            RawPeer peer = RawPeer.over(guest.frontEnd());
            for (int size : new int[] {0, 257, -1, Integer.MIN_VALUE}) {
                expectRefused(peer, FrontEndRequest.GET_CONFIG, "bytes at", 0, size, 0);
            }
            expectRefused(peer, FrontEndRequest.GET_CONFIG, "bytes at", -1, 2, 0);
            expectRefused(peer, FrontEndRequest.GET_CONFIG, "bytes at", Integer.MAX_VALUE, 256, 0);
            expectRefused(peer, FrontEndRequest.GET_CONFIG, "flags", 0, 8, 7);
            expectRefused(peer, FrontEndRequest.SET_CONFIG, "flags", 0, 1, 7, (byte) 1);
            expectRefused(peer, FrontEndRequest.SET_CONFIG, "must not write", 4, 1, 0, (byte) 1);
            expectRefused(peer, FrontEndRequest.SET_CONFIG, "beyond", 8, 1, 0, (byte) 1);
            expectRefused(peer, FrontEndRequest.SET_CONFIG, "beyond", 65535, 1, 0, (byte) 1);
            assertThat(guest.frontEnd().getConfig(4, 256).toArray()).startsWith(5, 6, 7, 8, 0);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldGoOnWhenMessagesComeInAnOddOrder(boolean packed) {
        try (GuestRig guest = stage.guest(GuestRig.Shape.packed(packed))) {
            RawPeer peer = RawPeer.over(guest.frontEnd());
            long offered = guest.frontEnd().getFeatures();
            expectRefused(peer, FrontEndRequest.SET_FEATURES, "cannot change", offered ^ (1L << 29));
            expectRefused(peer, FrontEndRequest.SET_FEATURES, "not offered", offered | 1L << 63 | 1L << 40);
            assertThat(peer.refuses(FrontEndRequest.SET_OWNER, bytes())).isFalse();
            assertThat(peer.refuses(FrontEndRequest.SET_OWNER, bytes())).isFalse();
            assertThat(peer.refuses(FrontEndRequest.RESET_OWNER, bytes())).isFalse();
            assertThat(guest.queue(0).roundTrip(HELLO, 5)).isEqualTo(HELLO);
            int base = guest.frontEnd().getVringBase(0);
            assertThat(guest.frontEnd().getVringBase(0)).isEqualTo(base);
            assertThat(guest.frontEnd().getVringBase(3)).isZero();
            guest.start(0, base);
            assertThat(guest.queue(0).roundTrip(HELLO, 5)).isEqualTo(HELLO);
        }
    }

    @Test
    void shouldServeAFrontEndWhenItSetsItsRingUpBeforeItsFeatures() {
        stage.awaitNobodyConnected();
        try (RawPeer peer = RawPeer.connect(stage.socket());
                Fd file = MemFd.create("memory", 1 << 20, false);
                VringFds fds = VringFds.create();
                Mapping memory = Mapping.map(file, 0, 1 << 20, true)) {
            peer.send(FrontEndRequest.SET_MEM_TABLE, bytes(1, 0, 0L, 1L << 20, 0x10_0000L, 0L), file);
            peer.send(FrontEndRequest.SET_VRING_NUM, bytes(0, 8));
            peer.send(FrontEndRequest.SET_VRING_ADDR, bytes(0, 0, 0x10_0000L, 0x10_2000L, 0x10_1000L, 0L));
            peer.send(FrontEndRequest.SET_VRING_KICK, bytes(0L), fds.kick());
            peer.send(FrontEndRequest.SET_VRING_CALL, bytes(0L), fds.call());
            peer.send(FrontEndRequest.SET_FEATURES, bytes(1L << 32));
            peer.barrier();
            memory.segment().set(ValueLayout.JAVA_LONG, 0, 0x4000L);
            memory.segment().set(ValueLayout.JAVA_INT, 8, 16);
            memory.segment().set(ValueLayout.JAVA_SHORT, 0x1002, (short) 1);
            EventFd.signal(fds.kick());
            GuestRig.await("the request", () -> memory.segment().get(ValueLayout.JAVA_SHORT, 0x2002) == 1);
        }
    }
}
