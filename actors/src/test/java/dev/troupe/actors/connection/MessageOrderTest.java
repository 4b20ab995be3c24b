package dev.troupe.actors.connection;

import static dev.troupe.actors.testing.RawPeer.bytes;
import static org.assertj.core.api.Assertions.assertThat;

import dev.troupe.actors.device.QueueContext;
import dev.troupe.actors.device.ReplayRule;
import dev.troupe.actors.testing.CopyFactory;
import dev.troupe.actors.testing.GuestRig;
import dev.troupe.actors.testing.RawPeer;
import dev.troupe.actors.testing.Stage;
import dev.troupe.transport.frontend.FrontEndWishes;
import dev.troupe.transport.frontend.GuestMemoryFile;
import dev.troupe.transport.protocol.BackEndMessage;
import dev.troupe.transport.protocol.BackEndReply;
import dev.troupe.transport.protocol.FrontEndRequest;
import dev.troupe.transport.protocol.ProtocolFeature;
import dev.troupe.transport.protocol.RegionDescription;
import dev.troupe.transport.ring.DescriptorChain;
import dev.troupe.transport.sys.EventFd;
import dev.troupe.transport.sys.Fd;
import dev.troupe.transport.sys.Mapping;
import dev.troupe.transport.sys.MemFd;
import dev.troupe.transport.testing.LeakCheck;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.EnumSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Front ends in their orders of messages: start, stop, reset, reconnect, migration, and changes at run time. */
@ExtendWith(LeakCheck.class)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class MessageOrderTest {

    private static final byte[] HELLO = {'h', 'e', 'l', 'l', 'o'};
    private static final long LOG_BYTES = 64 * 1024;

    private Stage stage;

    @BeforeAll
    void open(@TempDir Path folder) {
        stage = Stage.open(folder);
    }

    @AfterEach
    void nothingElseIsHarmed() {
        stage.victim().handling = CopyFactory::copy;
        stage.victim().replayRule = ReplayRule.REPEAT;
        stage.expectUnharmed();
        assertThat(stage.status().violations()).isZero();
    }

    @AfterAll
    void close() {
        stage.close();
    }

    private static void expectServed(GuestRig guest) {
        assertThat(guest.queue(0).roundTrip(HELLO, 5)).isEqualTo(HELLO);
    }

    private GuestRig guest(boolean packed, Set<ProtocolFeature> features) {
        stage.awaitNobodyConnected();
        return GuestRig.connect(
                stage.socket(),
                GuestRig.Shape.packed(packed),
                FrontEndWishes.usual().withProtocolFeatures(features));
    }

    private static Set<ProtocolFeature> usualAnd(ProtocolFeature... more) {
        EnumSet<ProtocolFeature> features =
                EnumSet.copyOf(FrontEndWishes.usual().protocolFeatures());
        features.addAll(List.of(more));
        return features;
    }

    @ParameterizedTest
    @CsvSource({"false, true", "true, true", "false, false", "true, false"})
    void shouldServeWhenOnlySomeProtocolFeaturesAreNegotiated(boolean packed, boolean replyAck) {
        Set<ProtocolFeature> features =
                replyAck ? EnumSet.of(ProtocolFeature.REPLY_ACK) : EnumSet.of(ProtocolFeature.MQ);
        try (GuestRig guest = guest(packed, features)) {
            expectServed(guest);
            int base = guest.frontEnd().getVringBase(0);
            guest.start(0, base);
            expectServed(guest);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldServeWithoutEnablingWhenProtocolFeaturesAreNotNegotiated(boolean packed) {
        try (GuestRig guest = guest(packed, Set.of())) {
            expectServed(guest);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldStopAndStartWhenTheGuestResetsItsDeviceAsQemuDoes(boolean packed) {
        try (GuestRig guest = guest(packed, usualAnd())) {
            for (int i = 0; i < 20; i++) {
                guest.frontEnd().setStatus(15);
                expectServed(guest);
                guest.frontEnd().setVringEnable(0, false);
                guest.frontEnd().getVringBase(0);
                guest.frontEnd().resetDevice();
                guest.frontEnd().setStatus(0);
                guest.recover(0);
            }
            expectServed(guest);
            assertThat(guest.frontEnd().getStatus()).isZero();
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldStopEveryRingWhenTheDeviceIsResetWithRequestsUnderWay(boolean packed) {
        ConcurrentLinkedQueue<Runnable> held = new ConcurrentLinkedQueue<>();
        stage.victim().handling = (queue, chain) -> hold(held, queue, chain);
        try (GuestRig guest = guest(packed, usualAnd())) {
            GuestRig.Request request = guest.queue(0).submit(HELLO, 5);
            GuestRig.await("the request to arrive", () -> !held.isEmpty());
            Thread resetting = Thread.ofPlatform().start(() -> guest.frontEnd().resetDevice());
            Objects.requireNonNull(stage.victim().context).loop().execute(Objects.requireNonNull(held.poll()));
            assertThat(request.await()).isEqualTo(HELLO);
            GuestRig.await("the reset", () -> !resetting.isAlive());
            stage.victim().handling = CopyFactory::copy;
            guest.recover(0);
            expectServed(guest);
        }
    }

    private static void hold(ConcurrentLinkedQueue<Runnable> held, QueueContext queue, DescriptorChain chain) {
        held.add(() -> CopyFactory.copy(queue, chain));
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldTakeUpWhatIsAvailableWhenTheRingIsEnabledLate(boolean packed) {
        try (GuestRig guest = guest(packed, usualAnd())) {
            guest.frontEnd().setVringEnable(0, false);
            GuestRig.Request request = guest.queue(0).submit(HELLO, 5);
            EventFd.signal(guest.queue(0).fds().kick());
            RawPeer.over(guest.frontEnd()).barrier();
            assertThat(request.done()).isFalse();
            guest.frontEnd().setVringEnable(0, true);
            assertThat(request.await()).isEqualTo(HELLO);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldServeWhenTheRingIsEnabledBeforeItIsSetUp(boolean packed) {
        try (GuestRig guest = guest(packed, usualAnd())) {
            int base = guest.frontEnd().getVringBase(0);
            guest.frontEnd().setVringEnable(0, true);
            guest.start(0, base);
            expectServed(guest);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldCallOnTheNewEventfdAloneWhenItIsSwapped(boolean packed) {
        try (GuestRig guest = guest(packed, usualAnd());
                Fd other = EventFd.create()) {
            guest.queue(0).ring().enableCalls();
            expectServed(guest);
            guest.frontEnd().setVringCall(0, other);
            EventFd.drain(guest.queue(0).fds().call());
            guest.queue(0).ring().enableCalls();
            expectServed(guest);
            GuestRig.await("the call on the new eventfd", () -> EventFd.drain(other));
            assertThat(EventFd.drain(guest.queue(0).fds().call())).isFalse();
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldListenToTheNewEventfdWhenTheKickIsSwapped(boolean packed) {
        try (GuestRig guest = guest(packed, usualAnd());
                Fd other = EventFd.create()) {
            expectServed(guest);
            guest.frontEnd().setVringKick(0, other);
            EventFd.drain(guest.queue(0).fds().kick());
            GuestRig.Request request = guest.queue(0).submit(HELLO, 5);
            EventFd.signal(other);
            assertThat(request.await()).isEqualTo(HELLO);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldPollWhenTheFrontEndGivesNoKick(boolean packed) {
        try (GuestRig guest = guest(packed, usualAnd())) {
            RawPeer peer = RawPeer.over(guest.frontEnd());
            assertThat(peer.refuses(FrontEndRequest.SET_VRING_KICK, bytes(0x100L)))
                    .isFalse();
            assertThat(peer.refuses(FrontEndRequest.SET_VRING_CALL, bytes(0x100L)))
                    .isFalse();
            for (int i = 0; i < 100; i++) {
                guest.frontEnd().setVringEnable(0, true);
                expectServed(guest);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldTakeKicksAsMessagesWhenThatIsNegotiated(boolean packed) {
        try (GuestRig guest = guest(packed, usualAnd(ProtocolFeature.INBAND_NOTIFICATIONS))) {
            RawPeer peer = RawPeer.over(guest.frontEnd());
            assertThat(peer.refuses(FrontEndRequest.SET_VRING_KICK, bytes(0x100L)))
                    .isFalse();
            GuestRig.Request request = guest.queue(0).submit(HELLO, 5);
            assertThat(peer.refuses(FrontEndRequest.VRING_KICK, bytes(0, 0))).isFalse();
            assertThat(request.await()).isEqualTo(HELLO);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldCallByMessageWhenThereIsNoCallEventfd(boolean packed) throws InterruptedException {
        try (GuestRig guest = guest(packed, usualAnd(ProtocolFeature.INBAND_NOTIFICATIONS))) {
            RawPeer peer = RawPeer.over(guest.frontEnd());
            assertThat(peer.refuses(FrontEndRequest.SET_VRING_CALL, bytes(0x100L)))
                    .isFalse();
            expectServed(guest);
            assertThat(guest.frontEnd().backChannel().await(5_000)).isEqualTo(new BackEndMessage.VringCall(0));
        }
    }

    @Test
    void shouldTellTheFrontEndWhenTheConfigurationChanges() throws InterruptedException {
        try (GuestRig guest = guest(false, usualAnd())) {
            Objects.requireNonNull(stage.victim().context).configChanged();
            BackEndMessage message = guest.frontEnd().backChannel().await(5_000);
            assertThat(message).isInstanceOf(BackEndMessage.ConfigChange.class);
            expectServed(guest);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldServeFromMemoryThatIsAddedWhileTheRingRuns(boolean packed) {
        try (GuestRig guest = guest(packed, usualAnd());
                GuestMemoryFile more = GuestMemoryFile.create(List.of(new GuestMemoryFile.Place(1L << 33, 1 << 20)))) {
            GuestMemoryFile.Region region = more.regions().getFirst();
            RegionDescription description = new RegionDescription(
                    region.guestAddress(), region.sizeBytes(), region.userAddress(), region.mmapOffset());
            for (int i = 0; i < 20; i++) {
                guest.frontEnd().addMemRegion(description, more.fd());
                more.segment(1L << 33, 5).fill((byte) ('a' + i));
                assertThat(guest.queue(0).submitAt(1L << 33, 5, 5).await()).containsOnly('a' + i);
                guest.frontEnd().removeMemRegion(description);
                expectServed(guest);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldLogDataAndUsedRingWhenAMigrationBegins(boolean packed) {
        try (GuestRig guest = guest(packed, usualAnd());
                Fd file = MemFd.create("log", LOG_BYTES, false);
                Mapping log = Mapping.map(file, 0, LOG_BYTES, true)) {
            expectServed(guest);
            assertThat(dirtyPages(log)).isEmpty();
            guest.frontEnd().setLogBase(LOG_BYTES, 0, file);
            guest.logEverything(true);
            guest.logRing(0, true);
            GuestRig.Request request = guest.queue(0).submit(HELLO, 5);
            assertThat(request.await()).isEqualTo(HELLO);
            assertThat(dirtyPages(log)).contains(request.writableAddress() >> 12);
            // The ring's page is marked when it has been written, so a driver may be faster than the mark.
            GuestRig.await("the ring's page", () -> dirtyPages(log).contains(guest.usedRingAddress(0) >> 12));
            guest.logEverything(false);
            log.segment().fill((byte) 0);
            expectServed(guest);
            assertThat(dirtyPages(log)).isEmpty();
        }
    }

    private static List<Long> dirtyPages(Mapping log) {
        List<Long> pages = new ArrayList<>();
        for (long page = 0; page < log.length() * 8; page++) {
            if ((log.segment().get(ValueLayout.JAVA_BYTE, page / 8) >> page % 8 & 1) != 0) {
                pages.add(page);
            }
        }
        return pages;
    }

    @ParameterizedTest
    @CsvSource({"false, REPEAT", "true, REPEAT", "false, ONCE", "true, ONCE"})
    void shouldFinishUnfinishedRequestsOnceWhenTheFrontEndReconnects(boolean packed, ReplayRule rule) {
        stage.victim().replayRule = rule;
        AtomicInteger handled = new AtomicInteger();
        stage.victim().handling = (_, _) -> handled.incrementAndGet();
        try (GuestRig guest = guest(packed, usualAnd());
                BackEndReply.InflightFd region = guest.frontEnd().getInflightFd(1, 64);
                Fd file = region.fds().take()) {
            guest.frontEnd().getVringBase(0);
            guest.frontEnd().setInflightFd(region.region(), file);
            guest.recover(0);
            List<GuestRig.Request> requests = new ArrayList<>();
            for (int i = 0; i < 10; i++) {
                requests.add(guest.queue(0).submit(HELLO, 5));
            }
            GuestRig.await("all requests to arrive", () -> handled.get() == 10);
            guest.disconnect();
            stage.awaitNobodyConnected();
            handled.set(0);
            stage.victim().handling = (queue, chain) -> {
                handled.incrementAndGet();
                CopyFactory.copy(queue, chain);
            };
            guest.reconnect(stage.socket(), () -> guest.frontEnd().setInflightFd(region.region(), file));
            requests.forEach(GuestRig.Request::await);
            assertThat(handled).hasValue(rule == ReplayRule.REPEAT ? 10 : 0);
            expectServed(guest);
        }
    }
}
