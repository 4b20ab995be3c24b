package dev.troupe.transport.ring;

import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * One queue's part of an {@link InflightRegion}: which requests were taken and not yet returned, in shared memory, so that
 * whoever takes the queue up after a crash does the rest, and each request is returned exactly once (vhost-user,
 * "Inflight I/O tracking"). While a queue runs its log is only written; it is read, checked and repaired when a queue is
 * opened. Belongs to the queue's thread.
 */
public abstract sealed class InflightLog permits SplitInflightLog, PackedInflightLog {

    static final int VERSION = 1;
    static final int VERSION_OFFSET = 8;
    static final int DESC_NUM_OFFSET = 10;

    /** This queue's bytes of the region. */
    final MemorySegment log;

    /** How many entries there are. */
    final int entries;

    private @Nullable Runnable stepHook;

    InflightLog(MemorySegment log, int entries) {
        this.log = log;
        this.entries = entries;
    }

    /**
     * Forgets every request: for a queue that its driver has reset. The log is as good as new.
     */
    public void clear() {
        log.fill((byte) 0);
    }

    /** True if no queue has used this log yet. */
    public boolean isFresh() {
        return log.get(RingLayout.SHORT, VERSION_OFFSET) == 0;
    }

    /** How many requests are recorded as taken; for display, read without order. */
    public abstract int unfinished();

    /** For tests: runs between any two writes, and may throw to show what a crash there leaves behind. */
    final void onStep(@Nullable Runnable hook) {
        stepHook = hook;
    }

    final void step() {
        if (stepHook != null) {
            stepHook.run();
        }
    }
}
