package dev.troupe.actors.queue;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.LongSupplier;

/**
 * How many failures are allowed within a window of time. Not safe for threads.
 */
public final class FailureBudget {

    private final int allowed;
    private final long windowNanos;
    private final LongSupplier nanoTime;
    private final Deque<Long> spentAtNanos = new ArrayDeque<>();

    /** A budget of {@code allowed} failures within {@code window}. */
    public FailureBudget(int allowed, Duration window) {
        this(allowed, window, System::nanoTime);
    }

    FailureBudget(int allowed, Duration window, LongSupplier nanoTime) {
        this.allowed = allowed;
        this.windowNanos = window.toNanos();
        this.nanoTime = nanoTime;
    }

    /** Counts a failure; false if that was one too many. */
    public boolean spend() {
        long now = nanoTime.getAsLong();
        while (!spentAtNanos.isEmpty() && now - spentAtNanos.getFirst() > windowNanos) {
            spentAtNanos.removeFirst();
        }
        if (spentAtNanos.size() >= allowed) {
            return false;
        }
        spentAtNanos.addLast(now);
        return true;
    }

    /** Forgets what was spent. */
    public void forgive() {
        spentAtNanos.clear();
    }

    /** How many failures were counted within the window that ended with the last of them. */
    public int spent() {
        return spentAtNanos.size();
    }
}
