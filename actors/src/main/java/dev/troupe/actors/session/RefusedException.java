package dev.troupe.actors.session;

/** A front end asked for something that is not allowed now; the request is refused and nothing changed. */
public final class RefusedException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    /** Creates one with a sentence that says what was asked and why it is refused. */
    public RefusedException(String message) {
        super(message);
    }
}
