package dev.troupe.devices.input;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.troupe.actors.device.DeviceException;
import dev.troupe.actors.device.VirtioDevice;
import dev.troupe.devices.testing.ManualLoop;
import dev.troupe.devices.testing.QueuesRig;
import dev.troupe.devices.testing.RequestWriter.Answer;
import dev.troupe.devices.testing.TestDeviceContext;
import dev.troupe.devices.testing.TestSettings;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.Collections;
import java.util.List;
import java.util.Map;
import java.util.Random;
import org.junit.jupiter.api.Test;

/** Built-in input devices, as their driver sees them. */
class InputDeviceTest {
    private static final int QUEUE_SIZE = 4;
    private static final long NONE = -1;

    private final ManualLoop loop = new ManualLoop();
    private final TestDeviceContext context = new TestDeviceContext(loop);

    private VirtioDevice open(String source) {
        InputFactory factory = new InputFactory();
        try {
            return factory.open(TestSettings.of(factory, Map.of("source", source)), context);
        } catch (DeviceException e) {
            throw new IllegalStateException(e);
        }
    }

    private long spare;

    private QueuesRig start(VirtioDevice device) {
        spare = NONE;
        QueuesRig rig = new QueuesRig(loop, device, 0, QUEUE_SIZE).start(InputWire.EVENTQ, InputWire.STATUSQ);
        rig.settle();
        return rig;
    }

    private static byte[] select(VirtioDevice device, int select, int subsel) {
        // As QEMU does: the whole space as it was last read, with one byte changed at a time.
        byte[] space = device.configSpace(0);
        space[InputWire.SELECT_OFFSET] = (byte) select;
        assertThat(device.writeConfigSpace(0, space)).isTrue();
        space[InputWire.SUBSEL_OFFSET] = (byte) subsel;
        assertThat(device.writeConfigSpace(0, space)).isTrue();
        byte[] now = device.configSpace(0);
        int size = now[InputWire.SIZE_OFFSET] & 0xff;
        return Arrays.copyOfRange(now, InputWire.UNION_OFFSET, InputWire.UNION_OFFSET + size);
    }

    private static long event(Answer answer) {
        assertThat(answer.usedLengthBytes()).isEqualTo(InputWire.EVENT_BYTES);
        return ByteBuffer.wrap(answer.bytes()).order(ByteOrder.LITTLE_ENDIAN).getLong();
    }

    /** Events as the guest takes them, one buffer after the other, until there is none; one buffer stays in the ring. */
    private List<Long> take(QueuesRig rig) {
        List<Long> events = new ArrayList<>();
        if (spare == NONE) {
            spare = rig.submit(InputWire.EVENTQ, new byte[0], InputWire.EVENT_BYTES);
        }
        rig.settle();
        while (rig.writer(InputWire.EVENTQ).isAnswered(spare)) {
            events.add(event(rig.writer(InputWire.EVENTQ).answer(spare)));
            spare = rig.submit(InputWire.EVENTQ, new byte[0], InputWire.EVENT_BYTES);
            rig.settle();
        }
        return events;
    }

    private static long key(int code, int value) {
        return InputWire.event(EventCodes.EV_KEY, code, value);
    }

    private static byte[] status(int type, int code, int value) {
        return ByteBuffer.allocate(InputWire.EVENT_BYTES)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putLong(InputWire.event(type, code, value))
                .array();
    }

    @Test
    void shouldSayWhatItIsWhenTheDriverSelectsIt() {
        try (VirtioDevice tablet = open("tablet")) {
            assertThat(new String(select(tablet, InputWire.VIRTIO_INPUT_CFG_ID_NAME, 0), StandardCharsets.UTF_8))
                    .isEqualTo("Troupe tablet");
            assertThat(new String(select(tablet, InputWire.VIRTIO_INPUT_CFG_ID_SERIAL, 0), StandardCharsets.UTF_8))
                    .isEqualTo("test0");
            assertThat(select(tablet, InputWire.VIRTIO_INPUT_CFG_ID_DEVIDS, 0)).hasSize(InputWire.DEVIDS_BYTES);
            assertThat(select(tablet, InputWire.VIRTIO_INPUT_CFG_EV_BITS, EventCodes.EV_ABS))
                    .containsExactly(3);
            assertThat(select(tablet, InputWire.VIRTIO_INPUT_CFG_ABS_INFO, EventCodes.ABS_Y))
                    .hasSize(InputWire.ABS_INFO_BYTES)
                    .startsWith(0, 0, 0, 0, 0xff, 0x7f, 0, 0);
        }
    }

    @Test
    void shouldAnswerWithSizeZeroOrWithinTheSpaceWhateverIsSelected() {
        try (VirtioDevice device = open("multitouch")) {
            for (int select = 0; select < 256; select++) {
                for (int subsel = 0; subsel < 256; subsel++) {
                    device.writeConfigSpace(0, new byte[] {(byte) select, (byte) subsel});
                    byte[] space = device.configSpace(0);
                    assertThat(space).hasSize(InputWire.CONFIG_BYTES);
                    assertThat(space[InputWire.SIZE_OFFSET]).isNotNegative();
                }
            }
            assertThat(select(device, InputWire.VIRTIO_INPUT_CFG_EV_BITS, EventCodes.EV_REL))
                    .isEmpty();
            assertThat(select(device, InputWire.VIRTIO_INPUT_CFG_ID_NAME, 1)).isEmpty();
        }
    }

    @Test
    void shouldForgetTheSelectionWhenReset() {
        try (VirtioDevice device = open("mouse")) {
            select(device, InputWire.VIRTIO_INPUT_CFG_ID_NAME, 0);
            device.reset();
            assertThat(device.configSpace(0)).containsOnly(0);
        }
    }

    @Test
    void shouldGiveAKeyStrokeAsWholeReportsWhenTheRingHoldsFourBuffersOnly() throws Exception {
        VirtioDevice keyboard = open("keyboard");
        try (QueuesRig rig = start(keyboard)) {
            keyboard.command("key", List.of("ctrl-c"));
            assertThat(take(rig))
                    .containsExactly(
                            key(29, 1), EventCodes.REPORT_END,
                            key(46, 1), EventCodes.REPORT_END,
                            key(46, 0), EventCodes.REPORT_END,
                            key(29, 0), EventCodes.REPORT_END);
        }
    }

    @Test
    void shouldKeepALimitAndTellWhatLastsWhenTheGuestTakesNothingForHours() throws Exception {
        VirtioDevice keyboard = open("keyboard");
        try (QueuesRig rig = start(keyboard)) {
            keyboard.command("down", List.of("a"));
            List<String> strokes = Collections.nCopies(1000, "b");
            keyboard.command("key", strokes);
            assertThatThrownBy(() -> keyboard.command("key", strokes))
                    .isInstanceOf(DeviceException.class)
                    .hasMessageContaining("has not taken");
            assertThat(keyboard.command("state", List.of())).contains("not taken: 4002");

            assertThat(take(rig)).hasSize(4002).endsWith(key(48, 0), EventCodes.REPORT_END);
            keyboard.command("up", List.of("a"));
            assertThat(take(rig)).containsExactly(key(30, 0), EventCodes.REPORT_END);
        }
    }

    @Test
    void shouldRefuseGesturesWhenNoDriverIsThere() {
        try (VirtioDevice keyboard = open("keyboard")) {
            assertThatThrownBy(() -> keyboard.command("key", List.of("a")))
                    .isInstanceOf(DeviceException.class)
                    .hasMessageContaining("No driver");
        }
    }

    @Test
    void shouldRefuseWhatTheDeviceCannotDo() {
        VirtioDevice mouse = open("mouse");
        try (QueuesRig rig = start(mouse)) {
            List<List<String>> impossible = List.of(
                    List.of("key", "a"),
                    List.of("move-to", "1", "1"),
                    List.of("touch", "0", "1", "1"),
                    List.of("click", "nose"),
                    List.of("move", "1"),
                    List.of("move", "a", "b"),
                    List.of("dance"));
            impossible.forEach(words -> assertThatThrownBy(
                            () -> mouse.command(words.getFirst(), words.subList(1, words.size())))
                    .isInstanceOf(DeviceException.class));
            assertThat(take(rig)).isEmpty();
        }
    }

    @Test
    void shouldPassOverBuffersThatAreTooSmallForAnEvent() throws Exception {
        VirtioDevice mouse = open("mouse");
        try (QueuesRig rig = start(mouse)) {
            mouse.command("move", List.of("10", "-3"));
            assertThat(rig.request(InputWire.EVENTQ, new byte[0], InputWire.EVENT_BYTES - 1)
                            .usedLengthBytes())
                    .isZero();
            assertThat(rig.bench(InputWire.EVENTQ).errors()).isEqualTo(1);
            assertThat(take(rig))
                    .containsExactly(
                            InputWire.event(EventCodes.EV_REL, EventCodes.REL_X, 10),
                            InputWire.event(EventCodes.EV_REL, EventCodes.REL_Y, -3),
                            EventCodes.REPORT_END);
        }
    }

    @Test
    void shouldShowTheLightsThatTheGuestSetAndKeepThemInItsState() throws Exception {
        VirtioDevice keyboard = open("keyboard");
        VirtioDevice other = open("keyboard");
        try (QueuesRig rig = start(keyboard)) {
            rig.request(InputWire.STATUSQ, status(EventCodes.EV_LED, EventCodes.LED_CAPSL, 1), 0);
            assertThat(keyboard.command("state", List.of())).contains("Lit by the guest: caps lock");
            assertThat(context.stateChanges()).isEqualTo(1);

            other.loadState(keyboard.saveState());
            assertThat(other.command("state", List.of())).contains("Lit by the guest: caps lock");
        } finally {
            other.close();
        }
    }

    @Test
    void shouldAnswerAFloodOfAnyStatusAndGoOn() throws Exception {
        VirtioDevice keyboard = open("keyboard");
        Random random = new Random(1);
        try (QueuesRig rig = start(keyboard)) {
            for (int i = 0; i < 10_000; i++) {
                byte[] any = new byte[1 + random.nextInt(12)];
                random.nextBytes(any);
                assertThat(rig.request(InputWire.STATUSQ, any, 0).usedLengthBytes())
                        .isZero();
            }
            keyboard.command("key", List.of("a"));
            assertThat(take(rig)).hasSize(4);
        }
    }

    @Test
    void shouldReleaseWhatTheGuestHoldsWhenAnotherDeviceTakesOver() throws Exception {
        VirtioDevice before = open("keyboard");
        VirtioDevice after = open("keyboard");
        try (QueuesRig rig = start(before)) {
            before.command("down", List.of("shift"));
            take(rig);
            after.loadState(before.saveState());
        }
        loop.settle();
        try (QueuesRig rig = start(after)) {
            assertThat(take(rig)).contains(key(42, 0)).endsWith(EventCodes.REPORT_END);
        }
    }

    @Test
    void shouldRefuseTheStateOfAnotherKindOfDevice() {
        try (VirtioDevice mouse = open("mouse");
                VirtioDevice tablet = open("tablet")) {
            assertThatThrownBy(() -> tablet.loadState(mouse.saveState()))
                    .isInstanceOf(DeviceException.class)
                    .hasMessageContaining("another input device");
        }
    }

    @Test
    void shouldGiveAFreshDriverNothingOfWhatHappenedBefore() throws Exception {
        VirtioDevice keyboard = open("keyboard");
        try (QueuesRig rig = start(keyboard)) {
            keyboard.command("key", List.of("a"));
            rig.stop(InputWire.EVENTQ);
            keyboard.reset();
            rig.start(InputWire.EVENTQ);
            spare = NONE;
            assertThat(take(rig)).isEmpty();
        }
    }

    @Test
    void shouldPutFingersDownAndTakeThemAway() throws Exception {
        VirtioDevice screen = open("multitouch");
        try (QueuesRig rig = start(screen)) {
            screen.command("touch", List.of("1", "0%", "100%"));
            assertThat(take(rig))
                    .contains(
                            InputWire.event(EventCodes.EV_ABS, EventCodes.ABS_MT_SLOT, 1),
                            InputWire.event(EventCodes.EV_ABS, EventCodes.ABS_MT_POSITION_Y, 32767),
                            key(EventCodes.BTN_TOUCH, 1));
            screen.command("lift", List.of("1"));
            assertThat(take(rig))
                    .containsExactly(
                            InputWire.event(EventCodes.EV_ABS, EventCodes.ABS_MT_SLOT, 1),
                            InputWire.event(EventCodes.EV_ABS, EventCodes.ABS_MT_TRACKING_ID, -1),
                            key(EventCodes.BTN_TOUCH, 0),
                            EventCodes.REPORT_END);
            assertThatThrownBy(() -> screen.command("touch", List.of("10", "1", "1")))
                    .isInstanceOf(DeviceException.class);
        }
    }
}
