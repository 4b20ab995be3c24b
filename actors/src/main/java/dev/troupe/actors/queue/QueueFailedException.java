package dev.troupe.actors.queue;

/** A queue's handler failed by a bug; thrown in the queue's actor so that its supervisor restarts it. */
public final class QueueFailedException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    QueueFailedException(String message, Throwable cause) {
        super(message, cause);
    }
}
