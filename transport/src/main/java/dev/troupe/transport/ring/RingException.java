package dev.troupe.transport.ring;

/**
 * A driver broke the rules of its virtqueue, or a queue cannot be opened as it was set up. The queue takes nothing more
 * until it is opened anew; chains already taken may still be completed. Nothing outside the queue is affected.
 */
public final class RingException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final int queueIndex;
    private final int head;
    private final String reason;

    /**
     * Makes the exception.
     *
     * @param queueIndex which virtqueue of the device
     * @param head head of the descriptor chain (split) or its buffer id or first slot (packed); -1 if none is at fault
     * @param reason what rule was broken
     */
    public RingException(int queueIndex, int head, String reason) {
        super(
                head < 0
                        ? "queue %d: %s".formatted(queueIndex, reason)
                        : "queue %d, head %d: %s".formatted(queueIndex, head, reason));
        this.queueIndex = queueIndex;
        this.head = head;
        this.reason = reason;
    }

    /** Which virtqueue of the device. */
    public int queueIndex() {
        return queueIndex;
    }

    /** Head of the descriptor chain at fault, or -1. */
    public int head() {
        return head;
    }

    /** What rule was broken. */
    public String reason() {
        return reason;
    }
}
