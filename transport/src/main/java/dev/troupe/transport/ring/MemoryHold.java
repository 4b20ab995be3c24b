package dev.troupe.transport.ring;

import dev.troupe.transport.memory.GuestMemory;

/**
 * A queue's reference to one memory snapshot, with the number of chains that point into it. An exchanged snapshot is
 * let go when its last chain is completed. Counted without atomics: it belongs to the queue's thread.
 */
final class MemoryHold {

    final GuestMemory memory;
    private int chains;
    private boolean retired;
    private boolean released;

    MemoryHold(GuestMemory memory) {
        this.memory = memory.retain();
    }

    void enter() {
        chains++;
    }

    /** Returns true if this was the last chain of an exchanged snapshot. */
    boolean leave() {
        chains--;
        return retired && letGoIfIdle();
    }

    boolean retire() {
        retired = true;
        return letGoIfIdle();
    }

    /** Lets go at once, whatever still points into it: for closing a queue. */
    void abandon() {
        retired = true;
        chains = 0;
        letGoIfIdle();
    }

    private boolean letGoIfIdle() {
        if (chains == 0 && !released) {
            released = true;
            memory.release();
        }
        return released;
    }
}
