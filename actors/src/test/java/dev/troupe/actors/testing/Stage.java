package dev.troupe.actors.testing;

import static org.assertj.core.api.Assertions.assertThat;

import dev.troupe.actors.daemon.DeviceSpec;
import dev.troupe.actors.daemon.DeviceStatus;
import dev.troupe.transport.loop.EventLoopConfig;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;

/**
 * A daemon with two devices: {@code victim}, which a test attacks, and {@code neighbour}, whose guest must notice nothing.
 */
public final class Stage implements AutoCloseable {

    /** The device to be attacked. */
    public static final String VICTIM = "victim";

    private static final String NEIGHBOUR = "neighbour";
    private static final byte[] PING = "ping".getBytes(StandardCharsets.US_ASCII);

    private final TestDaemon daemon;
    private final Path folder;
    private final CopyFactory victim = new CopyFactory();
    private final GuestRig bystander;

    private Stage(Path folder, EventLoopConfig.Choice choice, boolean packed) {
        this.folder = folder;
        daemon = TestDaemon.start(choice);
        daemon.add(impatient(TestDaemon.spec(VICTIM, victim, Map.of(), socket())));
        Path elsewhere = folder.resolve(NEIGHBOUR + ".sock");
        daemon.add(TestDaemon.spec(NEIGHBOUR, new CopyFactory(), Map.of(), elsewhere));
        bystander = GuestRig.connect(elsewhere, GuestRig.Shape.packed(packed));
    }

    /** The same, but requests that never end are waited for a shorter time than a front end waits for an answer. */
    private static DeviceSpec impatient(DeviceSpec usual) {
        return new DeviceSpec(
                usual.name(),
                usual.factory(),
                usual.settings(),
                usual.endpoint(),
                usual.enabled(),
                usual.eventLoop(),
                usual.busyPoll(),
                Duration.ofSeconds(2),
                usual.restarts());
    }

    /** Starts both devices, and the neighbour's guest. */
    public static Stage open(Path folder) {
        return new Stage(folder, EventLoopConfig.Choice.IO_URING, false);
    }

    /** The same with rings of the kind given. */
    public static Stage open(Path folder, boolean packed) {
        return new Stage(folder, EventLoopConfig.Choice.IO_URING, packed);
    }

    /** The same with rings and event loops of the kind given. */
    public static Stage open(Path folder, EventLoopConfig.Choice choice, boolean packed) {
        return new Stage(folder, choice, packed);
    }

    /** Where the victim listens. */
    public Path socket() {
        return folder.resolve(VICTIM + ".sock");
    }

    /** The daemon. */
    public TestDaemon daemon() {
        return daemon;
    }

    /** The victim's device. */
    public CopyFactory victim() {
        return victim;
    }

    /** The victim's state. */
    public DeviceStatus status() {
        return daemon.status(VICTIM);
    }

    /** A guest of the victim, which must be free. */
    public GuestRig guest(GuestRig.Shape shape) {
        awaitNobodyConnected();
        return GuestRig.connect(socket(), shape);
    }

    /** Waits until the front end before is cleared away. */
    public void awaitNobodyConnected() {
        GuestRig.await(
                "the front end before to be gone", () -> status().connection().isEmpty());
    }

    /** Waits until so many violations more than before are counted, and looks at what the last one says. */
    public void expectViolation(long before, String... reasons) {
        GuestRig.await("a violation to be counted", () -> status().violations() > before);
        assertThat(status().lastProblem())
                .hasValueSatisfying(
                        problem -> assertThat(problem).startsWith(VICTIM + ": ").contains(reasons));
    }

    /** The neighbour's guest is served and has broken no rule. */
    public void expectNeighbourUnharmed() {
        assertThat(bystander.queue(0).roundTrip(PING, PING.length)).isEqualTo(PING);
        assertThat(daemon.status(NEIGHBOUR).violations()).isZero();
        assertThat(daemon.status(NEIGHBOUR).restarts()).isZero();
        assertThat(daemon.status(NEIGHBOUR).lastProblem()).isEmpty();
    }

    /** A new guest of the victim is served. Nobody may be connected, or be about to leave. */
    public void expectNextFrontEndServed(boolean packed) {
        try (GuestRig next = guest(GuestRig.Shape.packed(packed))) {
            assertThat(next.queue(0).roundTrip(PING, PING.length)).isEqualTo(PING);
        }
    }

    /** All is well: the neighbour, and the next front end. */
    public void expectUnharmed() {
        expectNeighbourUnharmed();
        expectNextFrontEndServed(false);
        assertThat(status().restarts()).isZero();
    }

    /** How many actors there are. */
    public long actors() {
        return daemon.system().daemon().printTree().lines().count();
    }

    @Override
    public void close() {
        bystander.close();
        daemon.close();
    }
}
