package dev.troupe.transport.frontend;

import org.jspecify.annotations.Nullable;

/** A back end did not do what a front end asked of it. */
public final class FrontEndException extends RuntimeException {
    private final Kind kind;

    FrontEndException(Kind kind, String message, @Nullable Throwable cause) {
        super(message, cause);
        this.kind = kind;
    }

    FrontEndException(Kind kind, String message) {
        this(kind, message, null);
    }

    /**
     * What happened.
     *
     * @return the kind
     */
    public Kind kind() {
        return kind;
    }

    /** What can happen. */
    public enum Kind {
        /** The back end answered that it could not. */
        REFUSED,
        /** No answer came in time. */
        TIMEOUT,
        /** The back end closed the connection. */
        CLOSED,
        /** The answer is not one to the question. */
        BAD_REPLY,
        /** The feature needed has not been negotiated. */
        NOT_NEGOTIATED
    }
}
