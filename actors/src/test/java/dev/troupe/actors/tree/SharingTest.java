package dev.troupe.actors.tree;

import static org.assertj.core.api.Assertions.assertThat;

import dev.troupe.actors.daemon.DaemonCommand;
import dev.troupe.actors.daemon.Outcome;
import dev.troupe.actors.daemon.Removal;
import dev.troupe.actors.device.DeviceContext;
import dev.troupe.actors.device.SavedState;
import dev.troupe.actors.testing.CopyFactory;
import dev.troupe.actors.testing.GuestRig;
import dev.troupe.actors.testing.TestDaemon;
import dev.troupe.transport.loop.EventLoopConfig;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** What devices of one daemon have in common, and what the queues of one device have. */
class SharingTest {

    @TempDir
    Path folder;

    private final List<String> events = new CopyOnWriteArrayList<>();
    private final CopyFactory factory = new CopyFactory();

    private AutoCloseable make(String what) {
        events.add("made " + what);
        return () -> events.add("closed " + what);
    }

    private void share(DeviceContext context, String what) {
        context.share(what, AutoCloseable.class, () -> make(what));
    }

    private void add(TestDaemon daemon, String name) {
        daemon.add(TestDaemon.spec(name, factory, Map.of(), folder.resolve(name)));
    }

    @Test
    void shouldMakeASharedThingOnceAndCloseItWithItsLastUser() {
        factory.sharing = context -> share(context, "bus");
        try (TestDaemon daemon = TestDaemon.start(EventLoopConfig.Choice.AUTO)) {
            add(daemon, "one");
            add(daemon, "two");
            daemon.restart("one");
            daemon.remove("one", Removal.DRAIN);
            assertThat(events).containsExactly("made bus");
            daemon.remove("two", Removal.DRAIN);
            assertThat(events).containsExactly("made bus", "closed bus");
        }
    }

    @Test
    void shouldCloseASharedThingThatNoOpeningAsksForAnyMore() throws Exception {
        CountDownLatch closed = new CountDownLatch(1);
        factory.sharing = context -> context.share("old", AutoCloseable.class, () -> closed::countDown);
        try (TestDaemon daemon = TestDaemon.start(EventLoopConfig.Choice.AUTO)) {
            add(daemon, "one");
            factory.sharing = context -> share(context, "new");
            daemon.restart("one");
            assertThat(closed.await(10, TimeUnit.SECONDS)).isTrue();
            assertThat(events).containsExactly("made new");
        }
    }

    @Test
    void shouldServeAllQueuesOnTheDevicesLoopWhereTheTypeWantsThat() {
        factory.onOneLoop = true;
        Set<String> loops = ConcurrentHashMap.newKeySet();
        factory.handling = (queue, chain) -> {
            loops.add(queue.loop().name());
            CopyFactory.copy(queue, chain);
        };
        try (TestDaemon daemon = TestDaemon.start(EventLoopConfig.Choice.AUTO)) {
            add(daemon, "one");
            try (GuestRig guest = GuestRig.connect(
                    folder.resolve("one"), GuestRig.Shape.split().withQueues(4))) {
                for (int i = 0; i < 4; i++) {
                    guest.queue(i).submit(new byte[] {1}, 1).await();
                }
            }
            assertThat(loops)
                    .containsExactly(
                            Objects.requireNonNull(factory.context).loop().name());
        }
    }

    @Test
    void shouldKeepStateThatARequestChanged() {
        try (TestDaemon daemon = TestDaemon.start(EventLoopConfig.Choice.AUTO)) {
            add(daemon, "one");
            factory.state = SavedState.of(1, (byte) 5);
            Objects.requireNonNull(factory.context).stateChanged();
            // A device's messages are worked off in order, so the answer to this comes after.
            daemon.<Outcome>ask(replyTo -> new DaemonCommand.CommandDevice("one", "x", List.of(), replyTo));
            factory.state = SavedState.NONE;
            assertThat(factory.saves()).isPositive();
        }
    }
}
