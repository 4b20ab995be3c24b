package dev.troupe.transport.socket;

/** The peer does not read what is sent to it, and the output kept for it has reached its bound. */
public final class PeerNotReadingException extends VhostSocketException {
    PeerNotReadingException(String message) {
        super(message, null);
    }
}
