package dev.troupe.transport.socket;

/** It is no longer known where the next message begins, so the connection has to be closed. */
public final class StreamUnreadableException extends VhostSocketException {
    StreamUnreadableException(String message) {
        super(message, null);
    }
}
