package dev.troupe.devices.blk;

import dev.troupe.transport.loop.EventLoop;
import dev.troupe.transport.loop.EventLoopConfig;
import dev.troupe.transport.loop.IoCompletion;
import dev.troupe.transport.loop.IoScope;
import dev.troupe.transport.loop.IoVector;
import dev.troupe.transport.loop.WriteMode;
import dev.troupe.transport.sys.Fd;
import dev.troupe.transport.sys.HostFile;
import dev.troupe.transport.sys.OpenFlag;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.SplittableRandom;
import java.util.concurrent.CompletableFuture;

/**
 * Measures random 4 KiB reads and writes of a file: through an event loop at a depth, and with plain calls on one thread.
 * No test; run {@code main} with a file of at least 256 MiB, whose contents are overwritten.
 */
final class FileIoMeasurement {
    private static final int BLOCK = 4096;
    private static final long BLOCKS = (256L << 20) / BLOCK;
    private static final long RUN_NANOS = 1_500_000_000L;
    private static final int BATCH = 64;

    private FileIoMeasurement() {}

    /** Prints thousands of operations a second for each way and depth. */
    public static void main(String[] arguments) {
        try (Fd file = HostFile.open(Path.of(arguments[0]), OpenFlag.WRITE)) {
            for (int round = 0; round < 3; round++) {
                for (boolean write : new boolean[] {false, true}) {
                    print("inline", write, 1, inline(file, write));
                    for (int depth : new int[] {1, 32, 128}) {
                        print("IO_URING", write, depth, loop(EventLoopConfig.Choice.IO_URING, file, write, depth));
                        print("EPOLL", write, depth, loop(EventLoopConfig.Choice.EPOLL, file, write, depth));
                    }
                }
            }
        }
    }

    private static void print(String way, boolean write, int depth, double perSecond) {
        System.out.printf("%-8s %-5s depth %3d: %7.1f k/s%n", way, write ? "write" : "read", depth, perSecond / 1000);
    }

    private static double inline(Fd file, boolean write) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment buffer = arena.allocate(BLOCK, BLOCK);
            MemorySegment range = arena.allocate(16, Long.BYTES);
            range.set(ValueLayout.JAVA_LONG, 0, buffer.address());
            range.set(ValueLayout.JAVA_LONG, Long.BYTES, BLOCK);
            SplittableRandom random = new SplittableRandom(1);
            long start = System.nanoTime();
            long count = 0;
            while (System.nanoTime() - start < RUN_NANOS) {
                for (int i = 0; i < BATCH; i++) {
                    long offset = random.nextLong(BLOCKS) * BLOCK;
                    int result = write
                            ? HostFile.tryWrite(file, range.address(), 1, offset, false)
                            : HostFile.tryRead(file, range.address(), 1, offset);
                    count += result == BLOCK ? 1 : 0;
                }
            }
            return count * 1e9 / (System.nanoTime() - start);
        }
    }

    private static double loop(EventLoopConfig.Choice choice, Fd file, boolean write, int depth) {
        try (EventLoop loop =
                EventLoop.start("measure", EventLoopConfig.defaults().with(choice))) {
            CompletableFuture<Double> rate = new CompletableFuture<>();
            loop.execute(() -> new Run(loop, file, write, depth, rate).start());
            return rate.join();
        }
    }

    /** Keeps {@code depth} operations under way. */
    private static final class Run {
        private final IoScope scope;
        private final Fd file;
        private final boolean write;
        private final int depth;
        private final CompletableFuture<Double> rate;
        private final SplittableRandom random = new SplittableRandom(1);
        private final long start = System.nanoTime();
        private long count;
        private int open;

        Run(EventLoop loop, Fd file, boolean write, int depth, CompletableFuture<Double> rate) {
            this.scope = loop.openScope("measure", rate::completeExceptionally);
            this.file = file;
            this.write = write;
            this.depth = depth;
            this.rate = rate;
        }

        void start() {
            open = depth;
            for (int i = 0; i < depth; i++) {
                MemorySegment buffer = Arena.ofAuto().allocate(BLOCK, BLOCK);
                new Lane(buffer).next();
            }
        }

        private final class Lane implements IoCompletion {
            private final MemorySegment buffer;
            private final IoVector vector = new IoVector(1);

            Lane(MemorySegment buffer) {
                this.buffer = buffer;
            }

            void next() {
                vector.clear();
                vector.add(buffer.address(), BLOCK);
                long offset = random.nextLong(BLOCKS) * BLOCK;
                if (write) {
                    scope.write(file, offset, vector, WriteMode.PLAIN, this);
                } else {
                    scope.read(file, offset, vector, this);
                }
            }

            @Override
            public void completed(int result) {
                if (result != BLOCK) {
                    throw new IllegalStateException("Result " + result);
                }
                count++;
                if ((count & (BATCH - 1)) < depth && System.nanoTime() - start > RUN_NANOS) {
                    open--;
                    if (open == 0) {
                        rate.complete(count * 1e9 / (System.nanoTime() - start));
                    }
                    return;
                }
                next();
            }
        }
    }
}
