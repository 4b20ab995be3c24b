package dev.troupe.actors.queue;

import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Deque;
import java.util.function.IntSupplier;
import java.util.function.LongSupplier;
import java.util.function.Supplier;

/**
 * How many failures are allowed within a window of time. Not safe for threads.
 */
public final class FailureBudget {

    private final IntSupplier allowed;
    private final Supplier<Duration> window;
    private final LongSupplier nanoTime;
    private final Deque<Long> spentAtNanos = new ArrayDeque<>();

    /** A budget of {@code allowed} failures within {@code window}, as these are at each failure. */
    public FailureBudget(IntSupplier allowed, Supplier<Duration> window) {
        this(allowed, window, System::nanoTime);
    }

    FailureBudget(IntSupplier allowed, Supplier<Duration> window, LongSupplier nanoTime) {
        this.allowed = allowed;
        this.window = window;
        this.nanoTime = nanoTime;
    }

    /** Counts a failure; false if that was one too many. */
    public boolean spend() {
        long now = nanoTime.getAsLong();
        long windowNanos = window.get().toNanos();
        while (!spentAtNanos.isEmpty() && now - spentAtNanos.getFirst() > windowNanos) {
            spentAtNanos.removeFirst();
        }
        if (spentAtNanos.size() >= allowed.getAsInt()) {
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
