package dev.troupe.devices.scsi;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.troupe.actors.device.DeviceException;
import dev.troupe.actors.device.SavedState;
import dev.troupe.devices.testing.ManualLoop;
import dev.troupe.devices.testing.TestDeviceContext;
import dev.troupe.transport.testing.LeakCheck;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** States that a front end brings along: of a guest that comes from elsewhere, or made up. */
@ExtendWith(LeakCheck.class)
class ForeignStateTest {
    private static final String READY = "00 00000000 00";
    private static final int DISK = LunAddress.of(0, 0);
    private static final int CD = LunAddress.of(0, 1);

    @TempDir
    Path directory = Path.of("");

    private final ManualLoop loop = new ManualLoop();
    private final TestDeviceContext daemon = new TestDeviceContext(loop);
    private final GuestContext context = new GuestContext(daemon, "scsi0");
    private ScsiRig rig;

    @BeforeEach
    void open() throws Exception {
        Files.write(image("disc1"), new byte[64 << 10]);
        Files.write(image("disc2"), new byte[64 << 10]);
        rig = ScsiRig.of(loop, context, luns());
    }

    @AfterEach
    void close() {
        rig.close();
        daemon.close();
    }

    private Map<String, Map<String, Object>> luns() {
        return Map.of(
                "disk",
                Map.of("path", image("disk"), "size", 1L << 20),
                "cd",
                Map.of("medium", "cd-rom", "lun", 1L, "path", image("disc1")));
    }

    private Path image(String name) {
        return directory.resolve(name + ".img");
    }

    private void load(String name, int address, long sequence, String medium, Reservations reservations)
            throws DeviceException {
        UnitState unit = new UnitState(
                sequence, true, false, Optional.ofNullable(medium.equals("-") ? null : medium), reservations, 0);
        ScsiState state = new ScsiState(96, 32, false, List.of(new ScsiState.Unit(name, address, unit)), List.of());
        rig.device().loadState(SavedState.of(ScsiState.VERSION, state.encode()));
        rig.settle();
    }

    private void load(String name, int address, String medium) throws DeviceException {
        load(name, address, 1000, medium, Reservations.NONE);
    }

    @Test
    void shouldNeverOpenAnImageThatAFrontEndNames() throws Exception {
        assertThatThrownBy(() -> load("disk", DISK, image("disc2").toString()))
                .hasMessageContaining("disk")
                .hasMessageContaining("medium");
        ScsiRequests.isGood(rig.command("15 10 00 00 18 00", 0, ScsiRequests.cachingPage(false)));
        rig.close();
        rig = ScsiRig.fresh(loop, context, luns());

        assertThat(rig.operator("list")).contains("file " + image("disk")).doesNotContain("disc2");
    }

    @Test
    void shouldRefuseAGuestWhoseDriveHadAnotherMedium() {
        assertThatThrownBy(() -> load("cd", CD, image("disc2").toString())).hasMessageContaining("another medium");
        assertThatThrownBy(() -> load("cd", CD, "\0")).isInstanceOf(DeviceException.class);
    }

    @Test
    void shouldTakeAGuestWhoseDriveHadTheSameMedium() throws Exception {
        load("cd", CD, image("disc1").toString());

        ScsiRequests.isGood(rig.command(0, 1, READY, 0));
    }

    @Test
    void shouldEjectWhenTheGuestHasAnEmptyDrive() throws Exception {
        load("cd", CD, "");

        ScsiRequests.fails(rig.command(0, 1, READY, 0), "2/3a/00");
        rig.operator("insert", "cd");
    }

    @Test
    void shouldTakeReservationsAndModes() throws Exception {
        load("disk", DISK, 1000, "-", Reservations.NONE.registered("elsewhere", 7));

        assertThat(rig.device()
                        .units()
                        .all()
                        .getFirst()
                        .unit()
                        .state()
                        .reservations()
                        .registrations())
                .containsExactly(new Reservations.Registration("elsewhere", 7));
    }

    @Test
    void shouldRefuseReservationsThatCannotBe() {
        Reservations noKey = Reservations.NONE.registered("elsewhere", 0);
        Reservations twice = new Reservations(
                0,
                List.of(new Reservations.Registration("a", 1), new Reservations.Registration("a", 2)),
                Optional.empty(),
                0);

        assertThatThrownBy(() -> load("disk", DISK, 1000, "-", noKey)).isInstanceOf(DeviceException.class);
        assertThatThrownBy(() -> load("disk", DISK, 1000, "-", twice)).isInstanceOf(DeviceException.class);
    }

    @Test
    void shouldRefuseASequenceThatLeavesNoRoomForChanges() {
        assertThatThrownBy(() -> load("disk", DISK, Long.MAX_VALUE, "-", Reservations.NONE))
                .isInstanceOf(DeviceException.class);
        assertThatThrownBy(() -> load("disk", DISK, -1, "-", Reservations.NONE)).isInstanceOf(DeviceException.class);
    }
}
