package dev.troupe.transport.loop;

/** Told on the loop when an operation is through. To be kept and used again: one object a request slot, none a request. */
@FunctionalInterface
public interface IoCompletion {
    /**
     * The operation is through.
     *
     * @param result what the system call would have returned (bytes, or 0), or a negative error number
     */
    void completed(int result);
}
