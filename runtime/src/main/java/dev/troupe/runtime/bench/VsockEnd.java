package dev.troupe.runtime.bench;

import java.util.OptionalInt;

/**
 * One end of a socket device under load. The end that is measured says what has arrived there; the first that arrives after the
 * planned time ends the run, so that how long it took is known.
 */
abstract class VsockEnd extends BenchThread {
    private boolean metering;

    /**
     * Prepares an end.
     *
     * @param title what it is, for people; begins a sentence
     * @param cpu the processor for its thread, if any
     */
    VsockEnd(String title, Pace pace, OptionalInt cpu) {
        super(title, pace, cpu);
    }

    /** Whether the run is over; metering begins and ends when it should. To be asked again and again. */
    final boolean isOver() {
        mark(System.nanoTime());
        return pace.isAbandoned();
    }

    /**
     * A request has arrived at the measured end.
     *
     * @param begunAt when it began, by {@link System#nanoTime}
     * @return when it arrived
     */
    final long finished(long begunAt, long movedBytes) {
        long now = System.nanoTime();
        mark(now);
        meter.finished(now - begunAt, movedBytes);
        meter.show();
        if (now - pace.measuredTo() >= 0) {
            meter.conclude();
            pace.abandon();
        }
        return now;
    }

    private void mark(long now) {
        if (!metering && now - pace.measuredFrom() >= 0) {
            metering = true;
            meter.begin();
        }
        if (now - pace.measuredTo() >= 0) {
            meter.end();
        }
    }
}
