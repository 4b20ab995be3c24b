package dev.troupe.devices.testing;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;
import static org.assertj.core.api.Assertions.catchThrowable;

import dev.troupe.actors.device.DeviceContext;
import dev.troupe.actors.device.DeviceException;
import dev.troupe.actors.device.SavedState;
import dev.troupe.actors.device.VirtioDevice;
import dev.troupe.transport.loop.EventLoopConfig;
import dev.troupe.transport.protocol.Bytes;
import dev.troupe.transport.ring.RingFeatures;
import dev.troupe.transport.testing.LeakCheck;
import java.nio.file.Path;
import java.util.List;
import java.util.Random;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.EnumSource;
import org.junit.jupiter.params.provider.MethodSource;

/** What every device has to keep, over both ring formats; a device's own test extends this. */
@ExtendWith(LeakCheck.class)
public abstract class DeviceContract {
    private static final int SEEDS = 8;
    private static final int MAX_PIECES = 40;

    /** So that a request fits into a ring of 64 entries without indirect descriptors. */
    private static final int FEWER_PIECES = 20;

    /** Where daemons put their sockets. */
    @TempDir
    Path sockets = Path.of("");

    /** The rings that a device may be driven by. */
    protected enum Ring {
        SPLIT,
        SPLIT_EVENT,
        PACKED,
        PACKED_EVENT;

        RingFeatures features() {
            boolean packed = this == PACKED || this == PACKED_EVENT;
            boolean eventIdx = this == SPLIT_EVENT || this == PACKED_EVENT;
            return new RingFeatures(packed, eventIdx, true, false);
        }
    }

    /** Opens the device under test. */
    protected abstract VirtioDevice open(DeviceContext context) throws Exception;

    /** Requests to be made one after the other, with their answers. */
    protected abstract List<Probe> probes();

    /** A request that can be made any number of times, also at the same time as others of its kind. */
    protected abstract Probe repeatable();

    /** The driver makes every choice that the device has to remember; nothing, if it has none. */
    protected void choose(VirtioDevice device) {}

    /** What an answer must be whose request may have been under way when its handler went; by the device's replay rule. */
    protected void checkInterrupted(Probe probe, RequestWriter.Answer answer) {
        probe.check().accept(answer);
    }

    private Rig rig(ManualLoop loop, Ring ring, long seed) throws Exception {
        TestDeviceContext context = new TestDeviceContext(loop);
        VirtioDevice device = open(context);
        return new Rig(loop, device, device.features(), ring.features(), seed).closingAtLast(context::close);
    }

    /** Every ring with a number: a seed, or a step. */
    static Stream<Arguments> ringsAndNumbers() {
        return Stream.of(Ring.values())
                .flatMap(ring -> IntStream.range(0, SEEDS).mapToObj(seed -> Arguments.of(ring, seed)));
    }

    @ParameterizedTest
    @MethodSource("ringsAndNumbers")
    void shouldAnswerRightWhenBuffersAreCutAnywhere(Ring ring, int seed) throws Exception {
        try (Rig rig = rig(new ManualLoop(), ring, seed)) {
            for (Probe probe : probes()) {
                probe.check().accept(rig.request(probe.readable(), probe.writableBytes(), MAX_PIECES));
            }
            assertThat(rig.bench().outstanding()).isZero();
        }
    }

    @ParameterizedTest
    @MethodSource("ringsAndNumbers")
    void shouldAnswerEveryRequestOnceWhenTheHandlerIsReplacedAtAnyStep(Ring ring, int step) throws Exception {
        try (Rig rig = rig(new ManualLoop(), ring, step)) {
            Probe probe = repeatable();
            List<Long> tokens = IntStream.range(0, SEEDS)
                    .mapToObj(i -> rig.driver().submit(probe.readable(), probe.writableBytes(), MAX_PIECES))
                    .toList();
            rig.turn();
            IntStream.range(0, step).forEach(i -> rig.bench().manual().finishOne());
            rig.bench().restart();
            rig.settle();
            rig.settle();

            tokens.forEach(token -> checkInterrupted(probe, rig.driver().answer(token)));
            assertThat(rig.bench().outstanding()).isZero();
        }
    }

    @ParameterizedTest
    @MethodSource("ringsAndNumbers")
    void shouldAnswerRequestsOfEveryKindByItsRuleWhenTheHandlerIsReplacedAtAnyStep(Ring ring, int step)
            throws Exception {
        try (Rig rig = rig(new ManualLoop(), ring, step)) {
            for (Probe probe : probes()) {
                long token = rig.driver().submit(probe.readable(), probe.writableBytes(), MAX_PIECES);
                rig.turn();
                IntStream.range(0, step).forEach(i -> rig.bench().manual().finishOne());
                rig.bench().restart();
                rig.settle();
                rig.settle();
                checkInterrupted(probe, rig.driver().answer(token));
            }
            assertThat(rig.bench().outstanding()).isZero();
        }
    }

    @Test
    void shouldGoOnWhereItWasWhenAnotherDeviceTakesItsStateOver() throws Exception {
        SavedState fresh = stateOf(device -> {});
        SavedState chosen = stateOf(this::choose);
        assertThat(stateOf(device -> load(device, chosen))).isEqualTo(chosen);
        assertThat(stateOf(device -> load(device, fresh))).isEqualTo(fresh);
    }

    @Test
    void shouldRefuseOrTakeAStateAndNeverFailWhenItIsAnyBytes() throws Exception {
        SavedState good = stateOf(this::choose);
        Random random = new Random(1);
        for (int i = 0; i < 1000; i++) {
            byte[] body = new byte[random.nextInt(64)];
            random.nextBytes(body);
            SavedState wild =
                    new SavedState(random.nextBoolean() ? good.version() : random.nextInt(1 << 16), Bytes.of(body));
            stateOf(device -> assertThat(catchThrowable(() -> device.loadState(wild)))
                    .satisfiesAnyOf(
                            thrown -> assertThat(thrown).isNull(),
                            thrown -> assertThat(thrown).isInstanceOf(DeviceException.class)));
        }
        assertThatThrownBy(() -> stateOf(device -> load(device, new SavedState(0xffff, good.body()))))
                .hasCauseInstanceOf(DeviceException.class);
    }

    private static void load(VirtioDevice device, SavedState state) {
        try {
            device.loadState(state);
        } catch (DeviceException e) {
            throw new IllegalStateException(e);
        }
    }

    /** Opens a device, does something with it, and closes it. */
    private SavedState stateOf(Consumer<VirtioDevice> action) throws Exception {
        TestDeviceContext context = new TestDeviceContext(new ManualLoop());
        try (VirtioDevice device = open(context)) {
            action.accept(device);
            return device.saveState();
        } finally {
            context.close();
        }
    }

    @ParameterizedTest
    @MethodSource("loopsAndLayouts")
    void shouldMarkEveryPageThatItChangesWhenTheFrontEndLogs(EventLoopConfig.Choice choice, boolean packed) {
        try (DaemonRig rig = DaemonRig.start(choice, this::open, sockets, packed)) {
            for (Probe probe : probes()) {
                assertThat(rig.unmarkedBy(probe, FEWER_PIECES)).as(probe.name()).isEmpty();
            }
        }
    }

    @ParameterizedTest
    @EnumSource(Ring.class)
    void shouldGiveBackRequestsWithoutRoomForAnAnswerAndGoOn(Ring ring) throws Exception {
        try (Rig rig = rig(new ManualLoop(), ring, 1)) {
            assertThat(rig.request(new byte[64], 0, MAX_PIECES).usedLengthBytes())
                    .isZero();
            assertThat(rig.request(new byte[1], 0).usedLengthBytes()).isZero();
            assertThat(rig.bench().errors()).isEqualTo(2);

            Probe probe = repeatable();
            probe.check().accept(rig.request(probe.readable(), probe.writableBytes(), MAX_PIECES));
        }
    }

    @ParameterizedTest
    @EnumSource(Ring.class)
    void shouldSurviveRequestsWithoutAnythingReadable(Ring ring) throws Exception {
        try (Rig rig = rig(new ManualLoop(), ring, 1)) {
            rig.request(new byte[0], 1);
            rig.request(new byte[0], 4096, MAX_PIECES);

            Probe probe = repeatable();
            probe.check().accept(rig.request(probe.readable(), probe.writableBytes(), MAX_PIECES));
        }
    }

    @ParameterizedTest
    @EnumSource(Ring.class)
    void shouldHaveNothingOnLoanWhenDrained(Ring ring) throws Exception {
        try (Rig rig = rig(new ManualLoop(), ring, 1)) {
            Probe probe = repeatable();
            long token = rig.driver().submit(probe.readable(), probe.writableBytes(), MAX_PIECES);
            rig.turn();
            rig.bench().drain();
            rig.settle();

            assertThat(rig.bench().outstanding()).isZero();
            assertThat(rig.driver().isAnswered(token)).isTrue();
        }
    }

    static Stream<Arguments> loopsAndRings() {
        return Stream.of(EventLoopConfig.Choice.IO_URING, EventLoopConfig.Choice.EPOLL)
                .flatMap(choice -> Stream.of(Ring.values()).map(ring -> Arguments.of(choice, ring)));
    }

    @ParameterizedTest
    @MethodSource("loopsAndRings")
    void shouldAnswerRightOnARealLoop(EventLoopConfig.Choice choice, Ring ring) throws Exception {
        try (LoopRig rig = LoopRig.start(choice, this::open, ring.features())) {
            for (Probe probe : probes()) {
                probe.check().accept(rig.request(probe, MAX_PIECES));
            }
        }
    }

    @ParameterizedTest
    @MethodSource("loopsAndRings")
    void shouldAnswerEveryRequestOnceWhenTheHandlerIsReplacedOnARealLoop(EventLoopConfig.Choice choice, Ring ring)
            throws Exception {
        try (LoopRig rig = LoopRig.start(choice, this::open, ring.features())) {
            Probe probe = repeatable();
            List<Long> tokens = rig.submitAndRestart(probe, SEEDS);

            tokens.forEach(token -> checkInterrupted(probe, rig.await(token)));
        }
    }

    static Stream<Arguments> loopsAndLayouts() {
        return Stream.of(EventLoopConfig.Choice.IO_URING, EventLoopConfig.Choice.EPOLL)
                .flatMap(choice -> Stream.of(false, true).map(packed -> Arguments.of(choice, packed)));
    }

    @ParameterizedTest
    @MethodSource("loopsAndLayouts")
    void shouldAnswerRightThroughADaemonAndItsSocket(EventLoopConfig.Choice choice, boolean packed) {
        try (DaemonRig rig = DaemonRig.start(choice, this::open, sockets, packed)) {
            for (Probe probe : probes()) {
                probe.check().accept(rig.request(probe, FEWER_PIECES));
            }
            rig.awaitCall();
        }
    }

    /** Requests made before and after an interruption are answered, each once. */
    private void expectAnswersAcross(DaemonRig rig, Runnable interruption) {
        Probe probe = repeatable();
        List<Long> before = rig.submit(probe, 1, SEEDS);
        interruption.run();
        List<Long> after = rig.submit(probe, 1, SEEDS);
        before.forEach(token -> checkInterrupted(probe, rig.await(token)));
        after.forEach(token -> probe.check().accept(rig.await(token)));
    }

    @ParameterizedTest
    @MethodSource("loopsAndLayouts")
    void shouldAnswerEveryRequestOnceWhenTheDeviceIsRestartedBetweenThem(
            EventLoopConfig.Choice choice, boolean packed) {
        try (DaemonRig rig = DaemonRig.start(choice, this::open, sockets, packed)) {
            for (int i = 0; i < SEEDS; i++) {
                expectAnswersAcross(rig, rig::restart);
            }
            assertThat(rig.openings()).isEqualTo(1 + SEEDS);
        }
    }

    @ParameterizedTest
    @MethodSource("loopsAndLayouts")
    void shouldAnswerEveryRequestOnceWhenTheDaemonDiesBetweenThem(EventLoopConfig.Choice choice, boolean packed) {
        try (DaemonRig rig = DaemonRig.start(choice, this::open, sockets, packed)) {
            expectAnswersAcross(rig, rig::die);
        }
    }

    @ParameterizedTest
    @MethodSource("loopsAndLayouts")
    void shouldAnswerEveryRequestOnceWhenTheDaemonHandsOverBetweenThem(EventLoopConfig.Choice choice, boolean packed) {
        try (DaemonRig rig = DaemonRig.start(choice, this::open, sockets, packed)) {
            expectAnswersAcross(rig, rig::handOver);
        }
    }
}
