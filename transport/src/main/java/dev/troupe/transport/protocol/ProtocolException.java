package dev.troupe.transport.protocol;

/** A received message broke the rules of vhost-user. Its descriptors have been closed. */
public final class ProtocolException extends RuntimeException {
    private final transient Violation violation;

    /**
     * Reports a violation.
     *
     * @param violation what is wrong
     */
    public ProtocolException(Violation violation) {
        super(violation.text());
        this.violation = violation;
    }

    /**
     * What is wrong.
     *
     * @return the violation
     */
    public Violation violation() {
        return violation;
    }

    /**
     * Whether the connection has to be closed.
     *
     * @return true if message boundaries are lost; false if the message is refused and the next one is read
     */
    public boolean streamUnreadable() {
        return violation.streamUnreadable();
    }
}
