package dev.troupe.transport.socket;

/** The peer has closed its end, or the connection broke. */
public final class PeerDisconnectedException extends VhostSocketException {
    private final boolean midMessage;

    PeerDisconnectedException(String message, boolean midMessage) {
        super(message, null);
        this.midMessage = midMessage;
    }

    /**
     * Whether the peer went away in the middle of a message.
     *
     * @return false if it had sent its last message to the end
     */
    public boolean midMessage() {
        return midMessage;
    }
}
