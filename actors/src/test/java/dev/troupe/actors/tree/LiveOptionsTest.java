package dev.troupe.actors.tree;

import static org.assertj.core.api.Assertions.assertThat;

import dev.troupe.actors.daemon.DeviceSpec;
import dev.troupe.actors.daemon.DeviceState;
import dev.troupe.actors.daemon.Endpoint;
import dev.troupe.actors.daemon.Outcome;
import dev.troupe.actors.daemon.RestartPolicy;
import dev.troupe.actors.device.ChangeEffect;
import dev.troupe.actors.testing.CopyFactory;
import dev.troupe.actors.testing.GuestRig;
import dev.troupe.actors.testing.TestDaemon;
import dev.troupe.transport.loop.EventLoopConfig;
import dev.troupe.transport.testing.LeakCheck;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** Options that take effect at once do so, and the device is neither closed nor opened for them. */
@ExtendWith(LeakCheck.class)
class LiveOptionsTest {

    private static final byte[] HELLO = {'h', 'e', 'l', 'l', 'o'};
    private static final Duration HOUR = Duration.ofHours(1);

    @TempDir
    Path folder;

    private final CopyFactory factory = new CopyFactory();
    private final TestDaemon daemon = TestDaemon.start(EventLoopConfig.Choice.EPOLL);

    @BeforeEach
    void addDevice() {
        daemon.add(usual());
    }

    @AfterEach
    void stopDaemon() {
        daemon.close();
    }

    private Path socket() {
        return folder.resolve("copy0.sock");
    }

    private DeviceSpec usual() {
        return TestDaemon.spec("copy0", factory, Map.of(), socket());
    }

    private Outcome live(DeviceSpec wanted) {
        Outcome outcome = daemon.change(wanted, ChangeEffect.LIVE, false);
        assertThat(factory.opened).hasValue(1);
        return outcome;
    }

    private static RestartPolicy policy(int queueRestarts, int deviceRestarts, Duration window, Duration backoff) {
        return new RestartPolicy(queueRestarts, deviceRestarts, window, backoff, backoff);
    }

    private GuestRig guest() {
        return GuestRig.connect(socket(), GuestRig.Shape.split());
    }

    @Test
    void shouldTellTheDeviceWhenItsOwnOptionsChange() {
        assertThat(live(TestDaemon.spec("copy0", factory, Map.of("tone", 8L), socket())))
                .isEqualTo(new Outcome.Done(""));
        assertThat(factory.tone).isEqualTo(8);
        assertThat(daemon.status("copy0").restarts()).isZero();
        assertThat(daemon.status("copy0").lastRestarts()).isEmpty();
    }

    @Test
    void shouldWaitForRequestsOnlyAsLongAsTheNewDrainTimeoutSays() {
        AtomicInteger arrived = new AtomicInteger();
        factory.handling = (_, _) -> arrived.incrementAndGet();
        try (GuestRig guest = guest()) {
            guest.queue(0).submit(HELLO, 5);
            GuestRig.await("the request to arrive", () -> arrived.get() == 1);
            assertThat(live(usual().withDrainTimeout(Duration.ofMillis(5)))).isEqualTo(new Outcome.Done(""));
            long begun = System.nanoTime();
            guest.frontEnd().getVringBase(0);
            // It was 5 s.
            assertThat(Duration.ofNanos(System.nanoTime() - begun)).isLessThan(Duration.ofSeconds(4));
        }
    }

    @Test
    void shouldRestartTheDeviceSoonerWhenFewerQueueRestartsAreAllowed() {
        factory.handling = (queue, chain) -> {
            if (factory.opened.get() == 1) {
                throw new IllegalStateException("the test wants this to fail");
            }
            CopyFactory.copy(queue, chain);
        };
        try (GuestRig guest = guest()) {
            GuestRig.await("the queue", () -> !daemon.status("copy0").queues().isEmpty());
            live(TestDaemon.with(usual(), policy(0, 3, HOUR, Duration.ofMillis(1))));
            assertThat(guest.queue(0).roundTrip(HELLO, 5)).isEqualTo(HELLO);
            assertThat(daemon.status("copy0").queues().getFirst().restarts()).isZero();
        }
    }

    @Test
    void shouldGiveTheDeviceUpSoonerWhenFewerDeviceRestartsAreAllowed() {
        live(TestDaemon.with(usual(), policy(3, 0, HOUR, Duration.ofMillis(1))));
        factory.refusals.set(1);
        daemon.restart("copy0");
        assertThat(daemon.status("copy0").state()).isEqualTo(DeviceState.QUARANTINED);
    }

    @Test
    void shouldForgetFailuresSoonerWhenTheWindowIsShorter() {
        live(TestDaemon.with(usual(), policy(3, 1, Duration.ofNanos(1), Duration.ofMillis(1))));
        factory.refusals.set(5);
        daemon.restart("copy0");
        daemon.awaitState("copy0", DeviceState.RUNNING);
        assertThat(factory.refusals).hasValue(0);
    }

    @Test
    void shouldWaitLongerWhenTheBackOffIsLonger() {
        live(TestDaemon.with(usual(), policy(3, 3, HOUR, HOUR)));
        factory.refusals.set(1);
        daemon.restart("copy0");
        assertThat(daemon.status("copy0").state()).isEqualTo(DeviceState.BACKING_OFF);
        assertThat(daemon.status("copy0").stateReason()).hasValue("the test wants this to fail");
    }

    @Test
    void shouldOpenTheSocketToOthersWhenItsModeChanges() throws Exception {
        Endpoint open = new Endpoint.Listen(socket(), 0666, Optional.of("root"));
        assertThat(live(TestDaemon.at(usual(), open))).isEqualTo(new Outcome.Done(""));
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(socket())))
                .isEqualTo("rw-rw-rw-");
        assertThat(live(usual())).isEqualTo(new Outcome.Done(""));
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(socket())))
                .isEqualTo("rw-------");
    }

    @Test
    void shouldChangeNothingWhenTheSocketsGroupDoesNotExist() throws Exception {
        Endpoint wrong = new Endpoint.Listen(socket(), 0666, Optional.of("no-such-group"));
        assertThat(live(TestDaemon.at(usual().withDrainTimeout(Duration.ofMillis(5)), wrong)))
                .isInstanceOf(Outcome.Refused.class);
        assertThat(PosixFilePermissions.toString(Files.getPosixFilePermissions(socket())))
                .isEqualTo("rw-------");
        assertThat(daemon.wanted("copy0")).isEqualTo(usual());
    }

    @Test
    void shouldStopAndStartTheDeviceWhenItIsSwitchedOffAndOn() {
        assertThat(live(TestDaemon.enabled(usual(), false))).isEqualTo(new Outcome.Done(""));
        assertThat(daemon.status("copy0").state()).isEqualTo(DeviceState.STOPPED);
        assertThat(daemon.change(usual(), ChangeEffect.LIVE, false)).isEqualTo(new Outcome.Done(""));
        assertThat(daemon.status("copy0").state()).isEqualTo(DeviceState.RUNNING);
    }

    @Test
    void shouldNotSwitchTheDeviceOffWhenAFrontEndIsConnected() {
        try (GuestRig guest = guest()) {
            assertThat(live(TestDaemon.enabled(usual(), false))).isInstanceOf(Outcome.Refused.class);
            assertThat(guest.queue(0).roundTrip(HELLO, 5)).isEqualTo(HELLO);
        }
    }
}
