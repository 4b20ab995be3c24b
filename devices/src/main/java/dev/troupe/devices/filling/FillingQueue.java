package dev.troupe.devices.filling;

import dev.troupe.actors.device.QueueContext;
import dev.troupe.actors.device.QueueHandler;
import dev.troupe.transport.ring.ChainWriter;
import dev.troupe.transport.ring.DescriptorChain;

/**
 * A queue of buffers that stay in the ring until there is something to fill them with, so that none ever has to be given back
 * empty: Linux's drivers take what they find in a buffer for new. A buffer that is too small is given back and counted.
 */
public final class FillingQueue implements QueueHandler {
    private final Supply supply;
    private final QueueContext context;
    private boolean filling;
    private boolean goingOn;
    private boolean closed;

    /** What buffers are filled with. */
    public interface Supply {
        /** Whether there is something. */
        boolean hasMore();

        /** The least room that it needs. */
        int leastBytes();

        /** Fills a buffer; how many bytes. */
        int fill(ChainWriter buffer);

        /** Who is to be told when there is something. */
        void onMore(Runnable waiter);

        /** The queue takes nothing more; another one may, later. */
        default void closed() {}
    }

    /** Serves a queue, which it holds. */
    public FillingQueue(Supply supply, QueueContext context) {
        this.supply = supply;
        this.context = context;
        context.hold();
        supply.onMore(this::fill);
    }

    @Override
    public void handle(DescriptorChain chain) {
        throw new IllegalStateException("The queue is on hold, it takes its buffers by itself");
    }

    @Override
    public void available() {
        fill();
    }

    /** Fills buffers, as far as one turn goes: who is called back on the way may bring more. */
    private void fill() {
        if (filling || closed) {
            return;
        }
        filling = true;
        try {
            int left = context.size();
            while (left > 0 && supply.hasMore() && fillOne()) {
                left--;
            }
            if (left == 0 && !goingOn) {
                goingOn = true;
                context.loop().execute(this::goOn);
            }
        } finally {
            filling = false;
        }
    }

    private void goOn() {
        goingOn = false;
        fill();
    }

    /** False if the driver has no buffer for us. */
    private boolean fillOne() {
        DescriptorChain chain = context.take();
        if (chain == null) {
            return false;
        }
        int written = 0;
        if (chain.writable().lengthBytes() < supply.leastBytes()) {
            context.countError();
        } else {
            written = supply.fill(chain.writable());
        }
        context.complete(chain, written);
        return true;
    }

    @Override
    public void close() {
        closed = true;
        supply.onMore(() -> {});
        supply.closed();
    }
}
