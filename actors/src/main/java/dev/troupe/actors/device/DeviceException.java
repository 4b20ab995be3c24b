package dev.troupe.actors.device;

import org.jspecify.annotations.Nullable;

/** A device could not be opened or a command to it failed; the message is a sentence for the operator. */
public class DeviceException extends Exception {

    private static final long serialVersionUID = 1L;

    /** Creates one with a sentence that says what happened and what to do. */
    public DeviceException(String message) {
        super(message);
    }

    /** Creates one with a sentence that says what happened and what to do, and what brought it about. */
    public DeviceException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
