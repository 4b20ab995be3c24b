package dev.troupe.transport.loop;

import static org.assertj.core.api.Assertions.assertThat;

import dev.troupe.transport.sys.EventFd;
import dev.troupe.transport.sys.Fd;
import dev.troupe.transport.sys.HostFile;
import dev.troupe.transport.sys.OpenFlag;
import dev.troupe.transport.testing.LeakCheck;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** A loop whose ring is much too small for what happens at once: nothing is lost, no watch goes deaf. */
@ExtendWith(LeakCheck.class)
@Timeout(value = 60, threadMode = Timeout.ThreadMode.SEPARATE_THREAD)
class CompletionOverflowTest {

    /** One submission, and so four completions. */
    private static final EventLoopConfig TINY = new EventLoopConfig(EventLoopConfig.Choice.IO_URING, 1, 1);

    private static final int WATCHES = 64;
    private static final int ROUNDS = 50;
    private static final int READS = 200;

    @TempDir
    Path folder;

    @Test
    void shouldTellEveryWatchWhenAllBecomeReadableWhileTheLoopIsBusy() throws InterruptedException {
        List<Fd> fds = Stream.generate(EventFd::create).limit(WATCHES).toList();
        List<AtomicInteger> told =
                Stream.generate(AtomicInteger::new).limit(WATCHES).toList();
        EventLoop loop = EventLoop.start("test", TINY);
        try {
            LoopProbe.run(
                    loop,
                    () -> IntStream.range(0, WATCHES)
                            .forEach(i ->
                                    loop.watch(fds.get(i), () -> told.get(i).incrementAndGet())));
            for (int round = 1; round <= ROUNDS; round++) {
                CountDownLatch signalled = new CountDownLatch(1);
                loop.execute(() -> LoopProbe.await(signalled));
                List<Integer> before = told.stream().map(AtomicInteger::get).toList();
                fds.forEach(EventFd::signal);
                signalled.countDown();
                awaitAll(loop, told, before);
            }
        } finally {
            loop.close();
            fds.forEach(Fd::close);
        }
    }

    private static void awaitAll(EventLoop loop, List<AtomicInteger> told, List<Integer> before) {
        long deadline = System.nanoTime() + LoopProbe.LIMIT_SECONDS * 1_000_000_000L;
        while (!IntStream.range(0, WATCHES).allMatch(i -> told.get(i).get() > before.get(i))) {
            assertThat(System.nanoTime())
                    .as("told: %s, before: %s", told, before)
                    .isLessThan(deadline);
            LoopProbe.run(loop, () -> {});
        }
    }

    @Test
    void shouldCompleteEveryReadWhenThereAreMoreThanTheRingHolds() {
        EventLoop loop = EventLoop.start("test", TINY);
        try (Arena arena = Arena.ofShared();
                Fd file = HostFile.open(folder.resolve("file"), OpenFlag.WRITE, OpenFlag.CREATE)) {
            HostFile.truncate(file, 1 << 20);
            MemorySegment memory = arena.allocate(1 << 12, 4096);
            CountDownLatch all = new CountDownLatch(READS);
            AtomicInteger wrong = new AtomicInteger();
            IoScope scope = LoopProbe.on(loop, () -> loop.openScope("test", _ -> wrong.incrementAndGet()));
            LoopProbe.run(loop, () -> {
                for (int i = 0; i < READS; i++) {
                    IoVector into = new IoVector(1);
                    into.add(memory.address(), 512);
                    scope.read(file, i * 512L, into, result -> {
                        wrong.addAndGet(result == 512 ? 0 : 1);
                        all.countDown();
                    });
                }
            });
            LoopProbe.await(all);
            assertThat(wrong).hasValue(0);
            assertThat(LoopProbe.on(loop, scope::inFlight)).isZero();
        } finally {
            loop.close();
        }
    }
}
