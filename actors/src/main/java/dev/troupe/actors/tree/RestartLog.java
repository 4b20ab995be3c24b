package dev.troupe.actors.tree;

import dev.troupe.actors.connection.Wiring;
import dev.troupe.actors.daemon.RestartCause;
import dev.troupe.actors.daemon.RestartNote;
import java.time.Duration;
import java.time.Instant;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Remembers why a device stopped serving, and says so when it serves again. Belongs to the device's supervisor. */
final class RestartLog {

    private static final Logger LOG = LoggerFactory.getLogger(RestartLog.class);

    private final Wiring wiring;
    private @Nullable RestartCause cause;
    private String reason = "";
    private long sinceNanos;

    RestartLog(Wiring wiring) {
        this.wiring = wiring;
    }

    /** The device is about to stop serving, or could not be opened. The first cause counts until it serves again. */
    void begin(RestartCause why, String because) {
        begin(why, because, System.nanoTime());
    }

    private void begin(RestartCause why, String because, long nanoTime) {
        if (cause == null) {
            cause = why;
            reason = because;
            sinceNanos = nanoTime;
        }
    }

    /** An earlier process served the device before; it handed it over at that {@link System#nanoTime}, or died if 0. */
    void beganBefore(long handedOverAtNanos) {
        if (handedOverAtNanos != 0) {
            begin(RestartCause.HAND_OVER, "", handedOverAtNanos);
            return;
        }
        long ageNanos = ProcessHandle.current()
                .info()
                .startInstant()
                .map(start -> Duration.between(start, Instant.now()).toNanos())
                .orElse(0L);
        begin(RestartCause.CRASH, "", System.nanoTime() - Math.max(0, ageNanos));
    }

    /** Since when nothing is served, as {@link System#nanoTime} has it. */
    long sinceNanos() {
        return cause == null ? System.nanoTime() : sinceNanos;
    }

    /** Whoever ends the outage is what is remembered, for as long as it has lasted. */
    void endedBy(RestartCause why, String because) {
        begin(why, because);
        cause = why;
        reason = because;
    }

    /** The device rests by an operator's wish: when it starts again, that is no restart. */
    void forget() {
        cause = null;
    }

    /** The device serves. */
    void serves() {
        if (cause != null) {
            long stallMs = TimeUnit.NANOSECONDS.toMillis(System.nanoTime() - sinceNanos);
            RestartNote note = new RestartNote(Instant.now(), cause, reason, stallMs);
            wiring.monitor().restarted(note);
            LOG.info("{}: restarted: {}", wiring.spec().name(), note.text());
            cause = null;
        }
    }
}
