package dev.troupe.runtime.bench;

import dev.troupe.transport.frontend.BufferList;

/**
 * The requests of one queue. A request lives in a slot, which has its buffers; as many slots as requests may be under way.
 * One that takes several descriptor chains ({@link Subject#chains}) has as many slots that follow each other. For one thread;
 * allocates nothing for a request.
 */
sealed interface Workload permits DiskWorkload, GpioInterrupts, GpioWorkload, I2cWorkload, RngWorkload {

    /** Whether {@link #prepare} can make another request; always, except while written data is read back. */
    default boolean hasNext() {
        return true;
    }

    /**
     * Makes the next request.
     *
     * @param slot a slot that is free
     * @param into where its buffers are put
     */
    void prepare(int slot, BufferList into);

    /** Whether requests only wait for what {@link #provoke} brings about; then one at a time is under way. */
    default boolean isProvoked() {
        return false;
    }

    /** The device has been shown a request: makes happen what it waits for. */
    default void provoke() {}

    /**
     * Looks at a request that came back; its slot is free afterwards.
     *
     * @param slot where it lives
     * @param usedLengthBytes what the device says it wrote
     * @return how many bytes of data it has moved, or -1 if it failed
     */
    long finish(int slot, long usedLengthBytes);

    /**
     * Goes over to reading back everything that was written and can be recognised.
     *
     * @return false if there is nothing to read back
     */
    default boolean beginReadBack() {
        return false;
    }

    /** How many blocks came back with the contents last written. */
    default long verified() {
        return 0;
    }

    /** How many blocks came back with other contents than were last written. */
    default long mismatches() {
        return 0;
    }

    /** The first failure or mismatch for people, or an empty string. */
    String firstProblem();
}
