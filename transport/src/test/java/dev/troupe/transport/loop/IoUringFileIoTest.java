package dev.troupe.transport.loop;

import static org.assertj.core.api.Assertions.assertThat;

import dev.troupe.transport.sys.Fd;
import dev.troupe.transport.sys.HostFile;
import dev.troupe.transport.sys.OpenFlag;
import java.lang.foreign.Arena;
import java.nio.file.Path;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.Test;

class IoUringFileIoTest extends FileIoContract {
    @Override
    EventLoopConfig config() {
        return new EventLoopConfig(EventLoopConfig.Choice.IO_URING, 64, 4);
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
