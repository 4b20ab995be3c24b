package dev.troupe.runtime.parent;

import java.util.ArrayDeque;
import java.util.OptionalLong;

/**
 * How often a daemon may crash before it is given up, and how long to wait before each new start: not at all after the first
 * crash in the window, as guests are waiting; then twice as long each time. One thread.
 */
final class RestartBudget {

    private final int most;
    private final long windowNanos;
    private final long shortestWaitNanos;
    private final long longestWaitNanos;
    private final ArrayDeque<Long> crashes = new ArrayDeque<>();

    RestartBudget(int most, long windowNanos, long shortestWaitNanos, long longestWaitNanos) {
        this.most = most;
        this.windowNanos = windowNanos;
        this.shortestWaitNanos = shortestWaitNanos;
        this.longestWaitNanos = longestWaitNanos;
    }

    /** Ten crashes within two minutes; waits of 100 ms to 10 s. */
    static RestartBudget usual() {
        return new RestartBudget(10, 120_000_000_000L, 100_000_000L, 10_000_000_000L);
    }

    /**
     * Counts a crash.
     *
     * @param nowNanos the time
     * @return how long to wait before the next start, in nanoseconds; empty if there is to be none
     */
    OptionalLong crashed(long nowNanos) {
        while (!crashes.isEmpty() && nowNanos - crashes.peekFirst() > windowNanos) {
            crashes.removeFirst();
        }
        crashes.addLast(nowNanos);
        if (crashes.size() > most) {
            return OptionalLong.empty();
        }
        int doublings = Math.min(crashes.size() - 2, 30);
        return OptionalLong.of(doublings < 0 ? 0 : Math.min(shortestWaitNanos << doublings, longestWaitNanos));
    }

    /** For messages: {@code 10 times within 120 s}. */
    @Override
    public String toString() {
        return crashes.size() + " times within " + windowNanos / 1_000_000_000L + " s";
    }
}
