package dev.troupe.actors.queue;

import static org.assertj.core.api.Assertions.assertThat;

import dev.troupe.actors.device.QueueContext;
import dev.troupe.actors.testing.CopyFactory;
import dev.troupe.actors.testing.GuestRig;
import dev.troupe.actors.testing.TestDaemon;
import dev.troupe.transport.loop.EventLoop;
import dev.troupe.transport.loop.EventLoopConfig;
import dev.troupe.transport.ring.DescriptorChain;
import dev.troupe.transport.testing.LeakCheck;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/**
 * A queue on hold whose driver makes chains available at the worst moments. The driver acts on the queue's own thread,
 * so that the moment is exact; the test's thread only waits.
 */
@ExtendWith(LeakCheck.class)
class HoldTest {

    private static final byte[] HELLO = {'h', 'e', 'l', 'l', 'o'};

    @TempDir
    Path folder;

    private final CopyFactory factory = new CopyFactory();
    private final CompletableFuture<GuestRig.Queue> driver = new CompletableFuture<>();
    private final AtomicInteger taken = new AtomicInteger();

    private TestDaemon start() {
        TestDaemon daemon = TestDaemon.start(EventLoopConfig.Choice.IO_URING);
        daemon.add(TestDaemon.spec("copy0", factory, Map.of(), folder.resolve("copy0.sock")));
        return daemon;
    }

    private GuestRig guest(boolean packed) {
        GuestRig guest = GuestRig.connect(folder.resolve("copy0.sock"), GuestRig.Shape.packed(packed));
        driver.complete(guest.queue(0));
        return guest;
    }

    private void offerOne() {
        driver.join().submit(HELLO, 5);
    }

    private int takeAll(QueueContext queue) {
        int chains = 0;
        for (DescriptorChain chain = queue.take(); chain != null; chain = queue.take()) {
            CopyFactory.copy(queue, chain);
            chains++;
        }
        return taken.addAndGet(chains);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldTellTheHandlerWhenAChainComesRightAfterItFoundTheRingEmpty(boolean packed) throws Exception {
        CountDownLatch all = new CountDownLatch(1);
        factory.handling = (queue, chain) -> {
            queue.hold();
            CopyFactory.copy(queue, chain);
        };
        factory.availability = queue -> {
            int before = taken.get();
            int now = takeAll(queue);
            if (now > before && now < 5) {
                offerOne();
            } else if (now == 5) {
                all.countDown();
            }
        };
        try (TestDaemon daemon = start();
                GuestRig guest = guest(packed)) {
            guest.queue(0).roundTrip(HELLO, 5);
            offerOne();
            assertThat(all.await(10, TimeUnit.SECONDS)).as("taken: %s", taken).isTrue();
            assertThat(daemon.status("copy0").restarts()).isZero();
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldTellTheHandlerWhenAChainComesBetweenTheHoldAndTheEndOfTheTurn(boolean packed) throws Exception {
        CountDownLatch told = new CountDownLatch(1);
        factory.handling = (queue, chain) -> {
            CopyFactory.copy(queue, chain);
            queue.hold();
            offerOne();
        };
        factory.availability = queue -> {
            if (takeAll(queue) == 1) {
                told.countDown();
            }
        };
        try (TestDaemon daemon = start();
                GuestRig guest = guest(packed)) {
            offerOne();
            assertThat(told.await(10, TimeUnit.SECONDS)).isTrue();
            assertThat(guest.queue(0).fds()).isNotNull();
            assertThat(daemon.status("copy0").restarts()).isZero();
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldTellTheHandlerWhenItEmptiedTheRingOutsideOfATurn(boolean packed) throws Exception {
        CountDownLatch held = new CountDownLatch(1);
        CountDownLatch told = new CountDownLatch(1);
        CompletableFuture<QueueContext> context = new CompletableFuture<>();
        factory.handling = (queue, chain) -> {
            CopyFactory.copy(queue, chain);
            context.complete(queue);
            queue.hold();
            held.countDown();
        };
        try (TestDaemon daemon = start();
                GuestRig guest = guest(packed)) {
            offerOne();
            assertThat(held.await(10, TimeUnit.SECONDS)).isTrue();
            CountDownLatch looked = new CountDownLatch(1);
            factory.availability = _ -> looked.countDown();
            context.join().loop().execute(() -> {
                offerOne();
                offerOne();
                offerOne();
            });
            assertThat(looked.await(10, TimeUnit.SECONDS)).isTrue();
            awaitTurn(daemon);
            // The kick for those three is used up; this one comes after they were taken.
            context.join().loop().execute(() -> {
                takeAll(context.join());
                factory.availability = queue -> {
                    if (takeAll(queue) == 4) {
                        told.countDown();
                    }
                };
                offerOne();
            });
            assertThat(told.await(10, TimeUnit.SECONDS)).as("taken: %s", taken).isTrue();
            assertThat(guest.queue(0).fds()).isNotNull();
            assertThat(daemon.status("copy0").restarts()).isZero();
        }
    }

    @Test
    void shouldNotSpinWhenTheHandlerLeavesChainsInTheRing() throws Exception {
        AtomicInteger calls = new AtomicInteger();
        CountDownLatch held = new CountDownLatch(1);
        factory.handling = (queue, chain) -> {
            CopyFactory.copy(queue, chain);
            queue.hold();
            offerOne();
            offerOne();
            held.countDown();
        };
        factory.availability = _ -> calls.incrementAndGet();
        try (TestDaemon daemon = start();
                GuestRig guest = guest(false)) {
            offerOne();
            assertThat(held.await(10, TimeUnit.SECONDS)).isTrue();
            // Each of these turns of the loop would call the handler again.
            for (int i = 0; i < 200; i++) {
                awaitTurn(daemon);
            }
            assertThat(calls.get()).isBetween(1, 3);
            assertThat(guest.queue(0).fds()).isNotNull();
        }
    }

    /** Waits until every queue loop has taken a turn. */
    private static void awaitTurn(TestDaemon daemon) throws InterruptedException {
        List<EventLoop> loops = daemon.system().loops().queueLoops();
        CountDownLatch turns = new CountDownLatch(loops.size());
        loops.forEach(loop -> loop.execute(turns::countDown));
        assertThat(turns.await(10, TimeUnit.SECONDS)).isTrue();
    }
}
