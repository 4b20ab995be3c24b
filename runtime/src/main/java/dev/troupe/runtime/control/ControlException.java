package dev.troupe.runtime.control;

/** A daemon could not be talked to; the message is a sentence for the operator. */
public final class ControlException extends Exception {

    private static final long serialVersionUID = 1L;

    private final boolean unreachable;

    /**
     * Creates one.
     *
     * @param message a sentence that says what happened
     * @param unreachable whether there is no daemon that one could talk to
     */
    public ControlException(String message, boolean unreachable) {
        super(message);
        this.unreachable = unreachable;
    }

    /** Whether there is no daemon that one could talk to. */
    public boolean unreachable() {
        return unreachable;
    }
}
