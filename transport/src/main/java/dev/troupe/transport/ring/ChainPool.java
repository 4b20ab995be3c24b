package dev.troupe.transport.ring;

import java.util.Arrays;

/**
 * The chain objects of one queue, used again and again. It also bounds what a guest can make us remember: descriptors are
 * small, and one table of them can be offered under every head at once.
 */
final class ChainPool {

    /** No queue holds more pieces of memory at a time. */
    static final int PIECE_LIMIT = 1 << 20;

    /** Above this, large chains give their arrays back instead of keeping them for the next request. */
    private static final int KEPT_PIECES = 1 << 18;

    private DescriptorChain[] idle = new DescriptorChain[16];
    private int idleCount;
    private long heldPieces;
    private long keptPieces;

    DescriptorChain take(VirtQueue queue, MemoryHold hold) {
        if (idleCount > 0) {
            return idle[--idleCount];
        }
        DescriptorChain chain = new DescriptorChain(queue, hold);
        keptPieces += chain.capacity();
        return chain;
    }

    void give(DescriptorChain chain) {
        if (keptPieces > KEPT_PIECES) {
            keptPieces -= chain.capacity();
            chain.shrink();
            keptPieces += chain.capacity();
        }
        if (idleCount == idle.length) {
            idle = Arrays.copyOf(idle, idleCount * 2);
        }
        idle[idleCount++] = chain;
    }

    /** Makes room for more pieces; false if the queue already holds too many. */
    boolean grow(DescriptorChain chain) {
        // Guest-controlled: the number of pieces decides how much we allocate, so all chains together are bounded.
        if (heldPieces + chain.pieceCount >= PIECE_LIMIT) {
            return false;
        }
        keptPieces += chain.capacity();
        chain.grow();
        return true;
    }

    void hold(DescriptorChain chain) {
        heldPieces += chain.pieceCount;
    }

    void release(DescriptorChain chain) {
        heldPieces -= chain.pieceCount;
    }
}
