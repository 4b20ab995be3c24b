package dev.troupe.actors.connection;

import static dev.troupe.actors.testing.RawPeer.bytes;
import static org.assertj.core.api.Assertions.assertThat;

import dev.troupe.actors.daemon.Outcome;
import dev.troupe.actors.device.QueueContext;
import dev.troupe.actors.testing.CopyFactory;
import dev.troupe.actors.testing.GuestRig;
import dev.troupe.actors.testing.RawPeer;
import dev.troupe.actors.testing.Stage;
import dev.troupe.actors.testing.TestDaemon;
import dev.troupe.transport.loop.EventLoopConfig;
import dev.troupe.transport.protocol.FrontEndRequest;
import dev.troupe.transport.ring.DescriptorChain;
import dev.troupe.transport.testing.LeakCheck;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** A bug strikes while a front end, or the device's supervisor, waits for the queues: both get their answers. */
@ExtendWith(LeakCheck.class)
class ConnectionBugTest {

    private static final byte[] HELLO = {'h', 'e', 'l', 'l', 'o'};

    @TempDir
    Path folder;

    private record Held(QueueContext queue, DescriptorChain chain) {}

    private static void fail() {
        throw new IllegalStateException("the test wants this to fail");
    }

    @Test
    void shouldAnswerTheFrontEndAndTheOperatorWhenABugStrikesWhileAQueueIsAwaited() throws Exception {
        try (Stage stage = Stage.open(folder)) {
            CompletableFuture<Held> held = new CompletableFuture<>();
            stage.victim().handling = (queue, chain) -> held.complete(new Held(queue, chain));
            try (GuestRig guest = stage.guest(GuestRig.Shape.split())) {
                assertThat(guest.queue(0).submit(HELLO, 5).done()).isFalse();
                Held request = held.get(10, TimeUnit.SECONDS);
                CompletableFuture<Integer> base = new CompletableFuture<>();
                Thread asking = Thread.ofPlatform()
                        .start(() -> base.complete(guest.frontEnd().getVringBase(0)));
                CountDownLatch struck = new CountDownLatch(1);
                stage.victim().configAsked = () -> {
                    struck.countDown();
                    fail();
                };
                CompletableFuture<Outcome> restarted =
                        CompletableFuture.supplyAsync(() -> stage.daemon().restart(Stage.VICTIM));
                assertThat(struck.await(10, TimeUnit.SECONDS)).isTrue();
                stage.victim().configAsked = () -> {};
                stage.victim().handling = CopyFactory::copy;
                request.queue().loop().execute(() -> CopyFactory.copy(request.queue(), request.chain()));
                assertThat(base.get(10, TimeUnit.SECONDS)).isEqualTo(1);
                assertThat(restarted.get(10, TimeUnit.SECONDS)).isInstanceOf(Outcome.Done.class);
                asking.join();
                guest.start(0, 1);
                assertThat(guest.queue(0).roundTrip(HELLO, 5)).isEqualTo(HELLO);
                stage.expectNeighbourUnharmed();
            }
        }
    }

    @Test
    void shouldRefuseTheMessageAndGoOnWhenABugStrikesInIt() {
        try (Stage stage = Stage.open(folder);
                GuestRig guest = stage.guest(GuestRig.Shape.split())) {
            stage.victim().configAsked = ConnectionBugTest::fail;
            RawPeer peer = RawPeer.over(guest.frontEnd());
            assertThat(peer.refuses(FrontEndRequest.SET_CONFIG, bytes(0, 1, 0, (byte) 0)))
                    .isTrue();
            assertThat(stage.status().lastProblem())
                    .hasValueSatisfying(problem -> assertThat(problem).contains("SET_CONFIG failed by a bug"));
            assertThat(stage.status().violations()).isZero();
            stage.victim().configAsked = () -> {};
            peer.barrier();
            assertThat(guest.queue(0).roundTrip(HELLO, 5)).isEqualTo(HELLO);
        }
    }

    /** A daemon whose queues fail by a bug as soon as they shall wait for a request under way. */
    private TestDaemon daemonThatCannotWait(CopyFactory factory) {
        TestDaemon daemon = TestDaemon.start(EventLoopConfig.Choice.IO_URING);
        Duration noTimerHas = Duration.ofSeconds(Long.MAX_VALUE);
        daemon.add(TestDaemon.spec(Stage.VICTIM, factory, Map.of(), folder.resolve("victim.sock"))
                .withDrainTimeout(noTimerHas));
        return daemon;
    }

    private GuestRig.Request submitAndHold(CopyFactory factory, GuestRig guest) throws Exception {
        CompletableFuture<Boolean> arrived = new CompletableFuture<>();
        factory.handling = (_, _) -> arrived.complete(true);
        GuestRig.Request request = guest.queue(0).submit(HELLO, 5);
        arrived.get(10, TimeUnit.SECONDS);
        factory.handling = CopyFactory::copy;
        return request;
    }

    @Test
    void shouldSayWhereTheRingStandsWhenABugStrikesTheQueueThatStops() throws Exception {
        CopyFactory factory = new CopyFactory();
        try (TestDaemon daemon = daemonThatCannotWait(factory);
                GuestRig guest = GuestRig.connect(folder.resolve("victim.sock"), GuestRig.Shape.split())) {
            submitAndHold(factory, guest);
            int base = guest.frontEnd().getVringBase(0);
            assertThat(base).isEqualTo(1);
            guest.start(0, base);
            assertThat(guest.queue(0).roundTrip(HELLO, 5)).isEqualTo(HELLO);
            assertThat(daemon.status(Stage.VICTIM).violations()).isZero();
        }
    }

    @Test
    void shouldRestartTheDeviceWhenABugStrikesTheQueueThatGivesItUp() throws Exception {
        CopyFactory factory = new CopyFactory();
        try (TestDaemon daemon = daemonThatCannotWait(factory);
                GuestRig guest = GuestRig.connect(folder.resolve("victim.sock"), GuestRig.Shape.split())) {
            GuestRig.Request request = submitAndHold(factory, guest);
            assertThat(daemon.restart(Stage.VICTIM)).isInstanceOf(Outcome.Done.class);
            assertThat(request.await()).isEqualTo(HELLO);
            assertThat(factory.opened).hasValue(2);
        }
    }
}
