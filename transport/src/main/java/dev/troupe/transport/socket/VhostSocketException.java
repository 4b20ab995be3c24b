package dev.troupe.transport.socket;

import org.jspecify.annotations.Nullable;

/** Something is wrong with a socket. The message is a sentence for the person who runs the program. */
public abstract sealed class VhostSocketException extends RuntimeException
        permits PeerDisconnectedException, PeerNotReadingException, SocketSetupException, StreamUnreadableException {
    VhostSocketException(String message, @Nullable Throwable cause) {
        super(message, cause);
    }
}
