package dev.troupe.devices.input;

import static org.assertj.core.api.Assertions.assertThat;

import dev.troupe.actors.testing.GuestRig;
import dev.troupe.actors.testing.LogCapture;
import dev.troupe.devices.testing.HostSideRig;
import dev.troupe.transport.protocol.Bytes;
import dev.troupe.transport.sys.Fd;
import dev.troupe.transport.sys.HostFile;
import dev.troupe.transport.sys.OpenFlag;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Input devices of a kernel as a driver of the device finds them. Run in a guest, for it needs uinput. */
@Tag("simulators")
class EvdevSourceOnUinput {
    private static final String KEYBOARD = "Test keyboard";
    private static final int KEY_A = 30;
    private static final int KEY_B = 48;
    private static final int MSC_SCAN = 4;
    private static final int SW_LID = 0;
    private static final int BUFFERS = 16;

    private final InputFactory factory = new InputFactory();
    private final ArrayDeque<GuestRig.Request> buffers = new ArrayDeque<>();
    private HostSideRig rig;

    @BeforeEach
    void start(@TempDir Path folder) {
        rig = new HostSideRig(folder);
    }

    @AfterEach
    void stop() {
        rig.close();
    }

    private static Uinput.Plan keyboard() {
        return Uinput.called(KEYBOARD)
                .with(EventCodes.EV_KEY, KEY_A, KEY_B)
                .with(EventCodes.EV_MSC, MSC_SCAN)
                .with(EventCodes.EV_LED, EventCodes.LED_NUML, EventCodes.LED_CAPSL)
                .with(EventCodes.EV_SW, SW_LID)
                .with(EventCodes.EV_REP);
    }

    private GuestRig serve(Map<String, Object> options) {
        GuestRig guest = rig.serve("input", factory, options, InputDevice.QUEUES, 0);
        buffers.clear();
        for (int i = 0; i < BUFFERS; i++) {
            addBuffer(guest);
        }
        return guest;
    }

    private void addBuffer(GuestRig guest) {
        buffers.add(guest.queue(InputWire.EVENTQ).submit(new byte[0], InputWire.EVENT_BYTES));
    }

    private long next(GuestRig guest) {
        byte[] event = buffers.remove().await();
        addBuffer(guest);
        return ByteBuffer.wrap(event).order(ByteOrder.LITTLE_ENDIAN).getLong();
    }

    /** The next report: its events but for the one that ends it. */
    private List<Long> report(GuestRig guest) {
        List<Long> events = new ArrayList<>();
        for (long event = next(guest); event != EventCodes.REPORT_END; event = next(guest)) {
            events.add(event);
        }
        return events;
    }

    private static byte[] select(GuestRig guest, int select, int subsel) {
        guest.frontEnd().setConfig(0, 0, Bytes.of((byte) select, (byte) subsel));
        byte[] space = guest.frontEnd().getConfig(0, InputWire.CONFIG_BYTES).toArray();
        return Arrays.copyOfRange(space, InputWire.UNION_OFFSET, InputWire.UNION_OFFSET + space[InputWire.SIZE_OFFSET]);
    }

    private static long key(int code, int value) {
        return InputWire.event(EventCodes.EV_KEY, code, value);
    }

    private static void light(GuestRig guest, int led, int on) {
        byte[] event = ByteBuffer.allocate(InputWire.EVENT_BYTES)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(InputWire.event(EventCodes.EV_LED, led, on))
                .array();
        guest.queue(InputWire.STATUSQ).roundTrip(event, 0);
    }

    private static void awaitLight(Uinput device, int led, int on) {
        long wanted = InputWire.event(EventCodes.EV_LED, led, on);
        GuestRig.await(
                "light " + led,
                () -> device.next().filter(event -> event == wanted).isPresent());
    }

    @Test
    void shouldTellTheGuestWhatAKeyboardIs() {
        try (Uinput device = keyboard().plug()) {
            GuestRig guest = serve(Map.of("path", device.path()));
            assertThat(new String(select(guest, InputWire.VIRTIO_INPUT_CFG_ID_NAME, 0), StandardCharsets.UTF_8))
                    .isEqualTo(KEYBOARD);
            assertThat(select(guest, InputWire.VIRTIO_INPUT_CFG_ID_DEVIDS, 0))
                    .containsExactly(0x03, 0x12, 0x04, 0x12, 0x05, 0x12, 0x06, 0x12);
            assertThat(select(guest, InputWire.VIRTIO_INPUT_CFG_EV_BITS, EventCodes.EV_KEY))
                    .containsExactly(0, 0, 0, 0x40, 0, 0, 1);
            assertThat(select(guest, InputWire.VIRTIO_INPUT_CFG_EV_BITS, EventCodes.EV_MSC))
                    .containsExactly(1 << MSC_SCAN);
            assertThat(select(guest, InputWire.VIRTIO_INPUT_CFG_EV_BITS, EventCodes.EV_LED))
                    .containsExactly(1 << EventCodes.LED_NUML | 1 << EventCodes.LED_CAPSL);
            assertThat(select(guest, InputWire.VIRTIO_INPUT_CFG_EV_BITS, EventCodes.EV_SW))
                    .containsExactly(1 << SW_LID);
            assertThat(select(guest, InputWire.VIRTIO_INPUT_CFG_EV_BITS, EventCodes.EV_REP))
                    .isNotEmpty();
            assertThat(select(guest, InputWire.VIRTIO_INPUT_CFG_EV_BITS, EventCodes.EV_REL))
                    .isEmpty();
        }
    }

    @Test
    void shouldTellTheGuestTheRangeOfEachAxis() {
        try (Uinput device = Uinput.called("Test tablet")
                .with(EventCodes.EV_KEY, EventCodes.BTN_TOUCH)
                .axis(EventCodes.ABS_X, 0, -5, 1000, 2, 3, 40)
                .axis(EventCodes.ABS_Y, 0, 0, 70000, 0, 0, 0)
                .property(EventCodes.INPUT_PROP_DIRECT)
                .plug()) {
            GuestRig guest = serve(Map.of("path", device.path()));
            assertThat(select(guest, InputWire.VIRTIO_INPUT_CFG_PROP_BITS, 0))
                    .containsExactly(1 << EventCodes.INPUT_PROP_DIRECT);
            assertThat(select(guest, InputWire.VIRTIO_INPUT_CFG_EV_BITS, EventCodes.EV_ABS))
                    .containsExactly(3);
            ByteBuffer range = ByteBuffer.wrap(select(guest, InputWire.VIRTIO_INPUT_CFG_ABS_INFO, EventCodes.ABS_X))
                    .order(ByteOrder.LITTLE_ENDIAN);
            for (int value : new int[] {-5, 1000, 2, 3, 40}) {
                assertThat(range.getInt()).isEqualTo(value);
            }
            assertThat(select(guest, InputWire.VIRTIO_INPUT_CFG_ABS_INFO, EventCodes.ABS_Y))
                    .hasSize(InputWire.ABS_INFO_BYTES);
            device.tell(EventCodes.EV_ABS, EventCodes.ABS_Y, 65000);
            // Where the axes stood before may be told first.
            List<Long> told = report(guest);
            while (told.getLast() != InputWire.event(EventCodes.EV_ABS, EventCodes.ABS_Y, 65000)) {
                told = report(guest);
            }
        }
    }

    @Test
    void shouldPassReportsOnWholeAndLeaveOutWhatTheGuestsKernelMakesItself() {
        try (Uinput device = keyboard().plug()) {
            GuestRig guest = serve(Map.of("host-name", KEYBOARD));
            device.say(EventCodes.EV_MSC, MSC_SCAN, 0x7001e);
            device.tell(EventCodes.EV_KEY, KEY_A, 1);
            assertThat(report(guest))
                    .containsExactly(InputWire.event(EventCodes.EV_MSC, MSC_SCAN, 0x7001e), key(KEY_A, 1));
            device.tell(EventCodes.EV_KEY, KEY_A, 2);
            device.tell(EventCodes.EV_KEY, KEY_A, 0);
            assertThat(report(guest)).containsExactly(key(KEY_A, 0));
        }
    }

    @Test
    void shouldFindTheDeviceByItsNameAlthoughAnotherOneCannotBeOpened() throws Exception {
        Path loop = Path.of("/dev/input/event00");
        Files.createSymbolicLink(loop, loop);
        try (Uinput device = keyboard().plug()) {
            GuestRig guest = serve(Map.of("host-name", KEYBOARD));
            device.tell(EventCodes.EV_KEY, KEY_A, 1);
            assertThat(report(guest)).containsExactly(key(KEY_A, 1));
            assertThat(rig.refused("other", factory, Map.of("host-name", "no such device")))
                    .contains(loop.toString());
        } finally {
            Files.delete(loop);
        }
    }

    @Test
    void shouldTakeTheDeviceFromTheHostWhenItIsGrabbed() throws Exception {
        try (Uinput device = keyboard().plug();
                Fd host = HostFile.open(device.path(), OpenFlag.NON_BLOCK)) {
            device.tell(EventCodes.EV_KEY, KEY_B, 1);
            GuestRig guest = serve(Map.of("path", device.path(), "grab", true));
            device.tell(EventCodes.EV_KEY, KEY_B, 0);
            device.tell(EventCodes.EV_KEY, KEY_A, 1);
            device.tell(EventCodes.EV_KEY, KEY_A, 0);
            List<Long> seen = new ArrayList<>(report(guest));
            while (!seen.contains(key(KEY_A, 0))) {
                seen.addAll(report(guest));
            }
            assertThat(seen).contains(key(KEY_A, 1));
            // From here on it is surely grabbed: a key was let go and none is held.
            List<Long> left = new ArrayList<>();
            for (Optional<Long> event = Uinput.nextOf(host); event.isPresent(); event = Uinput.nextOf(host)) {
                left.add(event.get());
            }
            assertThat(left).contains(key(KEY_B, 1), key(KEY_B, 0));
            device.tell(EventCodes.EV_KEY, KEY_A, 1);
            assertThat(report(guest)).containsExactly(key(KEY_A, 1));
            assertThat(Uinput.nextOf(host)).isEmpty();
            device.tell(EventCodes.EV_KEY, KEY_A, 0);

            rig.remove("input");
            device.tell(EventCodes.EV_KEY, KEY_B, 1);
            assertThat(Uinput.nextOf(host)).contains(key(KEY_B, 1));
        }
    }

    @Test
    void shouldLightWhatTheGuestLightsForEverybodyWhoLooks() throws Exception {
        try (Uinput device = keyboard().plug();
                Fd host = HostFile.open(device.path(), OpenFlag.NON_BLOCK)) {
            GuestRig guest = serve(Map.of("path", device.path(), "grab", false));
            light(guest, EventCodes.LED_CAPSL, 1);
            awaitLight(device, EventCodes.LED_CAPSL, 1);
            GuestRig.await(
                    "the light to be told to others",
                    () -> Uinput.nextOf(host)
                            .filter(event -> event == InputWire.event(EventCodes.EV_LED, EventCodes.LED_CAPSL, 1))
                            .isPresent());
            light(guest, EventCodes.LED_CAPSL, 0);
            awaitLight(device, EventCodes.LED_CAPSL, 0);
        }
    }

    @Test
    void shouldLetGoWhatAnUnpluggedDeviceHeldAndGoOnWithItsLights() {
        GuestRig guest;
        try (Uinput device = keyboard().plug()) {
            guest = serve(Map.of("host-name", KEYBOARD, "grab", true));
            device.tell(EventCodes.EV_KEY, KEY_A, 1);
            assertThat(report(guest)).containsExactly(key(KEY_A, 1));
            light(guest, EventCodes.LED_NUML, 1);
            awaitLight(device, EventCodes.LED_NUML, 1);
        }
        assertThat(report(guest)).containsExactly(key(KEY_A, 0));
        light(guest, EventCodes.LED_CAPSL, 1);
        try (Uinput again = keyboard().plug()) {
            awaitLight(again, EventCodes.LED_NUML, 1);
            awaitLight(again, EventCodes.LED_CAPSL, 1);
            again.tell(EventCodes.EV_KEY, KEY_B, 1);
            assertThat(report(guest)).containsExactly(key(KEY_B, 1));
        }
    }

    @Test
    void shouldTellTheGuestOfASwitchThatWentOffWhileTheDeviceWasAway() {
        GuestRig guest;
        try (Uinput device = keyboard().plug()) {
            guest = serve(Map.of("host-name", KEYBOARD));
            device.tell(EventCodes.EV_SW, SW_LID, 1);
            assertThat(report(guest)).containsExactly(InputWire.event(EventCodes.EV_SW, SW_LID, 1));
        }
        try (Uinput again = keyboard().plug()) {
            assertThat(report(guest)).containsExactly(InputWire.event(EventCodes.EV_SW, SW_LID, 0));
            again.tell(EventCodes.EV_KEY, KEY_B, 1);
            assertThat(report(guest)).containsExactly(key(KEY_B, 1));
        }
    }

    @Test
    void shouldNotTakeAnotherDeviceInThePlaceOfTheOneTheGuestKnows() {
        GuestRig guest;
        try (Uinput device = keyboard().plug()) {
            guest = serve(Map.of("host-name", KEYBOARD));
            device.tell(EventCodes.EV_KEY, KEY_A, 1);
            report(guest);
        }
        assertThat(report(guest)).containsExactly(key(KEY_A, 0));
        try (LogCapture log = LogCapture.begin();
                Uinput another =
                        Uinput.called(KEYBOARD).with(EventCodes.EV_KEY, KEY_B).plug()) {
            GuestRig.await(
                    "another device to be refused",
                    () -> !log.with("another device").isEmpty());
            another.tell(EventCodes.EV_KEY, KEY_B, 1);
        }
        try (Uinput again = keyboard().plug()) {
            awaitPluggedIn();
            again.tell(EventCodes.EV_KEY, KEY_A, 1);
            assertThat(report(guest)).containsExactly(key(KEY_A, 1));
        }
    }

    /** A device that is not there yet would miss a key. */
    private void awaitPluggedIn() {
        GuestRig.await(
                "the device to be back", () -> !rig.command("input", "state").contains("not plugged in"));
    }

    @Test
    void shouldTellContactsApartAndEndThemWhenTheScreenIsUnplugged() {
        GuestRig guest;
        try (Uinput device = Uinput.called("Test screen")
                .with(EventCodes.EV_KEY, EventCodes.BTN_TOUCH)
                .axis(EventCodes.ABS_MT_SLOT, 0, 0, 4, 0, 0, 0)
                .axis(EventCodes.ABS_MT_TRACKING_ID, 0, 0, 65535, 0, 0, 0)
                .axis(EventCodes.ABS_MT_POSITION_X, 0, 0, 799, 0, 0, 0)
                .axis(EventCodes.ABS_MT_POSITION_Y, 0, 0, 599, 0, 0, 0)
                .property(EventCodes.INPUT_PROP_DIRECT)
                .plug()) {
            guest = serve(Map.of("path", device.path()));
            device.say(EventCodes.EV_ABS, EventCodes.ABS_MT_SLOT, 2);
            device.say(EventCodes.EV_ABS, EventCodes.ABS_MT_TRACKING_ID, 77);
            device.say(EventCodes.EV_ABS, EventCodes.ABS_MT_POSITION_X, 400);
            device.tell(EventCodes.EV_ABS, EventCodes.ABS_MT_POSITION_Y, 300);
            List<Long> touched = report(guest);
            while (!touched.contains(InputWire.event(EventCodes.EV_ABS, EventCodes.ABS_MT_POSITION_Y, 300))) {
                touched = report(guest);
            }
            assertThat(touched)
                    .containsExactly(
                            InputWire.event(EventCodes.EV_ABS, EventCodes.ABS_MT_SLOT, 2),
                            InputWire.event(EventCodes.EV_ABS, EventCodes.ABS_MT_TRACKING_ID, 77),
                            InputWire.event(EventCodes.EV_ABS, EventCodes.ABS_MT_POSITION_X, 400),
                            InputWire.event(EventCodes.EV_ABS, EventCodes.ABS_MT_POSITION_Y, 300));
        }
        assertThat(report(guest)).contains(InputWire.event(EventCodes.EV_ABS, EventCodes.ABS_MT_TRACKING_ID, -1));
    }

    @Test
    void shouldSayThatADeviceIsNotPluggedInWhenNothingIsKnownOfIt() {
        assertThat(rig.refused("input", factory, Map.of("host-name", "no such device")))
                .contains("no such device", "not plugged in");
        assertThat(rig.refused("input", factory, Map.of("path", Path.of("/dev/null"))))
                .contains("Not an input device");
    }
}
