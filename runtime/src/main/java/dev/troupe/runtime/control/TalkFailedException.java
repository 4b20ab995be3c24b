package dev.troupe.runtime.control;

import java.io.IOException;

/** A device ended a conversation because it failed; the message is a sentence for the operator. */
public final class TalkFailedException extends IOException {

    private static final long serialVersionUID = 1L;

    TalkFailedException(String message) {
        super(message);
    }

    /** The device's sentence. */
    public String reason() {
        return String.valueOf(getMessage());
    }
}
