package dev.troupe.runtime.bench;

import com.sun.management.ThreadMXBean;
import java.lang.management.ManagementFactory;
import java.util.concurrent.atomic.AtomicLong;
import org.HdrHistogram.Histogram;

/** What one queue's thread counts. Its own, but for {@link #progress}, which any thread may read. */
final class Meter {

    private static final long LONGEST_NANOS = 3_600_000_000_000L;
    private static final int DIGITS = 3;
    private static final ThreadMXBean THREADS = (ThreadMXBean) ManagementFactory.getThreadMXBean();

    final Histogram latencyNanos = new Histogram(LONGEST_NANOS, DIGITS);
    final AtomicLong progress = new AtomicLong();
    final AtomicLong progressBytes = new AtomicLong();
    long requests;
    long bytes;
    long errors;
    long kicks;
    long calls;
    long sleeps;
    long allocatedBytes;

    private boolean counting;
    private boolean timing;
    private long allDone;
    private long allBytes;
    private long allocatedBefore;

    /** Measuring begins, on the queue's thread. */
    void begin() {
        counting = true;
        timing = true;
        allocatedBefore = THREADS.getCurrentThreadAllocatedBytes();
    }

    /** The time is over: what comes back from now on counts for nothing but its latency. */
    void end() {
        if (counting) {
            allocatedBytes = THREADS.getCurrentThreadAllocatedBytes() - allocatedBefore;
        }
        counting = false;
    }

    /** All that was under way when the time was over has come back. */
    void conclude() {
        timing = false;
    }

    /** A request came back (movedBytes: -1 if it failed, which is an error and no more: fast errors make nothing fast). */
    void finished(long nanos, long movedBytes) {
        allDone++;
        allBytes += Math.max(0, movedBytes);
        if (!timing) {
            return;
        }
        if (movedBytes < 0) {
            errors++;
            return;
        }
        latencyNanos.recordValue(Math.clamp(nanos, 0, LONGEST_NANOS));
        if (counting) {
            requests++;
            bytes += movedBytes;
        }
    }

    void kicked() {
        if (counting) {
            kicks++;
        }
    }

    void called(long times) {
        if (counting) {
            sleeps++;
            calls += times;
        }
    }

    /** Shows to other threads how far it is. */
    void show() {
        // Ordering: release, pairs with the volatile reads of whoever shows progress; no other data depends on it.
        progress.lazySet(allDone);
        progressBytes.lazySet(allBytes);
    }
}
