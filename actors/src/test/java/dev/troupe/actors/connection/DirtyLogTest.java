package dev.troupe.actors.connection;

import static org.assertj.core.api.Assertions.assertThat;

import dev.troupe.actors.testing.CopyFactory;
import dev.troupe.actors.testing.DirtyWatch;
import dev.troupe.actors.testing.GuestRig;
import dev.troupe.actors.testing.TestDaemon;
import dev.troupe.transport.frontend.FrontEndWishes;
import dev.troupe.transport.loop.EventLoopConfig;
import dev.troupe.transport.protocol.BackEndReply;
import dev.troupe.transport.protocol.ProtocolFeature;
import dev.troupe.transport.testing.LeakCheck;
import java.nio.file.Path;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever a device changes in a guest's memory while it is logged stands in the log; over both rings. */
@ExtendWith(LeakCheck.class)
class DirtyLogTest {

    private static final byte[] DATA = new byte[9000];
    private static final int REQUESTS = 20;

    static {
        java.util.Arrays.fill(DATA, (byte) 7);
    }

    @TempDir
    Path folder;

    private final CopyFactory factory = new CopyFactory();
    private final ConcurrentLinkedQueue<Runnable> held = new ConcurrentLinkedQueue<>();
    private TestDaemon daemon;

    @BeforeEach
    void start() {
        daemon = TestDaemon.start(EventLoopConfig.Choice.IO_URING);
        daemon.add(TestDaemon.spec("copy0", factory, Map.of(), socket()));
    }

    @AfterEach
    void stop() {
        daemon.close();
    }

    private Path socket() {
        return folder.resolve("copy0.sock");
    }

    private GuestRig connect(boolean packed) {
        EnumSet<ProtocolFeature> features =
                EnumSet.copyOf(FrontEndWishes.usual().protocolFeatures());
        features.add(ProtocolFeature.GET_VRING_BASE_INFLIGHT);
        return GuestRig.connect(
                socket(), GuestRig.Shape.packed(packed), FrontEndWishes.usual().withProtocolFeatures(features));
    }

    private void holdRequests() {
        factory.handling = (queue, chain) -> held.add(() -> CopyFactory.copy(queue, chain));
    }

    private List<GuestRig.Request> submitAndWaitUntilHeld(GuestRig guest) {
        List<GuestRig.Request> requests = IntStream.range(0, REQUESTS)
                .mapToObj(_ -> guest.queue(0).submit(DATA, DATA.length))
                .toList();
        GuestRig.await("the requests to arrive", () -> held.size() == REQUESTS);
        return requests;
    }

    private void letGo() {
        held.forEach(Objects.requireNonNull(factory.context).loop()::execute);
        held.clear();
    }

    private static void awaitAll(List<GuestRig.Request> requests) {
        requests.forEach(request -> assertThat(request.await()).isEqualTo(DATA));
    }

    /** Lets the requests be answered; all that is written for that has to be in the log. */
    private void expectAllMarkedWhenAnswered(List<GuestRig.Request> requests, DirtyWatch watch) {
        watch.look();
        letGo();
        awaitAll(requests);
        assertThat(watch.changed()).hasSizeGreaterThan(REQUESTS);
        assertThat(watch.unmarked()).isEmpty();
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldMarkEveryPageWhenItAnswersRequests(boolean packed) {
        try (GuestRig guest = connect(packed);
                DirtyWatch watch = DirtyWatch.begin(guest, 1)) {
            holdRequests();
            List<GuestRig.Request> requests = submitAndWaitUntilHeld(guest);
            watch.clear();
            expectAllMarkedWhenAnswered(requests, watch);
            assertThat(watch.names(guest.usedRingAddress(0))).as("the ring").isTrue();
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldMarkThePagesOfRequestsUnderWayWhenLoggingBeginsMeanwhile(boolean packed) {
        try (GuestRig guest = connect(packed)) {
            holdRequests();
            List<GuestRig.Request> requests = submitAndWaitUntilHeld(guest);
            try (DirtyWatch watch = DirtyWatch.begin(guest, 1)) {
                expectAllMarkedWhenAnswered(requests, watch);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldMarkInTheNewLogWhenTheLogIsReplacedMeanwhile(boolean packed) {
        try (GuestRig guest = connect(packed);
                DirtyWatch watch = DirtyWatch.begin(guest, 1)) {
            holdRequests();
            List<GuestRig.Request> requests = submitAndWaitUntilHeld(guest);
            watch.replaceLog();
            expectAllMarkedWhenAnswered(requests, watch);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldMarkWhatWasWrittenForARequestWhenItsHandlerFails(boolean packed) {
        AtomicInteger failures = new AtomicInteger(2);
        factory.handling = (queue, chain) -> {
            chain.writable().fill(1, 5000);
            if (failures.getAndDecrement() > 0) {
                throw new IllegalStateException("the test wants this to fail");
            }
            queue.complete(chain, 5000);
        };
        try (GuestRig guest = connect(packed);
                DirtyWatch watch = DirtyWatch.begin(guest, 1)) {
            GuestRig.Request request = guest.queue(0).submit(DATA, DATA.length);
            assertThat(request.await()).hasSize(5000).containsOnly(1);
            assertThat(watch.names(request.writableAddress())).isTrue();
            assertThat(watch.names(request.writableAddress() + 4999)).isTrue();
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldMarkWhatWasWrittenForRequestsThatStayUnfinishedWhenTheRingIsSuspended(boolean packed) {
        AtomicInteger begun = new AtomicInteger();
        try (GuestRig guest = connect(packed);
                BackEndReply.InflightFd region = guest.frontEnd().getInflightFd(1, 64)) {
            guest.frontEnd().getVringBase(0);
            guest.frontEnd().setInflightFd(region.region(), region.fds().peek().getFirst());
            guest.recover(0);
            try (DirtyWatch watch = DirtyWatch.begin(guest, 1)) {
                factory.handling = (_, chain) -> {
                    chain.writable().fill(1, 5000);
                    begun.incrementAndGet();
                };
                GuestRig.Request request = guest.queue(0).submit(DATA, DATA.length);
                GuestRig.await("the request to be begun", () -> begun.get() == 1);
                watch.clear();
                guest.frontEnd().getVringBase(0);
                assertThat(request.done()).isFalse();
                assertThat(watch.names(request.writableAddress())).isTrue();
                assertThat(watch.names(request.writableAddress() + 5000)).isTrue();
            }
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldMarkNothingWhenLoggingHasEnded(boolean packed) {
        try (GuestRig guest = connect(packed);
                DirtyWatch watch = DirtyWatch.begin(guest, 1)) {
            assertThat(guest.queue(0).roundTrip(DATA, DATA.length)).isEqualTo(DATA);
            assertThat(watch.isEmpty()).isFalse();
            guest.logEverything(false);
            watch.clear();
            assertThat(guest.queue(0).roundTrip(DATA, DATA.length)).isEqualTo(DATA);
            assertThat(watch.isEmpty()).isTrue();
        }
    }
}
