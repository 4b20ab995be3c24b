package dev.troupe.runtime.bench;

import dev.troupe.transport.frontend.BufferList;

/**
 * The requests of one queue. A request lives in a slot, which has its buffers; as many slots as requests may be under way.
 * For one thread; allocates nothing for a request.
 */
sealed interface Workload permits BlkWorkload, RngWorkload {

    /** How many buffers a request has at most. */
    int buffersPerRequest();

    /** Whether {@link #prepare} can make another request; always, except while written data is read back. */
    boolean hasNext();

    /**
     * Makes the next request.
     *
     * @param slot a slot that is free
     * @param into where its buffers are put
     */
    void prepare(int slot, BufferList into);

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
    boolean beginReadBack();

    /** How many blocks came back with the contents last written. */
    long verified();

    /** How many blocks came back with other contents than were last written. */
    long mismatches();

    /** The first failure or mismatch for people, or an empty string. */
    String firstProblem();
}
