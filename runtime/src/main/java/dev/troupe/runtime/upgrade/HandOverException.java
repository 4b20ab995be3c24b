package dev.troupe.runtime.upgrade;

/** An upgrade does not come about; the message is a sentence for the operator. */
public final class HandOverException extends Exception {

    private static final long serialVersionUID = 1L;

    /**
     * Creates one.
     *
     * @param message a sentence that says what happened and what to do
     */
    public HandOverException(String message) {
        super(message);
    }
}
