package dev.troupe.actors.daemon;

import java.util.Locale;

/** Why a device was restarted. */
public enum RestartCause {
    /** An operator said so. */
    OPERATOR,
    /** Its configuration changed. */
    RELOAD,
    /** One of its queues failed too often. */
    QUEUE_FAILURE,
    /** What stands behind it failed, or could not be opened. */
    HOST_FAILURE,
    /** The program handed it over to this process, or would have, and took it back. */
    HAND_OVER,
    /** The process that served it before died; nobody knows when: this counts from the start of this one. */
    CRASH;

    /** How it is shown to an operator, for example {@code "queue failure"}. */
    public String words() {
        return name().toLowerCase(Locale.ROOT).replace('_', ' ');
    }
}
