package dev.troupe.devices.gpio;

import static org.assertj.core.api.Assertions.assertThat;

import dev.troupe.actors.daemon.DeviceState;
import dev.troupe.actors.testing.GuestRig;
import dev.troupe.devices.testing.HostSideRig;
import dev.troupe.transport.sys.GpioChip;
import dev.troupe.transport.sys.GpioLine;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Lines of the kernel's gpio-sim as a driver of the device finds them. Run in a guest, for it needs the simulator. */
@Tag("simulators")
class HostChipOnSimulator {
    private static final int QUEUES = 2;
    private static final int UNUSED = 0;
    private static final int BUTTON = 1;
    private static final int LED = 3;
    private static final int HOG = 4;
    private static final int ERROR = -1;

    private final GpioFactory factory = new GpioFactory();
    private final GpioSim chip = GpioSim.create("board", "the board", "", "BUTTON", "", "LED", "!HOG");
    private HostSideRig rig;

    @BeforeEach
    void start(@TempDir Path folder) {
        rig = new HostSideRig(folder);
    }

    @AfterEach
    void stop() {
        rig.close();
        chip.close();
    }

    private static Map<String, Object> options(String chip, String... lines) {
        Map<String, Object> options = new HashMap<>(Map.of("back-end", "host", "chip", chip));
        if (lines.length > 0) {
            options.put("lines", List.of(lines));
        }
        return options;
    }

    private GuestRig serve(String name, String chip, String... lines) {
        return rig.serve(name, factory, options(chip, lines), QUEUES, GpioWire.VIRTIO_GPIO_F_IRQ);
    }

    private static int ask(GuestRig guest, int type, int gpio, int value) {
        byte[] answer = guest.queue(GpioWire.REQUESTQ).roundTrip(GpioRequests.request(type, gpio, value), 2);
        return answer[0] == GpioWire.VIRTIO_GPIO_STATUS_OK ? answer[1] : ERROR;
    }

    private static void direct(GuestRig guest, int gpio, int direction) {
        assertThat(ask(guest, GpioWire.VIRTIO_GPIO_MSG_SET_DIRECTION, gpio, direction))
                .isZero();
    }

    private static int level(GuestRig guest, int gpio) {
        return ask(guest, GpioWire.VIRTIO_GPIO_MSG_GET_VALUE, gpio, 0);
    }

    private static void drive(GuestRig guest, int gpio, int level) {
        assertThat(ask(guest, GpioWire.VIRTIO_GPIO_MSG_SET_VALUE, gpio, level)).isZero();
    }

    private static void interrupting(GuestRig guest, int gpio, int type) {
        direct(guest, gpio, GpioWire.VIRTIO_GPIO_DIRECTION_IN);
        assertThat(ask(guest, GpioWire.VIRTIO_GPIO_MSG_SET_IRQ_TYPE, gpio, type))
                .isZero();
    }

    private static GuestRig.Request unmask(GuestRig guest, int gpio) {
        return guest.queue(GpioWire.EVENTQ).submit(GpioRequests.unmask(gpio), 1);
    }

    /** A request on the other queue is through, and so the device has taken what was there before it. */
    private static boolean isStillMasked(GuestRig guest, GuestRig.Request interrupt, int gpio) {
        level(guest, gpio);
        return !interrupt.done();
    }

    private static String names(GuestRig guest, int bytes) {
        byte[] answer = guest.queue(GpioWire.REQUESTQ)
                .roundTrip(GpioRequests.request(GpioWire.VIRTIO_GPIO_MSG_GET_LINE_NAMES, 0, 0), 1 + bytes);
        return new String(answer, 1, answer.length - 1, StandardCharsets.US_ASCII);
    }

    @Test
    void shouldFindTheChipByItsPathItsNumberAndItsLabel() {
        for (String name : List.of(chip.path().toString(), chip.number(), "the board")) {
            GuestRig guest = serve("lines", name, "0");
            assertThat(level(guest, 0)).isZero();
            rig.remove("lines");
        }
    }

    @Test
    void shouldSayWhichChipsThereAreWhenThereIsNoneOfTheLabel() {
        assertThat(rig.refused("lines", factory, options("another board", "0"))).contains("another board", "the board");
    }

    @Test
    void shouldRefuseALabelThatTwoChipsHave() {
        try (GpioSim twin = GpioSim.create("twin", "the board", "")) {
            assertThat(rig.refused("lines", factory, options("the board", "0")))
                    .contains(chip.path().toString(), twin.path().toString());
        }
    }

    @Test
    void shouldFindTheChipByItsLabelAlthoughAnotherOneCannotBeAsked() throws Exception {
        Path noChip = Files.createFile(Path.of("/dev/gpiochip99"));
        try {
            assertThat(level(serve("lines", "the board", "0"), 0)).isZero();
            assertThat(rig.refused("others", factory, options("another board", "0")))
                    .contains("another board", "the board", noChip.toString());
        } finally {
            Files.delete(noChip);
        }
    }

    @Test
    void shouldCallALineAsTheOperatorDoesWhateverTheBoardCallsAnother() {
        GuestRig guest = serve("lines", "the board", "1", "BUTTON=3", "2");
        assertThat(names(guest, 9)).isEqualTo("\0BUTTON\0\0");
    }

    @Test
    void shouldGiveTheGuestTheLinesThatAreChosenInThatOrderByTheirNames() {
        GuestRig guest = serve("lines", "the board", "LAMP=LED", "BUTTON", "2");
        byte[] config = guest.frontEnd().getConfig(0, GpioWire.CONFIG_SIZE).toArray();
        assertThat(config).containsExactly(3, 0, 0, 0, 13, 0, 0, 0);
        assertThat(names(guest, 13)).isEqualTo("LAMP\0BUTTON\0\0");

        drive(guest, 0, 1);
        direct(guest, 0, GpioWire.VIRTIO_GPIO_DIRECTION_OUT);
        assertThat(chip.level(LED)).isTrue();
        chip.pull(BUTTON, true);
        assertThat(level(guest, 1)).isEqualTo(1);
    }

    @Test
    void shouldSayWhatTheChipHasWhenALineIsNotThere() {
        assertThat(rig.refused("lines", factory, options("the board", "NONE"))).contains("NONE", "5");
        assertThat(rig.refused("lines", factory, options("the board", "5"))).contains("'5'");
    }

    @Test
    void shouldDriveALineAndReadIt() {
        GuestRig guest = serve("lines", "the board", "LED", "BUTTON");
        assertThat(ask(guest, GpioWire.VIRTIO_GPIO_MSG_GET_DIRECTION, 0, 0))
                .isEqualTo(GpioWire.VIRTIO_GPIO_DIRECTION_IN);
        direct(guest, 0, GpioWire.VIRTIO_GPIO_DIRECTION_OUT);
        assertThat(chip.level(LED)).isFalse();
        for (int level : new int[] {1, 0, 1}) {
            drive(guest, 0, level);
            assertThat(chip.level(LED)).isEqualTo(level == 1);
            assertThat(level(guest, 0)).isEqualTo(level);
        }
        assertThat(ask(guest, GpioWire.VIRTIO_GPIO_MSG_GET_DIRECTION, 0, 0))
                .isEqualTo(GpioWire.VIRTIO_GPIO_DIRECTION_OUT);

        direct(guest, 1, GpioWire.VIRTIO_GPIO_DIRECTION_IN);
        assertThat(level(guest, 1)).isZero();
        chip.pull(BUTTON, true);
        assertThat(level(guest, 1)).isEqualTo(1);

        // An input shows what is on it, not what was driven.
        direct(guest, 0, GpioWire.VIRTIO_GPIO_DIRECTION_IN);
        chip.pull(LED, false);
        assertThat(level(guest, 0)).isZero();
    }

    @Test
    void shouldLeaveALineOnItsLevelWhenTheDriverLeavesIt() {
        GuestRig guest = serve("lines", "the board", "LED");
        drive(guest, 0, 1);
        direct(guest, 0, GpioWire.VIRTIO_GPIO_DIRECTION_OUT);
        direct(guest, 0, GpioWire.VIRTIO_GPIO_DIRECTION_NONE);
        assertThat(chip.level(LED)).isTrue();
    }

    @Test
    void shouldInterruptAtTheEdgesThatAreWanted() {
        GuestRig guest = serve("lines", "the board", "BUTTON");
        interrupting(guest, 0, GpioWire.VIRTIO_GPIO_IRQ_TYPE_EDGE_RISING);
        GuestRig.Request rising = unmask(guest, 0);
        assertThat(isStillMasked(guest, rising, 0)).isTrue();
        chip.pull(BUTTON, true);
        assertThat(rising.await()).containsExactly(GpioWire.VIRTIO_GPIO_IRQ_STATUS_VALID);

        interrupting(guest, 0, GpioWire.VIRTIO_GPIO_IRQ_TYPE_EDGE_FALLING);
        GuestRig.Request falling = unmask(guest, 0);
        chip.pull(BUTTON, false);
        assertThat(falling.await()).containsExactly(GpioWire.VIRTIO_GPIO_IRQ_STATUS_VALID);

        interrupting(guest, 0, GpioWire.VIRTIO_GPIO_IRQ_TYPE_EDGE_BOTH);
        for (boolean high : new boolean[] {true, false, true}) {
            GuestRig.Request any = unmask(guest, 0);
            chip.pull(BUTTON, high);
            assertThat(any.await()).containsExactly(GpioWire.VIRTIO_GPIO_IRQ_STATUS_VALID);
        }
    }

    @Test
    void shouldKeepAnEdgeUntilTheDriverHasBuffersForIt() {
        GuestRig guest = serve("lines", "the board", "BUTTON");
        interrupting(guest, 0, GpioWire.VIRTIO_GPIO_IRQ_TYPE_EDGE_RISING);
        chip.pull(BUTTON, true);
        assertThat(unmask(guest, 0).await()).containsExactly(GpioWire.VIRTIO_GPIO_IRQ_STATUS_VALID);
    }

    @Test
    void shouldInterruptAsLongAsTheLevelIsThere() {
        GuestRig guest = serve("lines", "the board", "BUTTON");
        interrupting(guest, 0, GpioWire.VIRTIO_GPIO_IRQ_TYPE_LEVEL_LOW);
        assertThat(unmask(guest, 0).await()).containsExactly(GpioWire.VIRTIO_GPIO_IRQ_STATUS_VALID);
        assertThat(unmask(guest, 0).await()).containsExactly(GpioWire.VIRTIO_GPIO_IRQ_STATUS_VALID);

        interrupting(guest, 0, GpioWire.VIRTIO_GPIO_IRQ_TYPE_LEVEL_HIGH);
        GuestRig.Request high = unmask(guest, 0);
        assertThat(isStillMasked(guest, high, 0)).isTrue();
        chip.pull(BUTTON, true);
        assertThat(high.await()).containsExactly(GpioWire.VIRTIO_GPIO_IRQ_STATUS_VALID);
    }

    @Test
    void shouldGiveBuffersBackWhenInterruptsEnd() {
        GuestRig guest = serve("lines", "the board", "BUTTON");
        interrupting(guest, 0, GpioWire.VIRTIO_GPIO_IRQ_TYPE_EDGE_BOTH);
        GuestRig.Request waiting = unmask(guest, 0);
        assertThat(ask(guest, GpioWire.VIRTIO_GPIO_MSG_SET_IRQ_TYPE, 0, GpioWire.VIRTIO_GPIO_IRQ_TYPE_NONE))
                .isZero();
        assertThat(waiting.await()).containsExactly(GpioWire.VIRTIO_GPIO_IRQ_STATUS_INVALID);
    }

    @Test
    void shouldRefuseALineThatTheKernelItselfUses() {
        assertThat(rig.refused("lines", factory, options("the board", "HOG"))).contains("Line " + HOG, "'the-kernel'");
    }

    @Test
    void shouldRefuseALineThatAProgramUsesAndHaveItOnceThatIsGone() {
        try (GpioChip open = GpioChip.open(chip.path());
                GpioLine taken = open.request(UNUSED, "some program")) {
            assertThat(taken.get()).isFalse();
            assertThat(rig.refused("lines", factory, options("the board", "0"))).contains("Line 0", "'some program'");
        }
        assertThat(level(serve("again", "the board", "0"), 0)).isZero();
    }

    @Test
    void shouldServeTwoDevicesOnOneChipAndNeverTheSameLine() {
        GuestRig one = serve("one", "the board", "LED");
        GuestRig other = serve("other", chip.path().toString(), "BUTTON");
        direct(one, 0, GpioWire.VIRTIO_GPIO_DIRECTION_OUT);
        drive(one, 0, 1);
        chip.pull(BUTTON, true);
        assertThat(level(other, 0)).isEqualTo(1);
        assertThat(chip.level(LED)).isTrue();
        assertThat(rig.refused("third", factory, options(chip.number(), "LED"))).contains("'one'");

        rig.remove("one");
        assertThat(level(serve("third", chip.number(), "LED"), 0)).isNotEqualTo(ERROR);
    }

    @Test
    void shouldTellWhoHasALineAndGiveItBackWhenTheDeviceIsRemoved() {
        serve("lines", "the board", "LED");
        try (GpioChip open = GpioChip.open(chip.path())) {
            assertThat(open.lineInfo(LED).used()).isTrue();
            assertThat(open.lineInfo(LED).consumer()).isEqualTo("lines");
            rig.remove("lines");
            GuestRig.await("the line to be free", () -> !open.lineInfo(LED).used());
        }
    }

    @Test
    void shouldDriveWhatTheGuestDroveAndTellAnEdgeOfTheMeantimeWhenTheDeviceIsRestarted() {
        GuestRig guest = serve("lines", "the board", "LED", "BUTTON");
        drive(guest, 0, 1);
        direct(guest, 0, GpioWire.VIRTIO_GPIO_DIRECTION_OUT);
        interrupting(guest, 1, GpioWire.VIRTIO_GPIO_IRQ_TYPE_EDGE_RISING);
        GuestRig.Request pressed = unmask(guest, 1);
        rig.daemon().restart("lines");
        rig.daemon().awaitState("lines", DeviceState.RUNNING);
        GuestRig.await("the line to be driven again", () -> chip.level(LED));
        // Given back by the drain; a driver queues its buffers again.
        if (pressed.await()[0] == GpioWire.VIRTIO_GPIO_IRQ_STATUS_INVALID) {
            pressed = unmask(guest, 1);
        }
        chip.pull(BUTTON, true);
        assertThat(pressed.await()).containsExactly(GpioWire.VIRTIO_GPIO_IRQ_STATUS_VALID);
        assertThat(level(guest, 0)).isEqualTo(1);
    }
}
