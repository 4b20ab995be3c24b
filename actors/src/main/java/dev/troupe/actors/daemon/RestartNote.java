package dev.troupe.actors.daemon;

import java.time.Instant;

/**
 * One restart of a device.
 *
 * @param at when the device ran again
 * @param cause why it was restarted
 * @param reason what exactly happened, a sentence without a full stop; empty where the cause says it all
 * @param stallMs how long nothing was served
 */
public record RestartNote(Instant at, RestartCause cause, String reason, long stallMs) {

    /** For an operator, without the time, for example {@code "queue failure (disk full), stalled for 12 ms"}. */
    public String text() {
        return cause.words() + (reason.isEmpty() ? "" : " (" + reason + ")") + ", stalled for " + stallMs + " ms";
    }
}
