package dev.troupe.actors.daemon;

import java.time.Duration;

/**
 * How often something may fail before the next larger thing is restarted.
 *
 * @param queueRestarts failures of a queue within the window after which the device restarts
 * @param deviceRestarts restarts of the device within the window after which it is quarantined
 * @param window the time that failures are counted over
 * @param minimumBackoff the wait before the first restart of a device
 * @param maximumBackoff the longest wait before a restart of a device; each wait is twice the one before
 */
public record RestartPolicy(
        int queueRestarts, int deviceRestarts, Duration window, Duration minimumBackoff, Duration maximumBackoff) {

    private static final int LARGEST_SHIFT = 30;

    /** How long to wait after this many failures in the window, counted from 1. */
    public Duration backoff(int failures) {
        Duration wait = minimumBackoff.multipliedBy(1L << Math.clamp(failures - 1, 0, LARGEST_SHIFT));
        return wait.compareTo(maximumBackoff) < 0 ? wait : maximumBackoff;
    }
}
