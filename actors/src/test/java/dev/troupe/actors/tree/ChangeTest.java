package dev.troupe.actors.tree;

import static org.assertj.core.api.Assertions.assertThat;

import dev.troupe.actors.daemon.DaemonCommand;
import dev.troupe.actors.daemon.DeviceSpec;
import dev.troupe.actors.daemon.DeviceState;
import dev.troupe.actors.daemon.Endpoint;
import dev.troupe.actors.daemon.Outcome;
import dev.troupe.actors.daemon.RestartCause;
import dev.troupe.actors.device.ChangeEffect;
import dev.troupe.actors.testing.CopyFactory;
import dev.troupe.actors.testing.GuestRig;
import dev.troupe.actors.testing.TestDaemon;
import dev.troupe.transport.loop.EventLoopConfig;
import dev.troupe.transport.protocol.BackEndMessage;
import dev.troupe.transport.testing.LeakCheck;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** What becomes of a device, and of the guest that uses it, when something else is wanted of it. */
@ExtendWith(LeakCheck.class)
class ChangeTest {

    private static final byte[] HELLO = {'h', 'e', 'l', 'l', 'o'};

    @TempDir
    Path folder;

    private final CopyFactory factory = new CopyFactory();
    private TestDaemon daemon = TestDaemon.start(EventLoopConfig.Choice.EPOLL);

    @BeforeEach
    void addDevice() {
        daemon.add(spec(Map.of()));
    }

    @AfterEach
    void stopDaemon() {
        daemon.close();
    }

    private Path socket() {
        return folder.resolve("copy0.sock");
    }

    private DeviceSpec spec(Map<String, Object> settings) {
        return TestDaemon.spec("copy0", factory, settings, socket());
    }

    private GuestRig guest() {
        return GuestRig.connect(socket(), GuestRig.Shape.split());
    }

    @Test
    void shouldGoOnBehindTheOpenSocketWhenWhatStandsBehindItIsChanged() {
        try (GuestRig guest = guest()) {
            assertThat(daemon.change(spec(Map.of("tone", 3L)), ChangeEffect.RESTART, false))
                    .isEqualTo(new Outcome.Done(""));
            assertThat(guest.queue(0).roundTrip(HELLO, 5)).isEqualTo(HELLO);
            assertThat(factory.tone).isEqualTo(3);
            assertThat(factory.opened).hasValue(2);
            assertThat(daemon.wanted("copy0")).isEqualTo(spec(Map.of("tone", 3L)));
            assertThat(daemon.status("copy0").lastRestarts())
                    .singleElement()
                    .satisfies(note -> assertThat(note.cause()).isEqualTo(RestartCause.RELOAD));
        }
    }

    @Test
    void shouldGoOnAsItWasWhenItCannotBeOpenedAnew() {
        try (GuestRig guest = guest()) {
            assertThat(daemon.change(spec(Map.of("cannot", true)), ChangeEffect.RESTART, false))
                    .isEqualTo(new Outcome.Refused("copy0: it cannot be opened like that; it goes on as it was"));
            assertThat(daemon.status("copy0").state()).isEqualTo(DeviceState.RUNNING);
            assertThat(guest.queue(0).roundTrip(HELLO, 5)).isEqualTo(HELLO);
            assertThat(daemon.wanted("copy0")).isEqualTo(spec(Map.of()));
        }
    }

    @Test
    void shouldGoOnThoughItsSocketCannotGetItsPermissionsBack() {
        try (GuestRig guest = guest()) {
            factory.refusing = () -> assertThat(socket().toFile().delete()).isTrue();
            DeviceSpec wanted = spec(Map.of("cannot", true)).at(new Endpoint.Listen(socket(), 0666, Optional.empty()));
            assertThat(daemon.change(wanted, ChangeEffect.RESTART, false))
                    .isEqualTo(new Outcome.Refused("copy0: it cannot be opened like that; it goes on as it was"));
            assertThat(daemon.status("copy0").state()).isEqualTo(DeviceState.RUNNING);
            assertThat(guest.queue(0).roundTrip(HELLO, 5)).isEqualTo(HELLO);
        }
    }

    @Test
    void shouldGoOnAsItWasWhenTheGuestWouldFindAnotherNumberOfQueues() {
        try (GuestRig guest = guest()) {
            assertThat(daemon.change(spec(Map.of("queues", 2L)), ChangeEffect.RESTART, false))
                    .isEqualTo(new Outcome.Refused("copy0: it would have 2 queues in place of 4,"
                            + " and a front end is connected; it goes on as it was"));
            assertThat(guest.queue(0).roundTrip(HELLO, 5)).isEqualTo(HELLO);
            assertThat(guest.frontEnd().getQueueNum()).isEqualTo(4);
        }
    }

    @Test
    void shouldGoOnAsItWasWhenTheConfigurationSpaceWouldChangeInAFixedField() {
        try (GuestRig guest = guest()) {
            assertThat(daemon.change(spec(Map.of("shape", 7L)), ChangeEffect.RESTART, false))
                    .isInstanceOf(Outcome.Refused.class);
            assertThat(guest.frontEnd().getConfig(2, 1).toArray()).containsExactly(3);
        }
    }

    @Test
    void shouldTellTheDriverWhenTheConfigurationSpaceChangesAsItMay() throws Exception {
        try (GuestRig guest = guest()) {
            assertThat(daemon.change(spec(Map.of("size", 9L)), ChangeEffect.RESTART, false))
                    .isEqualTo(new Outcome.Done(""));
            assertThat(guest.frontEnd().backChannel().await(10_000)).isInstanceOf(BackEndMessage.ConfigChange.class);
            assertThat(guest.frontEnd().getConfig(1, 1).toArray()).containsExactly(9);
        }
    }

    @Test
    void shouldRefuseAtOnceWhenTheGuestWouldSeeItAndAFrontEndIsConnected() {
        try (GuestRig guest = guest()) {
            assertThat(daemon.change(spec(Map.of("queues", 2L)), ChangeEffect.GUEST_VISIBLE, false))
                    .isEqualTo(new Outcome.Refused("copy0: the guest would see another device than the one it found;"
                            + " disconnect its front end first, or say --force to have it disconnected."));
            assertThat(factory.opened).hasValue(1);
            assertThat(guest.queue(0).roundTrip(HELLO, 5)).isEqualTo(HELLO);
        }
    }

    @Test
    void shouldDisconnectTheFrontEndWhenTheGuestWouldSeeItAndItIsForced() {
        try (GuestRig guest = guest()) {
            assertThat(guest.queue(0).roundTrip(HELLO, 5)).isEqualTo(HELLO);
            assertThat(daemon.change(spec(Map.of("queues", 2L)), ChangeEffect.GUEST_VISIBLE, true))
                    .isEqualTo(new Outcome.Done(""));
        }
        try (GuestRig next = guest()) {
            assertThat(next.frontEnd().getQueueNum()).isEqualTo(2);
            assertThat(next.queue(0).roundTrip(HELLO, 5)).isEqualTo(HELLO);
        }
    }

    @Test
    void shouldDisconnectTheFrontEndWhenItIsForcedAndOnlyOpeningTellsWhatTheGuestWouldSee() {
        try (GuestRig guest = guest()) {
            assertThat(guest.queue(0).roundTrip(HELLO, 5)).isEqualTo(HELLO);
            assertThat(daemon.change(spec(Map.of("shape", 7L)), ChangeEffect.RESTART, true))
                    .isEqualTo(new Outcome.Done(""));
        }
        try (GuestRig next = guest()) {
            assertThat(next.frontEnd().getConfig(2, 1).toArray()).containsExactly(7);
        }
    }

    @Test
    void shouldServeAtAnotherSocketWhenNobodyIsConnected() {
        Path other = folder.resolve("other.sock");
        DeviceSpec moved = TestDaemon.at(spec(Map.of()), new Endpoint.Listen(other, 0600, Optional.empty()));
        assertThat(daemon.change(moved, ChangeEffect.GUEST_VISIBLE, false)).isEqualTo(new Outcome.Done(""));
        assertThat(socket()).doesNotExist();
        try (GuestRig guest = GuestRig.connect(other, GuestRig.Shape.split())) {
            assertThat(guest.queue(0).roundTrip(HELLO, 5)).isEqualTo(HELLO);
        }
    }

    @Test
    void shouldServeAtItsOldSocketWhenTheOtherOneCannotBeHad() throws Exception {
        Path file = Files.writeString(folder.resolve("file"), "no socket");
        DeviceSpec moved = TestDaemon.at(spec(Map.of()), new Endpoint.Listen(file, 0600, Optional.empty()));
        assertThat(daemon.change(moved, ChangeEffect.GUEST_VISIBLE, false)).isInstanceOf(Outcome.Refused.class);
        try (GuestRig guest = guest()) {
            assertThat(guest.queue(0).roundTrip(HELLO, 5)).isEqualTo(HELLO);
        }
        assertThat(daemon.wanted("copy0")).isEqualTo(spec(Map.of()));
    }

    @Test
    void shouldNotOpenAStoppedDeviceWhenItIsChanged() {
        daemon.<Outcome>ask(replyTo -> new DaemonCommand.StopDevice("copy0", replyTo));
        assertThat(daemon.change(spec(Map.of("tone", 5L)), ChangeEffect.RESTART, false))
                .isEqualTo(new Outcome.Done("copy0 does not run; the change counts when it starts."));
        assertThat(daemon.status("copy0").state()).isEqualTo(DeviceState.STOPPED);
        daemon.<Outcome>ask(replyTo -> new DaemonCommand.StartDevice("copy0", replyTo));
        assertThat(factory.tone).isEqualTo(5);
    }

    @Test
    void shouldRunAgainWhenTheChangeMendsAQuarantinedDevice() {
        factory.refusals.set(100);
        daemon.restart("copy0");
        daemon.awaitState("copy0", DeviceState.QUARANTINED);
        assertThat(daemon.status("copy0").stateReason()).hasValue("the test wants this to fail");
        factory.refusals.set(0);
        assertThat(daemon.change(spec(Map.of("tone", 5L)), ChangeEffect.RESTART, false))
                .isEqualTo(new Outcome.Done(""));
        assertThat(daemon.status("copy0").state()).isEqualTo(DeviceState.RUNNING);
        assertThat(daemon.status("copy0").stateReason()).isEmpty();
    }
}
