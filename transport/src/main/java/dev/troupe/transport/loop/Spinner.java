package dev.troupe.transport.loop;

import java.util.ArrayList;
import java.util.List;
import java.util.function.BooleanSupplier;

/**
 * Decides how long to look for work before sleeping, for each poller by itself: what is found while looking lengthens its
 * window, what is not shortens it, and a sleep so short that looking would have paid opens it again. Loop thread only.
 */
final class Spinner {
    private static final long SMALLEST_WINDOW_NANOS = 5_000;

    private final List<Entry> entries = new ArrayList<>();

    /** Who is asked until the loop sleeps. */
    private final List<BusyPoll> awake = new ArrayList<>();

    void stayAwake(BusyPoll poller) {
        awake.add(poller);
    }

    void set(BusyPoll poller, long maxNanos) {
        if (maxNanos < 0) {
            throw new IllegalArgumentException("Negative busy-poll time: " + maxNanos);
        }
        entries.removeIf(entry -> entry.poller.equals(poller));
        if (maxNanos > 0) {
            entries.add(new Entry(poller, maxNanos));
        }
    }

    boolean isOff() {
        return entries.isEmpty();
    }

    /**
     * Asks all pollers until one found work, {@code elsewhere} has some, the longest window or {@code limitNanos} (negative:
     * none) is over. One whose own window is over is asked as long as another's is open, for nothing tells of its work yet.
     *
     * @return whether there is work
     */
    boolean spin(BooleanSupplier elsewhere, long limitNanos) {
        long begin = System.nanoTime();
        long elapsed = 0;
        boolean open = true;
        while (open && (limitNanos < 0 || elapsed < limitNanos)) {
            if (elsewhere.getAsBoolean() || lookAtAwake()) {
                return true;
            }
            open = false;
            for (int i = 0; i < entries.size(); i++) {
                Entry entry = entries.get(i);
                open |= elapsed < entry.windowNanos;
                if (entry.poller.poll()) {
                    entry.lengthen();
                    return true;
                }
            }
            Thread.onSpinWait();
            elapsed = System.nanoTime() - begin;
        }
        return false;
    }

    /**
     * Asks each poller once: while the loop has other work, nothing else tells of theirs.
     *
     * @return whether one found some
     */
    boolean look() {
        boolean found = lookAtAwake();
        for (int i = 0; i < entries.size(); i++) {
            found |= entries.get(i).poller.poll();
        }
        return found;
    }

    private boolean lookAtAwake() {
        boolean found = false;
        for (int i = 0; i < awake.size(); i++) {
            found |= awake.get(i).poll();
        }
        return found;
    }

    /** The loop sleeps next, unless a poller hands work in. */
    void aboutToSleep() {
        for (int i = 0; i < entries.size(); i++) {
            entries.get(i).poller.aboutToSleep();
        }
        for (int i = 0; i < awake.size(); i++) {
            awake.get(i).aboutToSleep();
        }
        awake.clear();
    }

    /** It slept this long after a {@link #spin} in vain. */
    void slept(long nanos) {
        for (int i = 0; i < entries.size(); i++) {
            Entry entry = entries.get(i);
            if (nanos < entry.maxNanos) {
                entry.lengthen();
            } else {
                entry.shorten();
            }
        }
    }

    private static final class Entry {
        private final BusyPoll poller;
        private final long maxNanos;
        private long windowNanos;

        Entry(BusyPoll poller, long maxNanos) {
            this.poller = poller;
            this.maxNanos = maxNanos;
            this.windowNanos = maxNanos;
        }

        void lengthen() {
            windowNanos = Math.min(maxNanos, Math.max(SMALLEST_WINDOW_NANOS, windowNanos * 2));
        }

        void shorten() {
            windowNanos = windowNanos / 2 < SMALLEST_WINDOW_NANOS ? 0 : windowNanos / 2;
        }
    }
}
