package dev.troupe.actors.tree;

import static org.assertj.core.api.Assertions.assertThat;

import dev.troupe.actors.daemon.DaemonCommand;
import dev.troupe.actors.daemon.DaemonSpecs;
import dev.troupe.actors.daemon.DaemonStatus;
import dev.troupe.actors.daemon.Outcome;
import dev.troupe.actors.daemon.Removal;
import dev.troupe.actors.testing.CopyFactory;
import dev.troupe.actors.testing.GuestRig;
import dev.troupe.actors.testing.TestDaemon;
import dev.troupe.transport.loop.EventLoopConfig;
import dev.troupe.transport.testing.LeakCheck;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import org.junit.jupiter.api.AutoClose;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** When a device leaves, and what its guest gets of that. */
@ExtendWith(LeakCheck.class)
class RemovalTest {

    private static final byte[] HELLO = {'h', 'e', 'l', 'l', 'o'};

    @TempDir
    Path folder;

    private final CopyFactory factory = new CopyFactory();

    @AutoClose
    private final TestDaemon daemon = TestDaemon.start(EventLoopConfig.Choice.EPOLL);

    @BeforeEach
    void addDevice() {
        daemon.add(TestDaemon.spec("copy0", factory, Map.of(), socket()).withDrainTimeout(Duration.ofMinutes(10)));
    }

    private Path socket() {
        return folder.resolve("copy0.sock");
    }

    private GuestRig guest() {
        GuestRig guest = GuestRig.connect(socket(), GuestRig.Shape.split());
        assertThat(guest.queue(0).roundTrip(HELLO, 5)).isEqualTo(HELLO);
        return guest;
    }

    private boolean isGone() {
        DaemonStatus status = daemon.ask(DaemonCommand.GetStatus::new);
        return status.devices().isEmpty();
    }

    @Test
    void shouldLeaveAtOnceWhenNobodyIsConnected() {
        assertThat(daemon.remove("copy0", Removal.IF_DISCONNECTED)).isEqualTo(new Outcome.Done(""));
        assertThat(isGone()).isTrue();
        assertThat(socket()).doesNotExist();
    }

    @Test
    void shouldStayAndSayWhatToDoWhenAFrontEndIsConnected() {
        try (GuestRig guest = guest()) {
            assertThat(daemon.remove("copy0", Removal.IF_DISCONNECTED))
                    .isEqualTo(new Outcome.Refused("copy0: a front end is connected. To remove it all the same, say"
                            + " --drain (its requests are finished first), --when-disconnected, or --force."));
            assertThat(guest.queue(0).roundTrip(HELLO, 5)).isEqualTo(HELLO);
        }
    }

    @Test
    void shouldServeUntilTheFrontEndLeavesWhenItIsToLeaveThen() {
        try (GuestRig guest = guest()) {
            assertThat(daemon.remove("copy0", Removal.WHEN_DISCONNECTED))
                    .isEqualTo(new Outcome.Done("copy0: removed when its front end disconnects."));
            assertThat(guest.queue(0).roundTrip(HELLO, 5)).isEqualTo(HELLO);
            assertThat(daemon.restart("copy0")).isEqualTo(new Outcome.Done(""));
            assertThat(daemon.status("copy0").stateReason()).hasValue("is removed when its front end disconnects");
            DaemonSpecs wanted = daemon.ask(DaemonCommand.GetSpecs::new);
            assertThat(wanted.devices()).isEmpty();
        }
        GuestRig.await("the device to leave", this::isGone);
    }

    @Test
    void shouldFinishRequestsFirstWhenItIsDrained() {
        AtomicReference<Runnable> held = new AtomicReference<>();
        try (GuestRig guest = guest()) {
            factory.handling = (queue, chain) -> held.set(() -> CopyFactory.copy(queue, chain));
            GuestRig.Request request = guest.queue(0).submit(HELLO, 5);
            GuestRig.await("the request to arrive", () -> held.get() != null);
            Thread finishing = Thread.ofPlatform().start(() -> {
                GuestRig.await("the device to be on its way out", () -> {
                    DaemonSpecs wanted = daemon.ask(DaemonCommand.GetSpecs::new);
                    return wanted.devices().isEmpty();
                });
                Objects.requireNonNull(factory.context).loop().execute(Objects.requireNonNull(held.get()));
            });
            assertThat(daemon.remove("copy0", Removal.DRAIN)).isEqualTo(new Outcome.Done(""));
            assertThat(request.await()).isEqualTo(HELLO);
            assertThat(finishing.isAlive()).isFalse();
        }
    }

    @Test
    void shouldNotWaitForRequestsWhenItIsForced() {
        try (GuestRig guest = guest()) {
            factory.handling = (_, _) -> {};
            guest.queue(0).submit(HELLO, 5);
            // The drain timeout is ten minutes.
            assertThat(daemon.remove("copy0", Removal.FORCE)).isEqualTo(new Outcome.Done(""));
            assertThat(isGone()).isTrue();
        }
    }
}
