package dev.troupe.transport.loop;

import static org.assertj.core.api.Assertions.assertThat;

import dev.troupe.transport.sys.EventFd;
import dev.troupe.transport.sys.Fd;
import dev.troupe.transport.sys.HostFile;
import dev.troupe.transport.sys.OpenFlag;
import dev.troupe.transport.sys.Saturation;
import java.io.IOException;
import java.lang.foreign.Arena;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

class IoUringFileIoTest extends FileIoContract {
    @Override
    EventLoopConfig config() {
        return new EventLoopConfig(EventLoopConfig.Choice.IO_URING, 64, 4);
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldNotLetSignalsPileUpWhenAFullEventFdComesAsNewDescriptorsAgainAndAgain(boolean nonBlocking)
            throws IOException {
        try (Fd full = EventFd.create(nonBlocking)) {
            Saturation.saturate(full);
            for (int i = 0; i < 1_000; i++) {
                try (Fd call = full.duplicate()) {
                    LoopProbe.run(loop, () -> loop.signal(call));
                    LoopProbe.run(loop, () -> {});
                }
            }
            assertThat(armedInTheKernel()).isLessThan(200);
            loop.close();
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldTakeNoSignalBackWhenItsDescriptorIsClosedAtOnceAndManyOthersFollow(boolean nonBlocking) {
        List<Fd> others = Stream.generate(EventFd::create).limit(200).toList();
        CountDownLatch told = new CountDownLatch(1);
        // Room for all of them, and for taking them back, in one submission.
        EventLoopConfig roomy = new EventLoopConfig(EventLoopConfig.Choice.IO_URING, 1_024, 1);
        try (Fd call = EventFd.create(nonBlocking);
                EventLoop own = EventLoop.start("own", roomy)) {
            LoopProbe.run(own, () -> {
                try (Fd last = call.duplicate()) {
                    own.signal(last);
                }
                others.forEach(own::signal);
            });
            LoopProbe.run(own, () -> own.watch(call, told::countDown));
            LoopProbe.await(told);
        } finally {
            others.forEach(Fd::close);
        }
    }

    /** How much the rings of this process have to wait for, as the kernel tells it. */
    private static long armedInTheKernel() throws IOException {
        long armed = 0;
        try (Stream<Path> descriptors = Files.list(Path.of("/proc/self/fd"))) {
            for (Path descriptor : descriptors.toList()) {
                Path info = Path.of("/proc/self/fdinfo").resolve(descriptor.getFileName());
                if (Files.isSymbolicLink(descriptor)
                        && Files.readSymbolicLink(descriptor).toString().equals("anon_inode:[io_uring]")) {
                    armed += Files.readAllLines(info).stream()
                            .filter(line -> line.contains("op=") && line.contains("task_works="))
                            .count();
                }
            }
        }
        return armed;
    }

    @Test
    void shouldTryToReadAtOnceOnlyWhatThePageCacheMayHold() {
        Path path = directory.resolve("file");
        CompletableFuture<Engine> engine = new CompletableFuture<>();
        try (Arena arena = Arena.ofShared();
                Fd cached = HostFile.open(path);
                Fd direct = HostFile.open(path, OpenFlag.DIRECT);
                EventLoop own = LoopStart.start("own", config(), thread -> {
                    engine.complete(new IoUringEngine(thread, 64));
                    return engine.join();
                })) {
            IoVector into = new IoVector(1);
            into.add(arena.allocate(4096, 4096).address(), 4096);
            assertThat(heldBackAfterReading(own, engine, direct, into)).isFalse();
            assertThat(heldBackAfterReading(own, engine, cached, into)).isTrue();
        }
    }

    /** Whether a read waits to be tried by the loop's own thread, rather than being in the ring. */
    private static boolean heldBackAfterReading(
            EventLoop loop, CompletableFuture<Engine> engine, Fd file, IoVector into) {
        return LoopProbe.on(loop, () -> {
            loop.openScope("test", _ -> {}).read(file, 0, into, _ -> {});
            return engine.join().holdsBack();
        });
    }
}
