package dev.troupe.transport.socket;

import org.jspecify.annotations.Nullable;

/** A socket could not be bound, connected or taken over. */
public final class SocketSetupException extends VhostSocketException {
    private final Reason reason;

    SocketSetupException(Reason reason, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.reason = reason;
    }

    SocketSetupException(Reason reason, String message) {
        this(reason, message, null);
    }

    /**
     * What kind of failure it is.
     *
     * @return the reason
     */
    public Reason reason() {
        return reason;
    }

    /** Kinds of failure. */
    public enum Reason {
        /** Another process listens there. */
        IN_USE,
        /** Nobody listens there. */
        NOBODY_LISTENS,
        /** Somebody listens there, and so many wait to be accepted that no more can. */
        NOT_ACCEPTING,
        /** The place is not safe: a symbolic link, another file, another owner, a directory open to others. */
        UNSAFE_PLACE,
        /** The name, mode or group cannot be used. */
        BAD_ADDRESS,
        /** The descriptor handed over is no socket of the kind needed. */
        WRONG_DESCRIPTOR,
        /** The system call failed for another reason, which the message tells. */
        FAILED
    }
}
