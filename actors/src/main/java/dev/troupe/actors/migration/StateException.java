package dev.troupe.actors.migration;

/** A device's state could not be sent or received; the message is half a sentence that says why. */
public final class StateException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    /** Creates one with what happened. */
    public StateException(String message) {
        super(message);
    }
}
