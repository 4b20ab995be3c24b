package dev.troupe.actors.connection;

import static org.assertj.core.api.Assertions.assertThat;

import dev.troupe.actors.device.ReplayRule;
import dev.troupe.actors.testing.CopyFactory;
import dev.troupe.actors.testing.GuestRig;
import dev.troupe.actors.testing.TestDaemon;
import dev.troupe.transport.frontend.FrontEndWishes;
import dev.troupe.transport.loop.EventLoopConfig;
import dev.troupe.transport.protocol.BackEndReply;
import dev.troupe.transport.protocol.ProtocolFeature;
import dev.troupe.transport.sys.EventFd;
import dev.troupe.transport.testing.LeakCheck;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A guest moves from one device to another while requests are under way (GET_VRING_BASE_INFLIGHT): those travel in the
 * in-flight region, and each is answered exactly once. Over both rings.
 */
@ExtendWith(LeakCheck.class)
class SuspendTest {

    private static final byte[] HELLO = {'h', 'e', 'l', 'l', 'o'};
    private static final int REQUESTS = 10;
    private static final int QUEUE_SIZE = 64;

    @TempDir
    Path folder;

    private final CopyFactory source = new CopyFactory();
    private final CopyFactory destination = new CopyFactory();
    private final ConcurrentLinkedQueue<Runnable> held = new ConcurrentLinkedQueue<>();
    private TestDaemon daemon;

    @BeforeEach
    void start() {
        daemon = TestDaemon.start(EventLoopConfig.Choice.IO_URING);
        daemon.add(TestDaemon.spec("source", source, Map.of(), folder.resolve("source.sock")));
        daemon.add(TestDaemon.spec("destination", destination, Map.of(), folder.resolve("destination.sock")));
        source.handling = (queue, chain) -> held.add(() -> CopyFactory.copy(queue, chain));
    }

    @AfterEach
    void stop() {
        daemon.close();
    }

    private static FrontEndWishes wishes(ProtocolFeature... more) {
        EnumSet<ProtocolFeature> features =
                EnumSet.copyOf(FrontEndWishes.usual().protocolFeatures());
        features.addAll(Arrays.asList(more));
        return FrontEndWishes.usual().withProtocolFeatures(features);
    }

    private static FrontEndWishes suspending() {
        return wishes(ProtocolFeature.GET_VRING_BASE_INFLIGHT);
    }

    private GuestRig guest(boolean packed, FrontEndWishes wishes) {
        return GuestRig.connect(folder.resolve("source.sock"), GuestRig.Shape.packed(packed), wishes);
    }

    /** Restarts the ring over an in-flight region that the device made. */
    private static BackEndReply.InflightFd shareInflight(GuestRig guest) {
        BackEndReply.InflightFd region = guest.frontEnd().getInflightFd(1, QUEUE_SIZE);
        guest.frontEnd().getVringBase(0);
        guest.frontEnd().setInflightFd(region.region(), region.fds().peek().getFirst());
        guest.recover(0);
        return region;
    }

    private List<GuestRig.Request> submitAndWaitUntilHeld(GuestRig guest) {
        List<GuestRig.Request> requests = IntStream.range(0, REQUESTS)
                .mapToObj(_ -> guest.queue(0).submit(HELLO, 16))
                .toList();
        GuestRig.await("the requests to arrive", () -> held.size() == REQUESTS);
        return requests;
    }

    private GuestRig moveOn(GuestRig guest, BackEndReply.InflightFd region, int base) {
        GuestRig moved = GuestRig.moveTo(
                folder.resolve("destination.sock"),
                guest,
                suspending(),
                frontEnd -> frontEnd.setInflightFd(
                        region.region(), region.fds().peek().getFirst()));
        moved.start(0, base);
        return moved;
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldFinishRequestsOnTheOtherDeviceWhenTheGuestMovesInTheirMidst(boolean packed) {
        try (GuestRig guest = guest(packed, suspending());
                BackEndReply.InflightFd region = shareInflight(guest)) {
            List<GuestRig.Request> requests = submitAndWaitUntilHeld(guest);
            Objects.requireNonNull(source.context).loop().execute(Objects.requireNonNull(held.poll()));
            assertThat(requests.getFirst().await()).isEqualTo(HELLO);

            int base = guest.frontEnd().getVringBase(0);
            held.forEach(Objects.requireNonNull(source.context).loop()::execute);
            assertThat(requests.getLast().done()).isFalse();
            GuestRig moved = moveOn(guest, region, base);
            requests.forEach(request -> assertThat(request.await()).isEqualTo(HELLO));
            assertThat(moved.queue(0).roundTrip(HELLO, 16)).isEqualTo(HELLO);
            assertThat(daemon.status("destination").queues().getFirst().requests())
                    .isEqualTo(REQUESTS);
            assertThat(daemon.status("source").violations()).isZero();
            moved.disconnect();
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldNotRepeatRequestsOnTheOtherDeviceWhenTheyMustNotBe(boolean packed) {
        destination.replayRule = ReplayRule.ONCE;
        try (GuestRig guest = guest(packed, suspending());
                BackEndReply.InflightFd region = shareInflight(guest)) {
            List<GuestRig.Request> requests = submitAndWaitUntilHeld(guest);
            GuestRig moved = moveOn(guest, region, guest.frontEnd().getVringBase(0));
            requests.forEach(request -> assertThat(request.await()).isEmpty());
            assertThat(daemon.status("destination").queues().getFirst().errors())
                    .isEqualTo(REQUESTS);
            moved.disconnect();
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldGiveRequestsBackUnservedWhenTheyAreWorthNothingAnyMore(boolean packed) {
        destination.replayRule = ReplayRule.DROP;
        try (GuestRig guest = guest(packed, suspending());
                BackEndReply.InflightFd region = shareInflight(guest)) {
            List<GuestRig.Request> requests = submitAndWaitUntilHeld(guest);
            GuestRig moved = moveOn(guest, region, guest.frontEnd().getVringBase(0));
            requests.forEach(request -> assertThat(request.await()).isEmpty());
            assertThat(daemon.status("destination").queues().getFirst().errors())
                    .isZero();
            assertThat(moved.queue(0).roundTrip(HELLO, 16)).isEqualTo(HELLO);
            moved.disconnect();
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldTakeTheRequestsUpAgainWhenTheRingStartsWhereItWas(boolean packed) {
        try (GuestRig guest = guest(packed, suspending());
                BackEndReply.InflightFd region = shareInflight(guest)) {
            List<GuestRig.Request> requests = submitAndWaitUntilHeld(guest);
            assertThat(region.fds().count()).isEqualTo(1);
            int base = guest.frontEnd().getVringBase(0);
            source.handling = CopyFactory::copy;
            guest.start(0, base);
            requests.forEach(request -> assertThat(request.await()).isEqualTo(HELLO));
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldFinishRequestsFirstWhenThereIsNoInflightRegion(boolean packed) {
        try (GuestRig guest = guest(packed, suspending())) {
            List<GuestRig.Request> requests = submitAndWaitUntilHeld(guest);
            held.forEach(Objects.requireNonNull(source.context).loop()::execute);
            guest.frontEnd().getVringBase(0);
            assertThat(requests.getLast().done()).isTrue();
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldSuspendOnlyWhenToldSoByTheMessageForIt(boolean packed) {
        FrontEndWishes knowing =
                wishes(ProtocolFeature.GET_VRING_BASE_INFLIGHT, ProtocolFeature.GET_VRING_BASE_SKIP_DRAIN);
        try (GuestRig guest = guest(packed, knowing);
                BackEndReply.InflightFd region = shareInflight(guest)) {
            List<GuestRig.Request> first = submitAndWaitUntilHeld(guest);
            held.forEach(Objects.requireNonNull(source.context).loop()::execute);
            held.clear();
            int base = guest.frontEnd().getVringBase(0);
            assertThat(first.getLast().done()).isTrue();

            guest.start(0, base);
            List<GuestRig.Request> second = submitAndWaitUntilHeld(guest);
            base = guest.frontEnd().getVringBaseSkipDrain(0);
            assertThat(second.getFirst().done()).isFalse();
            GuestRig moved = moveOn(guest, region, base);
            second.forEach(request -> assertThat(request.await()).isEqualTo(HELLO));
            moved.disconnect();
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldWriteAndSayNothingMoreWhenSuspended(boolean packed) {
        try (GuestRig guest = guest(packed, suspending());
                BackEndReply.InflightFd region = shareInflight(guest)) {
            List<GuestRig.Request> requests = submitAndWaitUntilHeld(guest);
            guest.frontEnd().getVringBase(0);
            EventFd.drain(guest.queue(0).fds().call());
            held.forEach(Objects.requireNonNull(source.context).loop()::execute);
            // Answered by the control loop; what the queue's loop was told before is done when it has run once more.
            CopyFactory.afterEverythingElse(
                    Objects.requireNonNull(source.context).loop());
            assertThat(requests).noneMatch(GuestRig.Request::done);
            assertThat(EventFd.drain(guest.queue(0).fds().call())).isFalse();
            assertThat(region.fds().count()).isEqualTo(1);
        }
    }
}
