package dev.troupe.devices.rng;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.troupe.actors.device.DeviceException;
import dev.troupe.devices.testing.ManualLoop;
import dev.troupe.devices.testing.RequestWriter.Answer;
import dev.troupe.devices.testing.Rig;
import dev.troupe.devices.testing.TestDeviceContext;
import dev.troupe.devices.testing.TestSettings;
import dev.troupe.transport.frontend.BufferList;
import dev.troupe.transport.frontend.DriverQueue;
import dev.troupe.transport.sys.Errno;
import dev.troupe.transport.testing.LeakCheck;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.Map;
import java.util.concurrent.TimeUnit;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

@ExtendWith(LeakCheck.class)
class RngQueueTest {
    private static final long SECOND = TimeUnit.SECONDS.toNanos(1);

    @TempDir
    Path directory = Path.of("");

    private final ManualLoop loop = new ManualLoop();
    private final TestDeviceContext context = new TestDeviceContext(loop);

    private Rig rig(Map<String, Object> options) throws Exception {
        RngFactory factory = new RngFactory();
        return Rig.split(loop, factory.open(TestSettings.of(factory, options), context));
    }

    /** A device with a budget on the loop's own clock. */
    private Rig limited(long bytesPerSecond) {
        RngBudget budget = new RngBudget(bytesPerSecond, SECOND, loop::nowNanos);
        return Rig.split(loop, new RngDevice(new KernelSource(), budget, 4096, context));
    }

    private Rig ofFile(byte[] bytes, boolean wraps) throws Exception {
        Path file = Files.write(directory.resolve("bytes"), bytes);
        return rig(Map.of("source", "file", "path", file, "at-end", wraps ? "wrap" : "fail"));
    }

    @Test
    void shouldGiveNoMoreThanOneRequestMayHave() throws Exception {
        try (Rig rig = rig(Map.of("max-request-bytes", 100L))) {
            assertThat(rig.request(new byte[0], 4096).usedLengthBytes()).isEqualTo(100);
        }
    }

    @Test
    void shouldAnswerARequestForFourGibibytes() throws Exception {
        try (Rig rig = rig(Map.of())) {
            DriverQueue ring = rig.ring();
            long mebibyte = rig.ram().allocate(1 << 20, 4096);
            BufferList buffers = new BufferList();
            IntStream.range(0, 64).forEach(i -> buffers.writable(mebibyte, 1 << 20));
            assertThat(ring.add(buffers, 9)).isTrue();
            ring.publish();
            rig.bench().turn();
            loop.settle();
            rig.bench().turn();

            assertThat(ring.poll()).isTrue();
            assertThat(ring.usedLengthBytes()).isEqualTo(4096);
        }
    }

    @Test
    void shouldIgnoreWhatTheDriverSends() throws Exception {
        try (Rig rig = rig(Map.of())) {
            assertThat(rig.request(new byte[10], 32).usedLengthBytes()).isEqualTo(32);
        }
    }

    @Test
    void shouldLeaveRequestsInTheRingWhileTheBudgetIsSpent() {
        try (Rig rig = limited(1000)) {
            assertThat(rig.request(new byte[0], 4096).usedLengthBytes()).isEqualTo(1000);
            long first = rig.driver().submit(new byte[0], 100, 1);
            rig.settle();
            long second = rig.driver().submit(new byte[0], 100, 1);
            rig.settle();
            assertThat(rig.bench().isHeld()).isTrue();
            assertThat(rig.bench().outstanding()).isEqualTo(1);

            loop.pass(SECOND / 10);
            rig.turn();
            assertThat(rig.driver().answer(first).usedLengthBytes()).isEqualTo(100);
            assertThat(rig.driver().isAnswered(second)).isFalse();
            loop.pass(SECOND / 10);
            rig.turn();
            assertThat(rig.driver().answer(second).usedLengthBytes()).isEqualTo(100);
        }
    }

    @Test
    void shouldServeWhoWaitsAtOnceWhenTheLimitIsLifted() {
        try (Rig rig = limited(10)) {
            rig.request(new byte[0], 10);
            long token = rig.driver().submit(new byte[0], 4096, 1);
            rig.settle();
            assertThat(rig.driver().isAnswered(token)).isFalse();

            rig.device()
                    .settingsChanged(TestSettings.of(
                            new RngFactory(), Map.of("bytes-per-period", 0L, "max-request-bytes", 300L)));
            rig.settle();
            assertThat(rig.driver().answer(token).usedLengthBytes()).isEqualTo(300);
        }
    }

    @Test
    void shouldMakeTheNextOneWaitWhenALimitIsSet() throws Exception {
        try (Rig rig = rig(Map.of())) {
            assertThat(rig.request(new byte[0], 64).usedLengthBytes()).isEqualTo(64);
            rig.device()
                    .settingsChanged(TestSettings.of(
                            new RngFactory(), Map.of("bytes-per-period", 16L, "period", Duration.ofHours(1))));
            rig.settle();
            assertThat(rig.request(new byte[0], 64).usedLengthBytes()).isEqualTo(16);
            long token = rig.driver().submit(new byte[0], 64, 1);
            rig.settle();
            assertThat(rig.driver().isAnswered(token)).isFalse();
            rig.bench().drain();
            rig.settle();
        }
    }

    @Test
    void shouldNeverGiveMoreThanTheBudgetOverTime() {
        try (Rig rig = limited(1000)) {
            long given = IntStream.range(0, 50)
                    .mapToLong(i -> {
                        long token = rig.driver().submit(new byte[0], 300, 1);
                        rig.settle();
                        loop.pass(SECOND / 5);
                        rig.settle();
                        return rig.driver().isAnswered(token)
                                ? rig.driver().answer(token).usedLengthBytes()
                                : 0;
                    })
                    .sum();
            assertThat(given).isBetween(5_000L, 11_000L);
        }
    }

    @Test
    void shouldCompleteWhatWaitsWithAFewBytesWhenDrained() {
        try (Rig rig = limited(10)) {
            rig.request(new byte[0], 10);
            long token = rig.driver().submit(new byte[0], 64, 1);
            rig.settle();
            rig.bench().drain();
            rig.settle();

            Answer answer = rig.driver().answer(token);
            assertThat(answer.usedLengthBytes()).isEqualTo(RngQueue.DRAIN_BYTES);
            assertThat(loop.timers()).isZero();
        }
    }

    @Test
    void shouldMakeTheGuestWaitAndTryAgainWhenTheSourceFails() throws Exception {
        try (Rig rig = rig(Map.of())) {
            rig.bench().manual().plan(-Errno.EIO);
            long token = rig.driver().submit(new byte[0], 16, 1);
            rig.settle();
            assertThat(rig.driver().isAnswered(token)).isFalse();

            loop.pass(SECOND);
            rig.settle();
            assertThat(rig.driver().answer(token).usedLengthBytes()).isEqualTo(16);
            assertThat(context.hostFailures()).isEmpty();
        }
    }

    @Test
    void shouldHaveTheDeviceRestartedWhenTheSourceFailsAgainAndAgain() throws Exception {
        try (Rig rig = ofFile(new byte[10], false)) {
            rig.request(new byte[0], 64);
            rig.driver().submit(new byte[0], 64, 1);
            rig.settle();
            loop.pass(60 * SECOND);

            assertThat(context.hostFailures()).hasSize(1);
            rig.bench().drain();
        }
    }

    @Test
    void shouldGiveTheBytesOfAFileInOrderAndBeginAgainAtItsEnd() throws Exception {
        byte[] bytes = {1, 2, 3, 4, 5};
        try (Rig rig = ofFile(bytes, true)) {
            assertThat(Arrays.copyOf(rig.request(new byte[0], 3).bytes(), 3)).containsExactly(1, 2, 3);
            Answer rest = rig.request(new byte[0], 3);
            assertThat(rest.usedLengthBytes()).isEqualTo(2);
            assertThat(Arrays.copyOf(rest.bytes(), 2)).containsExactly(4, 5);
            assertThat(Arrays.copyOf(rig.request(new byte[0], 2).bytes(), 2)).containsExactly(1, 2);
        }
    }

    /** A batch is one turn of the loop, and so one notification of the driver. */
    @Test
    void shouldServeWhatWaitsInOneBatch() throws Exception {
        try (Rig rig = rig(Map.of())) {
            long[] tokens = IntStream.range(0, 16)
                    .mapToLong(i -> rig.driver().submit(new byte[0], 64, 1))
                    .toArray();
            rig.turn();
            rig.settle();
            assertThat(rig.bench().manual().log()).containsExactly("read 0+64", "read 0+" + 15 * 64);
            assertThat(Arrays.stream(tokens)
                            .map(token -> rig.driver().answer(token).usedLengthBytes()))
                    .containsOnly(64L);
        }
    }

    @Test
    void shouldKeepABatchShortEnoughForOthersOnTheLoop() throws Exception {
        try (Rig rig = rig(Map.of())) {
            IntStream.range(0, 6).forEach(i -> rig.driver().submit(new byte[0], 4096, 1));
            rig.turn();
            rig.settle();
            assertThat(rig.bench().manual().log()).containsExactly("read 0+4096", "read 0+16384", "read 0+4096");
        }
    }

    @Test
    void shouldServeTheRestLaterWhenTheSourceFallsShort() throws Exception {
        try (Rig rig = ofFile(new byte[] {1, 2, 3, 4, 5, 6, 7, 8}, true)) {
            rig.bench().manual().shortenTo(3);
            long[] tokens = IntStream.range(0, 4)
                    .mapToLong(i -> rig.driver().submit(new byte[0], 2, 1))
                    .toArray();
            rig.turn();
            rig.settle();
            // The first alone, then two in one batch of three bytes, then the last.
            assertThat(answer(rig, tokens[0])).containsExactly(1, 2);
            assertThat(answer(rig, tokens[1])).containsExactly(3, 4);
            assertThat(answer(rig, tokens[2])).containsExactly(5);
            assertThat(answer(rig, tokens[3])).containsExactly(6, 7);
        }
    }

    private static byte[] answer(Rig rig, long token) {
        Answer answer = rig.driver().answer(token);
        return Arrays.copyOf(answer.bytes(), (int) answer.usedLengthBytes());
    }

    @Test
    void shouldSpendTheBudgetInOrderWhenABatchIsLargerThanIt() {
        try (Rig rig = limited(1000)) {
            long[] tokens = IntStream.range(0, 4)
                    .mapToLong(i -> rig.driver().submit(new byte[0], 400, 1))
                    .toArray();
            rig.settle();
            assertThat(answer(rig, tokens[0])).hasSize(400);
            assertThat(answer(rig, tokens[1])).hasSize(400);
            assertThat(answer(rig, tokens[2])).hasSize(200);
            assertThat(rig.driver().isAnswered(tokens[3])).isFalse();
            loop.pass(SECOND);
            rig.turn();
            // An eighth of a period's bytes is enough to go on with.
            assertThat(answer(rig, tokens[3])).hasSize(125);
        }
    }

    @Test
    void shouldKeepTheOrderWhenABatchFails() throws Exception {
        try (Rig rig = ofFile(new byte[] {1, 2, 3, 4}, true)) {
            rig.bench().manual().plan(1);
            rig.bench().manual().plan(-Errno.EIO);
            long[] tokens = IntStream.range(0, 3)
                    .mapToLong(i -> rig.driver().submit(new byte[0], 1, 1))
                    .toArray();
            rig.turn();
            rig.settle();
            assertThat(rig.driver().isAnswered(tokens[1])).isFalse();
            loop.pass(SECOND);
            rig.settle();
            assertThat(answer(rig, tokens[1])).containsExactly(2);
            assertThat(answer(rig, tokens[2])).containsExactly(3);
        }
    }

    @Test
    @Timeout(30)
    void shouldRefuseAFifoInsteadOfWaitingForItsWriter() throws Exception {
        Path fifo = directory.resolve("fifo");
        assertThat(new ProcessBuilder("mkfifo", fifo.toString()).start().waitFor())
                .isZero();
        assertThatThrownBy(() -> rig(Map.of("source", "file", "path", fifo)))
                .isInstanceOf(DeviceException.class)
                .hasMessageContaining("neither a regular file nor a character device");
    }

    @Test
    void shouldRefuseASourceThatIsNotThere() {
        assertThatThrownBy(() -> rig(Map.of("source", "file", "path", directory.resolve("none"))))
                .isInstanceOf(DeviceException.class)
                .hasMessageContaining("ENOENT");
    }
}
