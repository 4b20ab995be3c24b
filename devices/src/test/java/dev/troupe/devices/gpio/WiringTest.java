package dev.troupe.devices.gpio;

import static org.assertj.core.api.Assertions.assertThat;

import dev.troupe.actors.device.DeviceException;
import dev.troupe.actors.device.Problem;
import dev.troupe.actors.device.SavedState;
import dev.troupe.devices.testing.ManualLoop;
import dev.troupe.devices.testing.QueuesRig;
import dev.troupe.devices.testing.TestDeviceContext;
import dev.troupe.devices.testing.TestSettings;
import dev.troupe.transport.testing.LeakCheck;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Lines of several devices that are wired together. */
@ExtendWith(LeakCheck.class)
class WiringTest {
    private static final int QUEUE_SIZE = 16;

    private final ManualLoop loop = new ManualLoop();
    private final TestDeviceContext context = new TestDeviceContext(loop);

    @AfterEach
    void close() {
        context.close();
    }

    private QueuesRig rig(Map<String, Object> options) throws DeviceException {
        Map<String, Object> all = new HashMap<>(Map.of("back-end", "simulated"));
        all.putAll(options);
        GpioFactory factory = new GpioFactory();
        return new QueuesRig(
                        loop,
                        factory.open(TestSettings.of(factory, all), context),
                        GpioWire.VIRTIO_GPIO_F_IRQ,
                        QUEUE_SIZE)
                .start(GpioWire.REQUESTQ, GpioWire.EVENTQ);
    }

    private static int ask(QueuesRig whom, int type, int gpio, int value) {
        byte[] answer = whom.request(GpioWire.REQUESTQ, GpioRequests.request(type, gpio, value), 2)
                .bytes();
        assertThat(answer[0]).isEqualTo((byte) GpioWire.VIRTIO_GPIO_STATUS_OK);
        return answer[1];
    }

    @Test
    void shouldConnectTwoGuestsByAWire() throws Exception {
        try (QueuesRig one = rig(Map.of("chip", "board", "lines", List.of("A=1"), "wires", List.of("1=2")));
                QueuesRig two = rig(Map.of("chip", "board", "lines", List.of("B=2")))) {
            ask(one, GpioWire.VIRTIO_GPIO_MSG_SET_VALUE, 0, 1);
            ask(one, GpioWire.VIRTIO_GPIO_MSG_SET_DIRECTION, 0, GpioWire.VIRTIO_GPIO_DIRECTION_OUT);
            assertThat(ask(two, GpioWire.VIRTIO_GPIO_MSG_GET_VALUE, 0, 0)).isEqualTo(1);

            ask(two, GpioWire.VIRTIO_GPIO_MSG_SET_IRQ_TYPE, 0, GpioWire.VIRTIO_GPIO_IRQ_TYPE_EDGE_FALLING);
            long pending = two.submit(GpioWire.EVENTQ, GpioRequests.unmask(0), 1);
            ask(one, GpioWire.VIRTIO_GPIO_MSG_SET_VALUE, 0, 0);
            two.settle();
            assertThat(two.writer(GpioWire.EVENTQ).answer(pending).lastByte())
                    .isEqualTo(GpioWire.VIRTIO_GPIO_IRQ_STATUS_VALID);
        }
    }

    @Test
    void shouldConnectLinesOfTwoChips() throws Exception {
        try (QueuesRig two = rig(Map.of("chip", "lamp", "lines", List.of("5")))) {
            QueuesRig one = rig(Map.of("chip", "switch", "lines", List.of("3"), "wires", List.of("3=lamp:5")));
            ask(two, GpioWire.VIRTIO_GPIO_MSG_SET_IRQ_TYPE, 0, GpioWire.VIRTIO_GPIO_IRQ_TYPE_EDGE_RISING);
            long pending = two.submit(GpioWire.EVENTQ, GpioRequests.unmask(0), 1);
            ask(one, GpioWire.VIRTIO_GPIO_MSG_SET_DIRECTION, 0, GpioWire.VIRTIO_GPIO_DIRECTION_OUT);
            ask(one, GpioWire.VIRTIO_GPIO_MSG_SET_VALUE, 0, 1);
            two.settle();

            assertThat(two.writer(GpioWire.EVENTQ).answer(pending).lastByte())
                    .isEqualTo(GpioWire.VIRTIO_GPIO_IRQ_STATUS_VALID);
            one.close();
            assertThat(ask(two, GpioWire.VIRTIO_GPIO_MSG_GET_VALUE, 0, 0)).isEqualTo(1);
            // Its wire went with it, and so nobody drives the line any more.
            two.device().command("set", List.of("0", "0"));
            assertThat(ask(two, GpioWire.VIRTIO_GPIO_MSG_GET_VALUE, 0, 0)).isZero();
        }
    }

    @Test
    void shouldShowOtherGuestsNothingOfARestart() throws Exception {
        Map<String, Object> driving = Map.of("chip", "board", "lines", List.of("1"), "wires", List.of("1=2"));
        try (QueuesRig watching = rig(Map.of("chip", "board", "lines", List.of("2")))) {
            QueuesRig before = rig(driving);
            ask(before, GpioWire.VIRTIO_GPIO_MSG_SET_VALUE, 0, 1);
            ask(before, GpioWire.VIRTIO_GPIO_MSG_SET_DIRECTION, 0, GpioWire.VIRTIO_GPIO_DIRECTION_OUT);
            ask(watching, GpioWire.VIRTIO_GPIO_MSG_SET_IRQ_TYPE, 0, GpioWire.VIRTIO_GPIO_IRQ_TYPE_EDGE_BOTH);
            long pending = watching.submit(GpioWire.EVENTQ, GpioRequests.unmask(0), 1);
            SavedState state = before.device().saveState();
            before.close();
            QueuesRig after = rig(driving);
            after.device().loadState(state);
            watching.settle();

            assertThat(watching.writer(GpioWire.EVENTQ).isAnswered(pending)).isFalse();
            assertThat(ask(watching, GpioWire.VIRTIO_GPIO_MSG_GET_VALUE, 0, 0)).isEqualTo(1);
            after.close();
        }
    }

    @Test
    void shouldLeaveLevelsAloneThatOthersChangedMeanwhileWhenADeviceComesBack() throws Exception {
        Map<String, Object> listening = Map.of("chip", "board", "lines", List.of("1"));
        Map<String, Object> wired = Map.of("chip", "board", "lines", List.of("2"), "wires", List.of("1=2"));
        try (QueuesRig other = rig(wired)) {
            QueuesRig before = rig(listening);
            SavedState state = before.device().saveState();
            before.close();
            other.device().command("set", List.of("0", "1"));
            try (QueuesRig after = rig(listening)) {
                after.device().loadState(state);
                assertThat(ask(after, GpioWire.VIRTIO_GPIO_MSG_GET_VALUE, 0, 0)).isEqualTo(1);
                assertThat(ask(other, GpioWire.VIRTIO_GPIO_MSG_GET_VALUE, 0, 0)).isEqualTo(1);
            }
        }
    }

    @Test
    void shouldTellManyChangesOfAWireByOneTask() throws Exception {
        try (QueuesRig two = rig(Map.of("chip", "board", "lines", List.of("2")))) {
            SimulatedChip chip = context.share("simulated board", SimulatedChip.class, () -> {
                throw new AssertionError("the chip is there");
            });
            List<Boolean> told = new ArrayList<>();
            chip.line("2").listen(loop, told::add);
            for (int i = 0; i < 10_000; i++) {
                chip.line("2").put(i % 2 == 0);
            }
            two.settle();

            assertThat(told).containsExactly(true, false);
        }
    }

    @Test
    void shouldRefuseWiresThatConnectNothing() {
        assertThat(problems("3", "1=", "=2", "1=1", "1=here:1", ":1=2", "1=2", "2=here:1"))
                .satisfiesExactly(
                        one -> assertThat(one).contains("'3' connects no two lines"),
                        two -> assertThat(two).contains("'1='"),
                        three -> assertThat(three).contains("'=2'"),
                        four -> assertThat(four).contains("'1=1'"),
                        five -> assertThat(five).contains("'1=here:1'"),
                        six -> assertThat(six).contains("':1=2'"),
                        seven -> assertThat(seven).contains("'2=here:1' is there twice"));
        assertThat(problems("1=2", "1=there:1", "a:b:3=2")).isEmpty();
    }

    private static List<String> problems(String... wires) {
        GpioFactory factory = new GpioFactory();
        Map<String, Object> options = Map.of("back-end", "simulated", "chip", "here", "wires", List.of(wires));
        return factory.check(TestSettings.of(factory, options)).stream()
                .map(Problem::message)
                .toList();
    }
}
