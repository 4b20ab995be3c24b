package dev.troupe.config;

/** The device types on the class path do not go together; the message is a sentence for the operator. */
public final class DeviceTypesException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    DeviceTypesException(String message) {
        super(message);
    }

    DeviceTypesException(String message, Throwable cause) {
        super(message, cause);
    }
}
