package dev.troupe.actors.device;

import dev.troupe.transport.loop.EventLoop;
import dev.troupe.transport.loop.IoScope;
import dev.troupe.transport.ring.DescriptorChain;
import org.jspecify.annotations.Nullable;

/** What a {@link QueueHandler} works with. Belongs to the queue's event loop; only that thread may call it. */
public interface QueueContext {

    /** The queue's number in the device. */
    int index();

    /** The number of entries of the ring: no more requests than this can be on loan at once. */
    int size();

    /** The features that the driver acknowledged. */
    long driverFeatures();

    /** The loop that this queue lives on, for tasks and timers. What these throw restarts the queue. */
    EventLoop loop();

    /** File operations of this queue. Their completions arrive on the loop; what those throw restarts the queue. */
    IoScope io();

    /**
     * Ends a request and gives its chain back. The driver is told together with the others of the same turn. If that cannot
     * be done, because the chain is not on loan or the memory is gone, this handler is closed soon.
     *
     * @param chain one that {@link QueueHandler#handle} or {@link #take} gave
     * @param writtenBytes how many bytes from the start of the device-writable part were written
     */
    void complete(DescriptorChain chain, long writtenBytes);

    /** Counts a request that was answered with an error status. */
    void countError();

    /**
     * From now on available chains stay in the ring: {@link QueueHandler#handle} is not called, {@link #take} fetches
     * them when the device has something to put into them.
     */
    void hold();

    /** Ends {@link #hold}; chains that wait are handed over soon. */
    void release();

    /**
     * The next available chain, on loan to the caller, or {@code null} if there is none; {@link QueueHandler#available}
     * is called when there is one again. For queues on hold. A ring that the driver has broken is told of, and gives
     * {@code null} from then on.
     */
    @Nullable
    DescriptorChain take();
}
