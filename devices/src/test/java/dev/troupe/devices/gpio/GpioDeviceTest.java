package dev.troupe.devices.gpio;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.troupe.actors.device.DeviceException;
import dev.troupe.actors.device.SavedState;
import dev.troupe.actors.device.VirtioDevice;
import dev.troupe.devices.testing.ManualLoop;
import dev.troupe.devices.testing.QueuesRig;
import dev.troupe.devices.testing.TestDeviceContext;
import dev.troupe.devices.testing.TestSettings;
import dev.troupe.transport.testing.LeakCheck;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(LeakCheck.class)
class GpioDeviceTest {
    private static final int QUEUE_SIZE = 16;
    private static final int ERROR = -1;

    private final ManualLoop loop = new ManualLoop();
    private final TestDeviceContext context = new TestDeviceContext(loop);
    private QueuesRig rig = rig(Map.of());

    private VirtioDevice device(Map<String, Object> options) throws DeviceException {
        Map<String, Object> all = new HashMap<>(Map.of("back-end", "simulated", "line-count", 4L));
        all.putAll(options);
        GpioFactory factory = new GpioFactory();
        return factory.open(TestSettings.of(factory, all), context);
    }

    private QueuesRig rig(Map<String, Object> options) {
        return rig(options, GpioWire.VIRTIO_GPIO_F_IRQ);
    }

    private QueuesRig rig(Map<String, Object> options, long features) {
        try {
            return new QueuesRig(loop, device(options), features, QUEUE_SIZE).start(GpioWire.REQUESTQ, GpioWire.EVENTQ);
        } catch (DeviceException e) {
            throw new AssertionError(e);
        }
    }

    private void with(Map<String, Object> options) {
        rig.close();
        rig = rig(options);
    }

    @AfterEach
    void close() {
        rig.close();
        context.close();
    }

    /** The value of the answer, or {@link #ERROR}. */
    private static int ask(QueuesRig whom, int type, int gpio, int value) {
        byte[] answer = whom.request(GpioWire.REQUESTQ, GpioRequests.request(type, gpio, value), 2)
                .bytes();
        return answer[0] == GpioWire.VIRTIO_GPIO_STATUS_OK ? answer[1] : ERROR;
    }

    private int ask(int type, int gpio, int value) {
        return ask(rig, type, gpio, value);
    }

    private int direction(int gpio, int direction) {
        return ask(GpioWire.VIRTIO_GPIO_MSG_SET_DIRECTION, gpio, direction);
    }

    private int irq(int gpio, int type) {
        return ask(GpioWire.VIRTIO_GPIO_MSG_SET_IRQ_TYPE, gpio, type);
    }

    private int level(int gpio) {
        return ask(GpioWire.VIRTIO_GPIO_MSG_GET_VALUE, gpio, 0);
    }

    private long unmask(int gpio) {
        long token = rig.submit(GpioWire.EVENTQ, GpioRequests.unmask(gpio), 1);
        rig.settle();
        return token;
    }

    private boolean isAnswered(long token) {
        rig.settle();
        return rig.writer(GpioWire.EVENTQ).isAnswered(token);
    }

    private int status(long token) {
        rig.settle();
        return rig.writer(GpioWire.EVENTQ).answer(token).lastByte();
    }

    private String operator(String verb, String... arguments) throws DeviceException {
        String answer = rig.device().command(verb, List.of(arguments));
        rig.settle();
        return answer;
    }

    private void put(int gpio, int high) throws DeviceException {
        operator("set", Integer.toString(gpio), Integer.toString(high));
    }

    /** An input with interrupts. */
    private void interrupting(int gpio, int type) {
        assertThat(direction(gpio, GpioWire.VIRTIO_GPIO_DIRECTION_IN)).isZero();
        assertThat(irq(gpio, type)).isZero();
    }

    @Test
    void shouldTellHowManyLinesThereAreAndHowLongTheirNames() {
        assertThat(rig.device().configSpace(0)).containsExactly(4, 0, 0, 0, 0, 0, 0, 0);
        with(Map.of("lines", List.of("LED=1", "2")));
        assertThat(rig.device().configSpace(0)).containsExactly(2, 0, 0, 0, 5, 0, 0, 0);
    }

    @Test
    void shouldDriveTheLevelThatWasSetBeforeTheLineBecameAnOutput() throws Exception {
        assertThat(ask(GpioWire.VIRTIO_GPIO_MSG_SET_VALUE, 1, 1)).isZero();
        assertThat(level(1)).isZero();
        assertThat(direction(1, GpioWire.VIRTIO_GPIO_DIRECTION_OUT)).isZero();
        assertThat(level(1)).isEqualTo(1);
        assertThat(ask(GpioWire.VIRTIO_GPIO_MSG_SET_VALUE, 1, 0)).isZero();
        assertThat(level(1)).isZero();
        assertThat(operator("get", "1")).isEqualTo("0\n");
    }

    @Test
    void shouldLeaveTheLevelToOthersWhenTheDriverLeavesAnOutput() throws Exception {
        ask(GpioWire.VIRTIO_GPIO_MSG_SET_VALUE, 1, 1);
        direction(1, GpioWire.VIRTIO_GPIO_DIRECTION_OUT);
        assertThat(direction(1, GpioWire.VIRTIO_GPIO_DIRECTION_NONE)).isZero();
        assertThat(level(1)).isEqualTo(1);
        put(1, 0);
        assertThat(level(1)).isZero();
    }

    @Test
    void shouldForgetTheLevelForLaterWhenTheDriverLeavesTheLine() {
        ask(GpioWire.VIRTIO_GPIO_MSG_SET_VALUE, 1, 1);
        assertThat(direction(1, GpioWire.VIRTIO_GPIO_DIRECTION_NONE)).isZero();
        direction(1, GpioWire.VIRTIO_GPIO_DIRECTION_OUT);
        assertThat(level(1)).isZero();
    }

    @Test
    void shouldTellTheDirectionThatALineHasByItselfWhenTheDriverDoesNotUseIt() {
        assertThat(ask(GpioWire.VIRTIO_GPIO_MSG_GET_DIRECTION, 2, 0)).isEqualTo(GpioWire.VIRTIO_GPIO_DIRECTION_IN);
        direction(2, GpioWire.VIRTIO_GPIO_DIRECTION_OUT);
        assertThat(ask(GpioWire.VIRTIO_GPIO_MSG_GET_DIRECTION, 2, 0)).isEqualTo(GpioWire.VIRTIO_GPIO_DIRECTION_OUT);
    }

    @Test
    void shouldInterruptAtEdgesOfTheTypeOnly() throws Exception {
        interrupting(0, GpioWire.VIRTIO_GPIO_IRQ_TYPE_EDGE_RISING);
        long first = unmask(0);
        assertThat(isAnswered(first)).isFalse();
        put(0, 1);
        assertThat(status(first)).isEqualTo(GpioWire.VIRTIO_GPIO_IRQ_STATUS_VALID);

        long second = unmask(0);
        put(0, 0);
        assertThat(isAnswered(second)).isFalse();
        assertThat(irq(0, GpioWire.VIRTIO_GPIO_IRQ_TYPE_EDGE_FALLING)).isZero();
        put(0, 1);
        assertThat(isAnswered(second)).isFalse();
        put(0, 0);
        assertThat(status(second)).isEqualTo(GpioWire.VIRTIO_GPIO_IRQ_STATUS_VALID);
    }

    @Test
    void shouldKeepOneEdgeThatCameWhileTheInterruptWasMasked() throws Exception {
        interrupting(0, GpioWire.VIRTIO_GPIO_IRQ_TYPE_EDGE_BOTH);
        put(0, 1);
        put(0, 0);

        assertThat(status(unmask(0))).isEqualTo(GpioWire.VIRTIO_GPIO_IRQ_STATUS_VALID);
        assertThat(isAnswered(unmask(0))).isFalse();
    }

    @Test
    void shouldLookAtALevelWhenItsInterruptIsUnmaskedAndKeepNone() throws Exception {
        interrupting(0, GpioWire.VIRTIO_GPIO_IRQ_TYPE_LEVEL_HIGH);
        put(0, 1);
        put(0, 0);
        long waiting = unmask(0);
        assertThat(isAnswered(waiting)).isFalse();
        put(0, 1);
        assertThat(status(waiting)).isEqualTo(GpioWire.VIRTIO_GPIO_IRQ_STATUS_VALID);
        assertThat(status(unmask(0))).isEqualTo(GpioWire.VIRTIO_GPIO_IRQ_STATUS_VALID);
        put(0, 0);
        assertThat(isAnswered(unmask(0))).isFalse();
    }

    @Test
    void shouldInterruptWhileALineIsLow() throws Exception {
        put(0, 1);
        interrupting(0, GpioWire.VIRTIO_GPIO_IRQ_TYPE_LEVEL_LOW);
        long waiting = unmask(0);
        assertThat(isAnswered(waiting)).isFalse();
        put(0, 0);
        assertThat(status(waiting)).isEqualTo(GpioWire.VIRTIO_GPIO_IRQ_STATUS_VALID);
    }

    @Test
    void shouldGiveBuffersBackAndForgetEdgesWhenInterruptsAreDisabled() throws Exception {
        interrupting(0, GpioWire.VIRTIO_GPIO_IRQ_TYPE_EDGE_BOTH);
        interrupting(1, GpioWire.VIRTIO_GPIO_IRQ_TYPE_EDGE_BOTH);
        long pending = unmask(0);
        put(1, 1);
        assertThat(irq(0, GpioWire.VIRTIO_GPIO_IRQ_TYPE_NONE)).isZero();
        assertThat(irq(1, GpioWire.VIRTIO_GPIO_IRQ_TYPE_NONE)).isZero();

        assertThat(status(pending)).isEqualTo(GpioWire.VIRTIO_GPIO_IRQ_STATUS_INVALID);
        assertThat(status(unmask(0))).isEqualTo(GpioWire.VIRTIO_GPIO_IRQ_STATUS_INVALID);
        assertThat(irq(1, GpioWire.VIRTIO_GPIO_IRQ_TYPE_EDGE_BOTH)).isZero();
        assertThat(isAnswered(unmask(1))).isFalse();
    }

    @Test
    void shouldGiveBuffersBackWhenTheDriverLeavesTheLine() {
        interrupting(0, GpioWire.VIRTIO_GPIO_IRQ_TYPE_EDGE_BOTH);
        long pending = unmask(0);
        assertThat(direction(0, GpioWire.VIRTIO_GPIO_DIRECTION_NONE)).isZero();
        assertThat(status(pending)).isEqualTo(GpioWire.VIRTIO_GPIO_IRQ_STATUS_INVALID);
    }

    @Test
    void shouldGiveASecondPairOfBuffersBackAndKeepTheFirst() throws Exception {
        interrupting(0, GpioWire.VIRTIO_GPIO_IRQ_TYPE_EDGE_BOTH);
        long first = unmask(0);
        assertThat(status(unmask(0))).isEqualTo(GpioWire.VIRTIO_GPIO_IRQ_STATUS_INVALID);
        put(0, 1);
        assertThat(status(first)).isEqualTo(GpioWire.VIRTIO_GPIO_IRQ_STATUS_VALID);
    }

    @Test
    void shouldHoldNoMoreBuffersThanThereAreLinesWhenTheEventqIsFlooded() {
        for (int line = 0; line < 4; line++) {
            interrupting(line, GpioWire.VIRTIO_GPIO_IRQ_TYPE_EDGE_BOTH);
        }
        for (int i = 0; i < 1000; i++) {
            rig.submit(GpioWire.EVENTQ, GpioRequests.unmask(i & 7), 1);
            rig.settle();
        }
        assertThat(rig.bench(GpioWire.EVENTQ).outstanding()).isEqualTo(4);
    }

    @Test
    void shouldGiveBackBuffersOfALineThatThereIsNotOrThatSayNothing() {
        assertThat(status(unmask(4))).isEqualTo(GpioWire.VIRTIO_GPIO_IRQ_STATUS_INVALID);
        assertThat(status(unmask(0xffff))).isEqualTo(GpioWire.VIRTIO_GPIO_IRQ_STATUS_INVALID);
        assertThat(rig.request(GpioWire.EVENTQ, new byte[1], 1).lastByte())
                .isEqualTo(GpioWire.VIRTIO_GPIO_IRQ_STATUS_INVALID);
        assertThat(rig.request(GpioWire.EVENTQ, GpioRequests.unmask(0), 0).usedLengthBytes())
                .isZero();
        assertThat(rig.bench(GpioWire.EVENTQ).outstanding()).isZero();
    }

    @Test
    void shouldRefuseWhatMakesNoSense() {
        assertThat(ask(GpioWire.VIRTIO_GPIO_MSG_GET_VALUE, 4, 0)).isEqualTo(ERROR);
        assertThat(ask(GpioWire.VIRTIO_GPIO_MSG_SET_VALUE, 0xffff, 1)).isEqualTo(ERROR);
        assertThat(ask(0, 0, 0)).isEqualTo(ERROR);
        assertThat(ask(7, 0, 0)).isEqualTo(ERROR);
        assertThat(ask(0xffff, 0, 0)).isEqualTo(ERROR);
        assertThat(direction(0, 3)).isEqualTo(ERROR);
        assertThat(direction(0, -1)).isEqualTo(ERROR);
        assertThat(ask(GpioWire.VIRTIO_GPIO_MSG_SET_VALUE, 0, 2)).isEqualTo(ERROR);
        assertThat(irq(0, 5)).isEqualTo(ERROR);
        assertThat(irq(0, 12)).isEqualTo(ERROR);
        assertThat(irq(0, -1)).isEqualTo(ERROR);
        assertThat(ask(GpioWire.VIRTIO_GPIO_MSG_GET_LINE_NAMES, 0, 0)).isEqualTo(ERROR);
        assertThat(level(0)).isZero();
    }

    @Test
    void shouldNotCarryOutWhatHasNoRoomForItsAnswer() {
        byte[] output =
                GpioRequests.request(GpioWire.VIRTIO_GPIO_MSG_SET_DIRECTION, 0, GpioWire.VIRTIO_GPIO_DIRECTION_OUT);
        assertThat(rig.request(GpioWire.REQUESTQ, output, 1).lastByte()).isEqualTo(GpioWire.VIRTIO_GPIO_STATUS_ERR);
        assertThat(rig.request(GpioWire.REQUESTQ, output, 0).usedLengthBytes()).isZero();
        assertThat(ask(GpioWire.VIRTIO_GPIO_MSG_GET_DIRECTION, 0, 0)).isEqualTo(GpioWire.VIRTIO_GPIO_DIRECTION_IN);
    }

    @Test
    void shouldRefuseNamesWithoutRoomForAllOfThem() {
        with(Map.of("lines", List.of("LED=1")));
        byte[] names = GpioRequests.request(GpioWire.VIRTIO_GPIO_MSG_GET_LINE_NAMES, 0, 0);
        assertThat(rig.request(GpioWire.REQUESTQ, names, 4).bytes()[0])
                .isEqualTo((byte) GpioWire.VIRTIO_GPIO_STATUS_ERR);
        assertThat(rig.request(GpioWire.REQUESTQ, names, 5).bytes()).containsExactly(0, 'L', 'E', 'D', 0);
    }

    @Test
    void shouldRefuseInterruptsOfAnOutputAndAnOutputWithInterrupts() {
        direction(0, GpioWire.VIRTIO_GPIO_DIRECTION_OUT);
        assertThat(irq(0, GpioWire.VIRTIO_GPIO_IRQ_TYPE_EDGE_BOTH)).isEqualTo(ERROR);
        interrupting(1, GpioWire.VIRTIO_GPIO_IRQ_TYPE_EDGE_BOTH);
        assertThat(direction(1, GpioWire.VIRTIO_GPIO_DIRECTION_OUT)).isEqualTo(ERROR);
    }

    @Test
    void shouldRefuseInterruptsThatWereNotNegotiated() {
        rig.close();
        rig = rig(Map.of(), 0);
        direction(0, GpioWire.VIRTIO_GPIO_DIRECTION_IN);
        assertThat(irq(0, GpioWire.VIRTIO_GPIO_IRQ_TYPE_EDGE_BOTH)).isEqualTo(ERROR);
    }

    @Test
    void shouldAnswerRequestsForOneLineInTheirOrder() {
        long output = submit(GpioWire.VIRTIO_GPIO_MSG_SET_DIRECTION, GpioWire.VIRTIO_GPIO_DIRECTION_OUT);
        long high = submit(GpioWire.VIRTIO_GPIO_MSG_SET_VALUE, 1);
        long first = submit(GpioWire.VIRTIO_GPIO_MSG_GET_VALUE, 0);
        long low = submit(GpioWire.VIRTIO_GPIO_MSG_SET_VALUE, 0);
        long second = submit(GpioWire.VIRTIO_GPIO_MSG_GET_VALUE, 0);
        rig.settle();

        assertThat(List.of(output, high, low))
                .allSatisfy(token -> assertThat(
                                rig.writer(GpioWire.REQUESTQ).answer(token).bytes())
                        .containsExactly(0, 0));
        assertThat(rig.writer(GpioWire.REQUESTQ).answer(first).bytes()).containsExactly(0, 1);
        assertThat(rig.writer(GpioWire.REQUESTQ).answer(second).bytes()).containsExactly(0, 0);
    }

    private long submit(int type, int value) {
        return rig.submit(GpioWire.REQUESTQ, GpioRequests.request(type, 0, value), 2);
    }

    @Test
    void shouldGiveBuffersBackWhenDrainedAndKeepEdgesForThem() throws Exception {
        interrupting(0, GpioWire.VIRTIO_GPIO_IRQ_TYPE_EDGE_BOTH);
        long pending = unmask(0);
        rig.bench(GpioWire.EVENTQ).drain();
        assertThat(status(pending)).isEqualTo(GpioWire.VIRTIO_GPIO_IRQ_STATUS_INVALID);
        assertThat(rig.bench(GpioWire.EVENTQ).outstanding()).isZero();

        put(0, 1);
        assertThat(status(unmask(0))).isEqualTo(GpioWire.VIRTIO_GPIO_IRQ_STATUS_VALID);
    }

    @Test
    void shouldTakeBuffersAgainWhenTheHandlerIsReplaced() throws Exception {
        interrupting(0, GpioWire.VIRTIO_GPIO_IRQ_TYPE_EDGE_BOTH);
        long pending = unmask(0);
        rig.bench(GpioWire.EVENTQ).restart();
        rig.settle();
        assertThat(isAnswered(pending)).isFalse();
        put(0, 1);
        assertThat(status(pending)).isEqualTo(GpioWire.VIRTIO_GPIO_IRQ_STATUS_VALID);
    }

    @Test
    void shouldTellAnEdgeThatCameWhileTheHandlerWasReplaced() throws Exception {
        interrupting(0, GpioWire.VIRTIO_GPIO_IRQ_TYPE_EDGE_RISING);
        long pending = unmask(0);
        rig.bench(GpioWire.EVENTQ).restart();
        rig.device().command("set", List.of("0", "1"));
        rig.settle();
        assertThat(status(pending)).isEqualTo(GpioWire.VIRTIO_GPIO_IRQ_STATUS_VALID);
    }

    @Test
    void shouldKeepWhatTheDriverSetUpWhenTheDeviceIsReset() throws Exception {
        interrupting(0, GpioWire.VIRTIO_GPIO_IRQ_TYPE_EDGE_BOTH);
        ask(GpioWire.VIRTIO_GPIO_MSG_SET_VALUE, 1, 1);
        direction(1, GpioWire.VIRTIO_GPIO_DIRECTION_OUT);
        rig.device().reset();

        assertThat(level(1)).isEqualTo(1);
        assertThat(ask(GpioWire.VIRTIO_GPIO_MSG_SET_VALUE, 1, 0)).isZero();
        assertThat(level(1)).isZero();
        put(0, 1);
        assertThat(status(unmask(0))).isEqualTo(GpioWire.VIRTIO_GPIO_IRQ_STATUS_VALID);
    }

    @Test
    void shouldSayThatItsStateChangedWhenARequestOrTheWorldChangesIt() throws Exception {
        int before = context.stateChanges();
        direction(0, GpioWire.VIRTIO_GPIO_DIRECTION_IN);
        int afterRequest = context.stateChanges();
        put(0, 1);

        assertThat(afterRequest).isGreaterThan(before);
        assertThat(context.stateChanges()).isGreaterThan(afterRequest);
    }

    /** As after an upgrade or a crash: the chip is another one, the state is all that is left. */
    private void reopen() throws DeviceException {
        SavedState state = rig.device().saveState();
        rig.close();
        context.close();
        rig = rig(Map.of());
        rig.device().loadState(state);
        rig.settle();
    }

    @Test
    void shouldGoOnInAnotherProcessWithLevelsDirectionsAndInterrupts() throws Exception {
        ask(GpioWire.VIRTIO_GPIO_MSG_SET_VALUE, 0, 1);
        direction(0, GpioWire.VIRTIO_GPIO_DIRECTION_OUT);
        interrupting(1, GpioWire.VIRTIO_GPIO_IRQ_TYPE_EDGE_RISING);
        put(1, 1);
        interrupting(2, GpioWire.VIRTIO_GPIO_IRQ_TYPE_EDGE_BOTH);
        put(3, 1);
        reopen();

        assertThat(level(0)).isEqualTo(1);
        assertThat(ask(GpioWire.VIRTIO_GPIO_MSG_GET_DIRECTION, 0, 0)).isEqualTo(GpioWire.VIRTIO_GPIO_DIRECTION_OUT);
        assertThat(status(unmask(1))).isEqualTo(GpioWire.VIRTIO_GPIO_IRQ_STATUS_VALID);
        assertThat(isAnswered(unmask(1))).isFalse();
        long pending = unmask(2);
        assertThat(isAnswered(pending)).isFalse();
        put(2, 1);
        assertThat(status(pending)).isEqualTo(GpioWire.VIRTIO_GPIO_IRQ_STATUS_VALID);
        assertThat(level(3)).isEqualTo(1);
    }

    @Test
    void shouldRefuseAStateThatNoLinesCanHave() {
        assertThatThrownBy(() -> rig.device().loadState(SavedState.of(1, new byte[7])))
                .isInstanceOf(DeviceException.class);
        assertThatThrownBy(() -> rig.device().loadState(SavedState.of(1, new byte[] {3, 0, 0, 0, 0, 0, 0, 0})))
                .isInstanceOf(DeviceException.class)
                .hasMessageContaining("line 0");
        // An output that interrupts, in the last line.
        assertThatThrownBy(() -> rig.device().loadState(SavedState.of(1, new byte[] {0, 0, 0, 0, 0, 0, 1, 3})))
                .isInstanceOf(DeviceException.class)
                .hasMessageContaining("line 3");
        assertThat(level(0)).isZero();
    }

    @Test
    void shouldRefuseALineThatBelongsToAnotherDevice() throws Exception {
        try (VirtioDevice first = device(Map.of("chip", "board", "lines", List.of("1", "2")))) {
            assertThatThrownBy(() -> device(Map.of("chip", "board", "lines", List.of("5", "2"))))
                    .isInstanceOf(DeviceException.class)
                    .hasMessageContaining("Line 2 of simulated chip board belongs to");
            // What was taken before the refusal was given back.
            device(Map.of("chip", "board", "lines", List.of("5"))).close();
            assertThat(first.queueCount()).isEqualTo(2);
        }
        device(Map.of("chip", "board", "lines", List.of("2"))).close();
    }

    @Test
    void shouldPlayAWaveformOnceOrAgainAndAgain() throws Exception {
        operator("wave", "0", "1 10ms 0 10ms 1 5ms");
        assertThat(level(0)).isEqualTo(1);
        loop.pass(TimeUnit.MILLISECONDS.toNanos(10));
        assertThat(level(0)).isZero();
        loop.pass(TimeUnit.MILLISECONDS.toNanos(10));
        assertThat(level(0)).isEqualTo(1);
        loop.pass(TimeUnit.SECONDS.toNanos(1));
        assertThat(loop.timers()).isZero();

        operator("wave", "0", "0", "1ms", "1", "1ms", "repeat");
        loop.pass(TimeUnit.MILLISECONDS.toNanos(101));
        assertThat(level(0)).isEqualTo(1);
        operator("wave", "0", "stop");
        assertThat(loop.timers()).isZero();
    }

    @Test
    void shouldEndAWaveformWhenAnOperatorSetsTheLineOrTheDeviceCloses() throws Exception {
        operator("wave", "0", "1 1ms 0 1ms", "repeat");
        put(0, 1);
        loop.pass(TimeUnit.MILLISECONDS.toNanos(1));
        assertThat(level(0)).isEqualTo(1);

        operator("wave", "1", "1 1ms 0 1ms", "repeat");
        rig.close();
        assertThat(loop.timers()).isZero();
        rig = rig(Map.of());
    }

    @Test
    void shouldRefuseWhatAnOperatorSaysWrong() {
        direction(1, GpioWire.VIRTIO_GPIO_DIRECTION_OUT);
        assertThatThrownBy(() -> operator("set", "9", "1")).hasMessageContaining("no line '9'");
        assertThatThrownBy(() -> operator("set", "0", "2")).isInstanceOf(DeviceException.class);
        assertThatThrownBy(() -> operator("set", "1", "1")).hasMessageContaining("drives");
        assertThatThrownBy(() -> operator("wave", "0", "1 10us")).hasMessageContaining("100us");
        assertThatThrownBy(() -> operator("wave", "0", "2 10ms")).hasMessageContaining("no waveform");
        assertThatThrownBy(() -> operator("wave", "0", "1 10ms 0")).hasMessageContaining("no waveform");
        assertThatThrownBy(() -> operator("wave", "0")).isInstanceOf(DeviceException.class);
    }

    @Test
    void shouldShowAnOperatorAllLines() throws Exception {
        with(Map.of("lines", List.of("LED=7", "3")));
        ask(GpioWire.VIRTIO_GPIO_MSG_SET_VALUE, 0, 1);
        direction(0, GpioWire.VIRTIO_GPIO_DIRECTION_OUT);
        interrupting(1, GpioWire.VIRTIO_GPIO_IRQ_TYPE_EDGE_FALLING);

        assertThat(operator("get").lines().map(line -> line.replaceAll(" +", " ")))
                .containsExactly(" 0 LED 1 output (7)", " 1 - 0 input falling (3)");
        assertThat(operator("get", "LED")).isEqualTo("1\n");
    }
}
