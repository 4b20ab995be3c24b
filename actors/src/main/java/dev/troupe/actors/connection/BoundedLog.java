package dev.troupe.actors.connection;

import dev.troupe.transport.loop.Timer;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/**
 * A log that a hostile peer cannot flood: the first few lines within a window are written, of the others only how many
 * they were and the last of them. Control loop only.
 */
final class BoundedLog {

    /** How many lines a window takes in full. */
    static final int IN_FULL = 10;

    /** How long a window lasts. */
    static final long WINDOW_NANOS = TimeUnit.SECONDS.toNanos(10);

    private final String device;
    private final Consumer<String> sink;
    private final LongSupplier nanoTime;
    private final Clock clock;
    private long begunAtNanos;
    private int written;
    private long leftOut;
    private String last = "";

    /** Runs something later, on the same thread. */
    @FunctionalInterface
    interface Clock {
        Timer schedule(long delayNanos, Runnable task);
    }

    /**
     * A log whose first window begins with its first line.
     *
     * @param device the device's name, for the line that stands for those left out
     * @param sink gets each line that is written
     * @param nanoTime the time, which never goes back
     * @param clock calls at a window's end
     */
    BoundedLog(String device, Consumer<String> sink, LongSupplier nanoTime, Clock clock) {
        this.device = device;
        this.sink = sink;
        this.nanoTime = nanoTime;
        this.clock = clock;
    }

    /** Writes a line, or counts it. */
    void say(String line) {
        long now = nanoTime.getAsLong();
        if (written == 0 || (leftOut == 0 && now - begunAtNanos >= WINDOW_NANOS)) {
            begunAtNanos = now;
            written = 0;
        }
        if (written < IN_FULL) {
            written++;
            sink.accept(line);
            return;
        }
        leftOut++;
        last = line;
        if (leftOut == 1) {
            clock.schedule(Math.max(0, begunAtNanos + WINDOW_NANOS - now), this::endWindow);
        }
    }

    private void endWindow() {
        sink.accept("%s: … and %d more like these in the last %d s; the last: %s"
                .formatted(device, leftOut, TimeUnit.NANOSECONDS.toSeconds(WINDOW_NANOS), last));
        written = 0;
        leftOut = 0;
        last = "";
    }
}
