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
    private long allDone;
    private long allBytes;
    private long allocatedBefore;

    /** Measuring begins, on the queue's thread. */
    void begin() {
        counting = true;
        allocatedBefore = THREADS.getCurrentThreadAllocatedBytes();
    }

    /** Measuring ends. */
    void end() {
        if (counting) {
            allocatedBytes = THREADS.getCurrentThreadAllocatedBytes() - allocatedBefore;
        }
        counting = false;
    }

    /** A request came back (movedBytes: -1 if it failed). */
    void finished(long nanos, long movedBytes) {
        allDone++;
        allBytes += Math.max(0, movedBytes);
        if (!counting) {
            return;
        }
        requests++;
        latencyNanos.recordValue(Math.clamp(nanos, 0, LONGEST_NANOS));
        if (movedBytes < 0) {
            errors++;
        } else {
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
