package dev.troupe.actors.queue;

import dev.troupe.transport.memory.MemoryAccessException;
import dev.troupe.transport.memory.MemoryLostException;
import dev.troupe.transport.ring.RingException;

/** What went wrong with a queue, and so what happens: the one place where an exception becomes a decision. */
public enum Failure {
    /** The guest broke the ring: the queue stops until the driver resets it, nothing else notices. */
    BROKEN_RING,
    /** The front end took the memory away under us: as for a broken ring. */
    LOST_MEMORY,
    /** A bug in a device or in Troupe: the queue restarts and takes its unfinished requests up again. */
    BUG;

    /** The failure that an exception stands for. */
    public static Failure of(Throwable cause) {
        return switch (cause) {
            case RingException _, MemoryAccessException _ -> BROKEN_RING;
            // The virtual machine reports an access to a page beyond the end of its file in this way.
            case MemoryLostException _, InternalError _ -> LOST_MEMORY;
            default -> BUG;
        };
    }
}
