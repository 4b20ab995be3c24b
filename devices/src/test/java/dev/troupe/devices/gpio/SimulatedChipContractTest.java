package dev.troupe.devices.gpio;

import static org.assertj.core.api.Assertions.assertThat;

import dev.troupe.actors.device.DeviceContext;
import dev.troupe.actors.device.SavedState;
import dev.troupe.actors.device.VirtioDevice;
import dev.troupe.devices.testing.DeviceContract;
import dev.troupe.devices.testing.Probe;
import dev.troupe.devices.testing.RequestWriter.Answer;
import dev.troupe.devices.testing.TestSettings;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Map;

class SimulatedChipContractTest extends DeviceContract {
    private static final String NAMES = "LED\0\0button\0";

    @Override
    protected VirtioDevice open(DeviceContext context) throws Exception {
        GpioFactory factory = new GpioFactory();
        return factory.open(
                TestSettings.of(factory, Map.of("back-end", "simulated", "lines", List.of("LED=7", "3", "button"))),
                context);
    }

    private static Probe probe(String name, int type, int gpio, int value, int expected) {
        return new Probe(
                name,
                GpioRequests.request(type, gpio, value),
                GpioWire.RESPONSE_SIZE,
                answer -> isOk(answer, expected));
    }

    private static void isOk(Answer answer, int value) {
        assertThat(answer.bytes()).containsExactly(GpioWire.VIRTIO_GPIO_STATUS_OK, value);
        assertThat(answer.usedLengthBytes()).isEqualTo(GpioWire.RESPONSE_SIZE);
    }

    @Override
    protected List<Probe> probes() {
        return List.of(
                new Probe(
                        "names",
                        GpioRequests.request(GpioWire.VIRTIO_GPIO_MSG_GET_LINE_NAMES, 0, 0),
                        1 + NAMES.length(),
                        SimulatedChipContractTest::isNames),
                probe("level for later", GpioWire.VIRTIO_GPIO_MSG_SET_VALUE, 0, 1, 0),
                probe("output", GpioWire.VIRTIO_GPIO_MSG_SET_DIRECTION, 0, GpioWire.VIRTIO_GPIO_DIRECTION_OUT, 0),
                probe("level of output", GpioWire.VIRTIO_GPIO_MSG_GET_VALUE, 0, 0, 1),
                probe("direction", GpioWire.VIRTIO_GPIO_MSG_GET_DIRECTION, 0, 0, GpioWire.VIRTIO_GPIO_DIRECTION_OUT),
                probe("input", GpioWire.VIRTIO_GPIO_MSG_SET_DIRECTION, 1, GpioWire.VIRTIO_GPIO_DIRECTION_IN, 0),
                probe("interrupt", GpioWire.VIRTIO_GPIO_MSG_SET_IRQ_TYPE, 1, 3, 0),
                probe("level", GpioWire.VIRTIO_GPIO_MSG_GET_VALUE, 1, 0, 0));
    }

    private static void isNames(Answer answer) {
        assertThat(new String(answer.bytes(), StandardCharsets.US_ASCII)).isEqualTo("\0" + NAMES);
        assertThat(answer.usedLengthBytes()).isEqualTo(1 + NAMES.length());
    }

    @Override
    protected Probe repeatable() {
        return probe("level again", GpioWire.VIRTIO_GPIO_MSG_SET_VALUE, 2, 1, 0);
    }

    /** An output that is high, and an input with interrupts. */
    @Override
    protected void choose(VirtioDevice device) {
        try {
            device.loadState(SavedState.of(1, (byte) 0x15, (byte) 0, (byte) 2, (byte) 3, (byte) 0, (byte) 0));
        } catch (Exception e) {
            throw new AssertionError(e);
        }
    }
}
