package dev.troupe.transport.loop;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.troupe.transport.sys.Errno;
import dev.troupe.transport.sys.EventFd;
import dev.troupe.transport.sys.Fd;
import dev.troupe.transport.sys.HostFile;
import dev.troupe.transport.sys.OpenFlag;
import dev.troupe.transport.sys.Pty;
import dev.troupe.transport.sys.Saturation;
import dev.troupe.transport.testing.LeakCheck;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Consumer;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** What every back end of a loop does for file operations and signals. */
@ExtendWith(LeakCheck.class)
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
abstract class FileIoContract {
    private static final int FILE_BYTES = 1 << 20;

    @TempDir
    Path directory;

    private final Arena arena = Arena.ofShared();
    private final MemorySegment memory = arena.allocate(FILE_BYTES, 4096);
    EventLoop loop;
    private Fd file;
    private IoScope scope;

    /** The back end under test. */
    abstract EventLoopConfig config();

    @BeforeEach
    void start() {
        loop = EventLoop.start("test", config());
        file = HostFile.open(directory.resolve("file"), OpenFlag.WRITE, OpenFlag.CREATE);
        HostFile.truncate(file, FILE_BYTES);
        scope = LoopProbe.on(loop, () -> loop.openScope("test", e -> {}));
    }

    @AfterEach
    void stop() {
        loop.close();
        file.close();
        arena.close();
    }

    private int result(Consumer<IoCompletion> operation) {
        CompletableFuture<Integer> result = new CompletableFuture<>();
        LoopProbe.run(loop, () -> operation.accept(result::complete));
        return LoopProbe.await(result);
    }

    private IoVector vector(long... offsetsAndLengths) {
        IoVector vector = new IoVector(1);
        for (int i = 0; i < offsetsAndLengths.length; i += 2) {
            vector.add(memory.address() + offsetsAndLengths[i], offsetsAndLengths[i + 1]);
        }
        return vector;
    }

    @Test
    void shouldGatherAndScatterWhenGivenSeveralBuffers() {
        memory.set(ValueLayout.JAVA_INT, 0, 0x11111111);
        memory.set(ValueLayout.JAVA_INT, 100, 0x22222222);
        assertThat(result(c -> scope.write(file, 5, vector(0, 4, 100, 4), WriteMode.PLAIN, c)))
                .isEqualTo(8);
        assertThat(result(c -> scope.read(file, 5, vector(200, 2, 300, 6), c))).isEqualTo(8);
        assertThat(memory.get(ValueLayout.JAVA_SHORT, 200)).isEqualTo((short) 0x1111);
        assertThat(memory.get(ValueLayout.JAVA_INT_UNALIGNED, 302)).isEqualTo(0x22222222);
    }

    @Test
    void shouldReadAndWriteOneBuffer() {
        memory.set(ValueLayout.JAVA_LONG, 0, 42);
        assertThat(result(c -> scope.write(file, 4096, vector(0, 8), WriteMode.DSYNC, c)))
                .isEqualTo(8);
        assertThat(result(c -> scope.read(file, 4096, vector(64, 8), c))).isEqualTo(8);
        assertThat(memory.get(ValueLayout.JAVA_LONG, 64)).isEqualTo(42);
    }

    @Test
    void shouldWriteWithinTheCallAndTellAfterItWhenToldToDoItAtOnce() {
        memory.set(ValueLayout.JAVA_LONG, 0, 43);
        memory.set(ValueLayout.JAVA_LONG, 8, 44);
        CompletableFuture<Integer> first = new CompletableFuture<>();
        CompletableFuture<Integer> second = new CompletableFuture<>();
        LoopProbe.run(loop, () -> {
            scope.write(file, 0, vector(0, 8), WriteMode.AT_ONCE, first::complete);
            scope.write(file, 8, vector(8, 8), WriteMode.AT_ONCE, second::complete);
            assertThat(first).isNotDone();
            memory.fill((byte) 0);
        });
        assertThat(LoopProbe.await(first)).isEqualTo(8);
        assertThat(LoopProbe.await(second)).isEqualTo(8);
        assertThat(result(c -> scope.read(file, 0, vector(64, 16), c))).isEqualTo(16);
        assertThat(memory.get(ValueLayout.JAVA_LONG, 64)).isEqualTo(43);
        assertThat(memory.get(ValueLayout.JAVA_LONG, 72)).isEqualTo(44);
    }

    @Test
    void shouldReadWhatComesNextFromAFileThatCannotSeek() {
        try (Pty pty = Pty.open();
                Fd terminal = HostFile.open(pty.terminal(), OpenFlag.NO_CONTROL)) {
            memory.set(ValueLayout.JAVA_INT, 0, 0x44434241);
            assertThat(pty.write(memory.asSlice(0, 4))).isEqualTo(4);
            assertThat(result(c -> scope.read(terminal, 7, vector(100, 64), c))).isEqualTo(4);
            assertThat(memory.get(ValueLayout.JAVA_INT, 100)).isEqualTo(0x44434241);
        }
    }

    @Test
    void shouldTellOthersWhileEachCachedReadStartsTheNext() {
        HostFile.write(file, memory.asSlice(0, 4096), 0);
        IoVector into = vector(0, 8);
        CountDownLatch begun = new CountDownLatch(1_000);
        CountDownLatch told = new CountDownLatch(2);
        try (Fd kick = EventFd.create()) {
            LoopProbe.run(loop, () -> {
                loop.watch(kick, told::countDown);
                readOnAndOn(into, begun, told);
            });
            LoopProbe.await(begun);
            EventFd.signal(kick);
            LoopProbe.run(loop, () -> scope.secureErase(file, 0, 4096, _ -> told.countDown()));
            LoopProbe.await(told);
            LoopProbe.run(loop, () -> scope.abandon(() -> {}));
            loop.close();
        }
    }

    private void readOnAndOn(IoVector into, CountDownLatch begun, CountDownLatch told) {
        scope.read(file, 0, into, _ -> {
            begun.countDown();
            if (told.getCount() > 0) {
                readOnAndOn(into, begun, told);
            }
        });
    }

    @Test
    void shouldFallShortAtTheEndOfTheFile() {
        assertThat(result(c -> scope.read(file, FILE_BYTES - 10, vector(0, 100), c)))
                .isEqualTo(10);
        assertThat(result(c -> scope.read(file, FILE_BYTES, vector(0, 100), c))).isZero();
    }

    @Test
    void shouldFallShortWhenThereAreMoreBuffersThanOneCallTakes() {
        IoVector many = new IoVector(4);
        IntStream.range(0, 1_500).forEach(i -> many.add(memory.address() + i, 1));
        assertThat(result(c -> scope.read(file, 0, many, c))).isEqualTo(1_024);
        many.advance(1_024);
        assertThat(result(c -> scope.read(file, 1_024, many, c))).isEqualTo(476);
    }

    @Test
    void shouldReportTheErrorNumberWhenTheKernelRefuses() {
        try (Fd readOnly = HostFile.open(directory.resolve("file"));
                Fd place = HostFile.open(directory)) {
            assertThat(result(c -> scope.write(readOnly, 0, vector(0, 8), WriteMode.PLAIN, c)))
                    .isEqualTo(-Errno.EBADF);
            assertThat(result(c -> scope.write(readOnly, 0, vector(0, 8), WriteMode.AT_ONCE, c)))
                    .isEqualTo(-Errno.EBADF);
            assertThat(result(c -> scope.read(place, 0, vector(0, 8), c))).isEqualTo(-Errno.EISDIR);
        }
    }

    @Test
    void shouldReportABadAddressInsteadOfDying() {
        IoVector wild = new IoVector(1);
        wild.add(8, 4096);
        assertThat(result(c -> scope.read(file, 0, wild, c))).isEqualTo(-Errno.EFAULT);
    }

    @Test
    void shouldReportABadDescriptorWhenTheFileIsClosed() {
        Fd closed = file.duplicate();
        closed.close();
        assertThat(result(c -> scope.read(closed, 0, vector(0, 8), c))).isEqualTo(-Errno.EBADF);
    }

    @Test
    void shouldSyncAllocateAndPunch() {
        assertThat(result(c -> scope.sync(file, true, c))).isZero();
        assertThat(result(c -> scope.sync(file, false, c))).isZero();
        assertThat(result(c -> scope.allocate(file, 0, FILE_BYTES, FILE_BYTES, c)))
                .isZero();
        assertThat(HostFile.stat(file).sizeBytes()).isEqualTo(2L * FILE_BYTES);
        int punch = HostFile.FALLOC_PUNCH_HOLE | HostFile.FALLOC_KEEP_SIZE;
        assertThat(result(c -> scope.allocate(file, punch, 0, 2L * FILE_BYTES, c)))
                .isZero();
        assertThat(HostFile.stat(file).allocatedBytes()).isZero();
    }

    @Test
    void shouldTellThatOnlyBlockDevicesCanBeErasedSecurely() {
        assertThat(result(c -> scope.secureErase(file, 0, 4096, c))).isEqualTo(-Errno.ENOTTY);
        assertThat(result(c -> scope.sync(file, true, c))).isZero();
    }

    @Test
    void shouldCompleteThousandsHandedInAtOnce() {
        int count = 20_000;
        CountDownLatch done = new CountDownLatch(count);
        AtomicInteger bytes = new AtomicInteger();
        IoVector into = vector(0, 8);
        LoopProbe.run(
                loop,
                () -> IntStream.range(0, count)
                        .forEach(i -> scope.read(file, i, into, result -> {
                            bytes.addAndGet(result);
                            done.countDown();
                        })));
        LoopProbe.await(done);
        assertThat(bytes).hasValue(count * 8);
        assertThat(LoopProbe.on(loop, scope::inFlight)).isZero();
    }

    @Test
    void shouldTellTheScopeAndGoOnWhenACompletionThrows() {
        CompletableFuture<Throwable> failure = new CompletableFuture<>();
        IoScope failing = LoopProbe.on(loop, () -> loop.openScope("failing", failure::complete));
        LoopProbe.run(
                loop,
                () -> failing.read(file, 0, vector(0, 8), result -> {
                    throw new InternalError("on purpose");
                }));
        assertThat(LoopProbe.await(failure)).isInstanceOf(InternalError.class);
        assertThat(LoopProbe.on(loop, failing::inFlight)).isZero();
        assertThat(result(c -> scope.sync(file, true, c))).isZero();
    }

    @Test
    void shouldDeliverNothingAndTellWhenQuietOnceAbandoned() {
        AtomicInteger delivered = new AtomicInteger();
        CompletableFuture<Integer> quiet = new CompletableFuture<>();
        LoopProbe.run(loop, () -> {
            IntStream.range(0, 1_000)
                    .forEach(i -> scope.read(file, 0, vector(0, 4096), result -> delivered.incrementAndGet()));
            scope.abandon(() -> quiet.complete(scope.inFlight()));
            assertThat(scope.inFlight()).isEqualTo(1_000);
            assertThatThrownBy(() -> scope.sync(file, true, result -> {})).isInstanceOf(IllegalStateException.class);
        });
        assertThat(LoopProbe.await(quiet)).isZero();
        assertThat(delivered).hasValue(0);
    }

    @Test
    void shouldTellWhenQuietLaterThoughNothingIsInFlight() {
        CompletableFuture<Boolean> within = new CompletableFuture<>();
        LoopProbe.run(loop, () -> {
            boolean[] returned = new boolean[1];
            scope.abandon(() -> within.complete(!returned[0]));
            returned[0] = true;
        });
        assertThat(LoopProbe.await(within)).isFalse();
    }

    @Test
    void shouldWaitForTheKernelAndDeliverNothingWhenTheLoopCloses() {
        AtomicInteger delivered = new AtomicInteger();
        CompletableFuture<Boolean> quiet = new CompletableFuture<>();
        LoopProbe.run(loop, () -> {
            IoScope given = loop.openScope("given up", e -> {});
            given.read(file, 0, vector(0, FILE_BYTES), result -> {});
            given.abandon(() -> quiet.complete(true));
            IntStream.range(0, 500)
                    .forEach(i -> scope.read(file, 0, vector(0, 4096), result -> delivered.incrementAndGet()));
            loop.close();
        });
        loop.close();
        assertThat(quiet).isCompletedWithValue(true);
        assertThat(delivered.get()).isLessThan(500);
    }

    @Test
    void shouldAddOneToACallEventFd() {
        try (Fd call = EventFd.create();
                Fd blocking = EventFd.create(false)) {
            LoopProbe.run(loop, () -> {
                loop.signal(call);
                loop.signal(blocking);
            });
            CountDownLatch seen = new CountDownLatch(2);
            LoopProbe.run(loop, () -> {
                loop.watch(call, seen::countDown);
                loop.watch(blocking, seen::countDown);
            });
            LoopProbe.await(seen);
            assertThat(Saturation.counter(call)).isPositive();
            assertThat(Saturation.counter(blocking)).isPositive();
            loop.close();
        }
    }

    @Test
    void shouldLoseNoSignalWhenTheReaderConsumesEachOne() {
        try (Fd call = EventFd.create();
                Fd reader = call.duplicate()) {
            CountDownLatch rounds = new CountDownLatch(5_000);
            LoopProbe.run(loop, () -> {
                loop.watch(reader, () -> {
                    EventFd.drain(reader);
                    rounds.countDown();
                    loop.signal(call);
                });
                loop.signal(call);
            });
            LoopProbe.await(rounds);
            loop.close();
        }
    }

    @Test
    void shouldNeverBlockWhenASaturatedBlockingEventFdIsSignalledAHundredThousandTimes() {
        try (Fd full = EventFd.create(false);
                Fd other = EventFd.create()) {
            Saturation.saturate(full);
            CountDownLatch told = new CountDownLatch(1);
            LoopProbe.run(loop, () -> {
                loop.watch(other, told::countDown);
                IntStream.range(0, 1_000).forEach(i -> loop.execute(() -> signalOften(full)));
            });
            EventFd.signal(other);
            LoopProbe.await(told);
            LoopProbe.run(loop, () -> {});
            assertThat(result(c -> scope.sync(file, true, c))).isZero();
            assertThat(loop.failedSignals()).isZero();
            loop.close();
        }
    }

    private void signalOften(Fd full) {
        IntStream.range(0, 100).forEach(i -> loop.signal(full));
    }

    @Test
    void shouldCountASignalThatTheKernelRefuses() {
        Fd closed = EventFd.create();
        closed.close();
        LoopProbe.run(loop, () -> loop.signal(closed));
        result(c -> scope.sync(file, true, c));
        LoopProbe.run(loop, () -> {});
        assertThat(loop.failedSignals()).isEqualTo(1);
    }

    @Test
    void shouldAllocateNothingForAnOperation() {
        AllocationProbe probe = new AllocationProbe(loop, scope, file, vector(0, 512));
        probe.measure(30_000);
        assertThat(probe.measure(100_000)).isLessThan(100_000L);
    }
}
