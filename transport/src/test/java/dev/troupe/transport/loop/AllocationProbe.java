package dev.troupe.transport.loop;

import dev.troupe.transport.sys.EventFd;
import dev.troupe.transport.sys.Fd;
import java.lang.management.ManagementFactory;
import java.util.concurrent.CompletableFuture;

/** Does many reads one after the other, each with a kick before and a signal and a task behind it, as a device would. */
final class AllocationProbe {
    private static final com.sun.management.ThreadMXBean THREADS =
            (com.sun.management.ThreadMXBean) ManagementFactory.getThreadMXBean();

    private final EventLoop loop;
    private final IoScope scope;
    private final Fd file;
    private final IoVector into;
    private final IoCompletion completion = result -> completed();
    private final Runnable task = this::next;
    private CompletableFuture<Long> allocated = new CompletableFuture<>();
    private Fd kick;
    private final Watch[] watch = new Watch[1];
    private long before;
    private int left;

    AllocationProbe(EventLoop loop, IoScope scope, Fd file, IoVector into) {
        this.loop = loop;
        this.scope = scope;
        this.file = file;
        this.into = into;
        this.kick = file;
    }

    /** Heap bytes that the loop's thread allocated for {@code count} rounds. */
    long measure(int count) {
        allocated = new CompletableFuture<>();
        kick = EventFd.create();
        try {
            LoopProbe.run(loop, () -> {
                left = count;
                watch[0] = loop.watch(kick, () -> scope.read(file, 0, into, completion));
                before = THREADS.getCurrentThreadAllocatedBytes();
                loop.signal(kick);
            });
            return LoopProbe.await(allocated);
        } finally {
            LoopProbe.run(loop, () -> {});
            kick.close();
        }
    }

    private void completed() {
        loop.execute(task);
    }

    private void next() {
        if (--left > 0) {
            loop.signal(kick);
        } else {
            long bytes = THREADS.getCurrentThreadAllocatedBytes() - before;
            watch[0].cancel();
            allocated.complete(bytes);
        }
    }
}
