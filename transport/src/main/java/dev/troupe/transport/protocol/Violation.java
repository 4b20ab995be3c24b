package dev.troupe.transport.protocol;

/**
 * What is wrong with a received message, and whether the stream can still be read behind it.
 *
 * @param kind what was broken
 * @param request the number in the header
 * @param text a sentence for the log
 */
public record Violation(Kind kind, int request, String text) {
    /** What was broken. */
    public enum Kind {
        /** The version is not 1: nothing behind it can be trusted. */
        BAD_VERSION(true),
        /** The header announces more than any message has. */
        OVERSIZED(true),
        /** A reply where a request is expected, or reserved flags. */
        BAD_FLAGS(false),
        /** The payload's length does not fit the message. */
        BAD_SIZE(false),
        /** More or fewer descriptors than the message has, or they came too late or were lost. */
        BAD_FD_COUNT(false),
        /** A field holds a number that no message may hold. */
        BAD_FIELD(false);

        private final boolean streamUnreadable;

        Kind(boolean streamUnreadable) {
            this.streamUnreadable = streamUnreadable;
        }
    }

    /**
     * Whether the connection has to be closed. Otherwise the message is refused and the next one is read.
     *
     * @return true if message boundaries are lost
     */
    public boolean streamUnreadable() {
        return kind.streamUnreadable;
    }
}
