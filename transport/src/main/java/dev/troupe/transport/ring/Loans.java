package dev.troupe.transport.ring;

import dev.troupe.transport.memory.DirtyLog;
import org.jspecify.annotations.Nullable;

/**
 * The chains of one queue that were taken and not completed, and, where requests have to be returned in the order in which
 * they were taken (VIRTIO_F_IN_ORDER), that order. For the thread that owns the queue; allocates nothing once it is made.
 */
final class Loans {

    /** By head (split) or buffer id (packed). */
    private final @Nullable DescriptorChain[] chains;

    private final DescriptorChain[] order;
    private int orderHead;
    private int orderCount;
    private int count;

    Loans(int size, boolean inOrder) {
        chains = new DescriptorChain[size];
        order = new DescriptorChain[inOrder ? size : 0];
    }

    /** How many there are. */
    int count() {
        return count;
    }

    void add(DescriptorChain chain) {
        chains[chain.head] = chain;
        count++;
        if (order.length > 0) {
            int tail = orderHead + orderCount;
            order[tail >= order.length ? tail - order.length : tail] = chain;
            orderCount++;
        }
    }

    void remove(DescriptorChain chain) {
        chains[chain.head] = null;
        count--;
    }

    /** Takes the oldest chain out of the order, if it is done; null if its turn has not come. */
    @Nullable
    DescriptorChain nextDone() {
        if (orderCount == 0 || !order[orderHead].done) {
            return null;
        }
        DescriptorChain oldest = order[orderHead];
        orderHead = orderHead + 1 == order.length ? 0 : orderHead + 1;
        orderCount--;
        return oldest;
    }

    /** Marks all that may have been written for them. */
    void markDirty(DirtyLog dirty) {
        if (count == 0) {
            return;
        }
        try {
            for (DescriptorChain chain : chains) {
                if (chain != null) {
                    chain.markDirty(dirty);
                }
            }
        } catch (InternalError | IllegalStateException gone) {
            // The front end has taken the log away: nobody reads it any more.
            return;
        }
    }
}
