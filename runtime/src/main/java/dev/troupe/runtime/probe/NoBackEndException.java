package dev.troupe.runtime.probe;

import org.jspecify.annotations.Nullable;

/** No back end answers. The message is a sentence for the person who asked. */
public final class NoBackEndException extends Exception {
    private static final long serialVersionUID = 1L;

    /**
     * Creates one.
     *
     * @param message a sentence that says what happened and what to do
     * @param cause what was met, if anything
     */
    public NoBackEndException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
