package dev.troupe.actors.tree;

import static org.assertj.core.api.Assertions.assertThat;

import dev.troupe.actors.daemon.DeviceSpec;
import dev.troupe.actors.daemon.Outcome;
import dev.troupe.actors.testing.CopyFactory;
import dev.troupe.actors.testing.GuestRig;
import dev.troupe.actors.testing.TestDaemon;
import dev.troupe.transport.frontend.BufferList;
import dev.troupe.transport.frontend.DriverQueue;
import dev.troupe.transport.loop.EventLoopConfig;
import dev.troupe.transport.sys.EventFd;
import dev.troupe.transport.testing.LeakCheck;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** When a ring is looked at and when it asks for kicks, by a driver that kicks exactly when the ring says so. */
@ExtendWith(LeakCheck.class)
class BusyPollTest {
    private static final int REQUESTS = 400;
    private static final int PAYLOAD = 8;

    @TempDir
    Path folder;

    private final CopyFactory factory = new CopyFactory();

    @ParameterizedTest
    @CsvSource({"IO_URING, false", "IO_URING, true", "EPOLL, false", "EPOLL, true"})
    void shouldLoseNoRequestThoughKicksAreAskedForOnlyBeforeTheLoopSleeps(
            EventLoopConfig.Choice choice, boolean packed) {
        assertThat(kicks(choice, packed, Duration.ZERO, 5)).isLessThanOrEqualTo(5 * REQUESTS);
    }

    @ParameterizedTest
    @CsvSource({"IO_URING, false", "IO_URING, true", "EPOLL, false", "EPOLL, true"})
    void shouldNeedFewerKicksWhenItIsOn(EventLoopConfig.Choice choice, boolean packed) {
        assertThat(kicks(choice, packed, Duration.ofMillis(100), 1)).isLessThan(REQUESTS);
    }

    /** The loop falls asleep all the time: a request must never lie there unseen. */
    @ParameterizedTest
    @CsvSource({"IO_URING, false", "IO_URING, true", "EPOLL, false", "EPOLL, true"})
    void shouldLoseNoRequestWhenTheLoopFallsAsleepBetweenThem(EventLoopConfig.Choice choice, boolean packed) {
        assertThat(kicks(choice, packed, Duration.ofNanos(5_000), 5)).isLessThanOrEqualTo(5 * REQUESTS);
    }

    @ParameterizedTest
    @CsvSource({"IO_URING, false", "EPOLL, true"})
    void shouldGoOnWhenTheDeviceIsRestarted(EventLoopConfig.Choice choice, boolean packed) {
        try (TestDaemon daemon = start(choice, Duration.ofMillis(100));
                GuestRig guest = GuestRig.connect(socket(), GuestRig.Shape.packed(packed))) {
            for (int i = 0; i < 20; i++) {
                roundTrip(guest);
                assertThat(daemon.restart("copy0")).isInstanceOf(Outcome.Done.class);
            }
            roundTrip(guest);
        }
    }

    /** Neither queue may be forgotten while the loop looks after the other. */
    @ParameterizedTest
    @CsvSource({"IO_URING, false", "EPOLL, true"})
    void shouldServeAllQueuesOfALoop(EventLoopConfig.Choice choice, boolean packed) {
        try (TestDaemon daemon = start(choice, Duration.ofMillis(100));
                GuestRig guest =
                        GuestRig.connect(socket(), GuestRig.Shape.packed(packed).withQueues(4))) {
            for (int i = 0; i < REQUESTS; i++) {
                roundTrip(guest, i % 4);
            }
            assertThat(daemon.status("copy0").queues())
                    .allSatisfy(queue -> assertThat(queue.requests()).isEqualTo(REQUESTS / 4));
        }
    }

    /** How many kicks the device wanted for so many rounds of requests, one after the other. */
    private int kicks(EventLoopConfig.Choice choice, boolean packed, Duration busyPoll, int rounds) {
        try (TestDaemon daemon = start(choice, busyPoll);
                GuestRig guest = GuestRig.connect(socket(), GuestRig.Shape.packed(packed))) {
            int kicks = 0;
            for (int i = 0; i < rounds * REQUESTS; i++) {
                kicks += roundTrip(guest) ? 1 : 0;
            }
            assertThat(daemon.status("copy0").queues().getFirst().requests()).isEqualTo((long) rounds * REQUESTS);
            return kicks;
        }
    }

    private static boolean roundTrip(GuestRig guest) {
        return roundTrip(guest, 0);
    }

    /** One request; whether the device wanted a kick for it. */
    private static boolean roundTrip(GuestRig guest, int index) {
        DriverQueue ring = guest.queue(index).ring();
        long at = guest.memory().regions().getFirst().guestAddress();
        ring.add(new BufferList().readable(at, PAYLOAD).writable(at, PAYLOAD), 1);
        boolean kick = ring.publish();
        if (kick) {
            EventFd.signal(guest.queue(index).fds().kick());
        }
        GuestRig.await("the answer", ring::poll);
        assertThat(ring.usedLengthBytes()).isEqualTo(PAYLOAD);
        return kick;
    }

    private Path socket() {
        return folder.resolve("copy0.sock");
    }

    private TestDaemon start(EventLoopConfig.Choice choice, Duration busyPoll) {
        TestDaemon daemon = TestDaemon.start(choice);
        DeviceSpec plain = TestDaemon.spec("copy0", factory, Map.of(), socket());
        daemon.add(new DeviceSpec(
                plain.name(),
                plain.factory(),
                plain.settings(),
                plain.endpoint(),
                plain.enabled(),
                plain.eventLoop(),
                busyPoll,
                plain.drainTimeout(),
                plain.restarts()));
        return daemon;
    }
}
