package dev.troupe.transport.memory;

/**
 * Memory of the front end is gone: its file was truncated under our mapping, so that an access ended in SIGBUS. The JVM
 * reports that as {@link InternalError}; this is the one place that tells such an error from a real one.
 *
 * <p>Queues translate it themselves. Code that touches guest memory through segments or cursors meets the raw
 * {@code InternalError} and asks {@link #isMemoryLoss(Throwable)}. The JVM may deliver the error a few instructions
 * late, so the owner of a queue has to look for it around the whole turn, not around one access.
 */
public final class MemoryLostException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private MemoryLostException(InternalError cause) {
        super("the front end's memory file was truncated under its mapping", cause);
    }

    /**
     * True if this is what the JVM throws for an access to mapped memory that no longer exists.
     *
     * @param thrown anything caught around code that touches guest memory
     */
    public static boolean isMemoryLoss(Throwable thrown) {
        if (thrown instanceof MemoryLostException) {
            return true;
        }
        String message = thrown.getMessage();
        return thrown instanceof InternalError && message != null && message.contains("unsafe memory access");
    }

    /**
     * The exception to throw in place of an error: a {@code MemoryLostException} if memory was lost, the error itself
     * otherwise.
     *
     * @param error an error caught around an access to guest memory
     * @return never: it throws
     */
    public static MemoryLostException rethrow(InternalError error) {
        if (isMemoryLoss(error)) {
            throw new MemoryLostException(error);
        }
        throw error;
    }
}
