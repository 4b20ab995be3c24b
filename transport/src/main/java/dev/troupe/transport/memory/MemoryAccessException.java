package dev.troupe.transport.memory;

/**
 * An address from outside does not lie in the memory it was said to lie in, or a region of memory cannot be accepted.
 * The message names the address and the reason; nothing was read or written.
 */
public final class MemoryAccessException extends RuntimeException {

    private static final long serialVersionUID = 1L;

    private final long address;
    private final long lengthBytes;
    private final String reason;

    /**
     * Makes the exception.
     *
     * @param address the guest or user address in question
     * @param lengthBytes length of the range asked for
     * @param reason what is wrong with it, in a few words
     */
    public MemoryAccessException(long address, long lengthBytes, String reason) {
        super("0x%x + 0x%x: %s".formatted(address, lengthBytes, reason));
        this.address = address;
        this.lengthBytes = lengthBytes;
        this.reason = reason;
    }

    /** The guest or user address in question. */
    public long address() {
        return address;
    }

    /** Length of the range asked for, in bytes. */
    public long lengthBytes() {
        return lengthBytes;
    }

    /** What is wrong, in a few words. */
    public String reason() {
        return reason;
    }
}
