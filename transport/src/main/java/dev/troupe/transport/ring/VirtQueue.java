package dev.troupe.transport.ring;

import dev.troupe.transport.memory.DirtyLog;
import dev.troupe.transport.memory.GuestMemory;
import dev.troupe.transport.memory.MemoryAccessException;
import dev.troupe.transport.memory.MemoryLostException;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The device's side of one virtqueue. The life of a request: {@link #next()} takes it, {@link #complete} returns it,
 * {@link #publish()} shows everything returned since the last time to the driver and says whether it wants a call.
 * Requests may be completed in any order.
 *
 * <p>The turn of a queue that was kicked: {@code disableKicks}; {@code next} until it returns null or the budget is used
 * up; {@code publish}; {@code enableKicks}, and if that returns true, once more.
 *
 * <p>Every method is for the thread that owns the queue. Those that touch guest memory throw {@link RingException} if the
 * driver broke a rule, and {@link MemoryLostException} if the memory went away; both leave the queue without further
 * use but for {@link #close()}.
 */
public abstract sealed class VirtQueue implements AutoCloseable permits SplitVirtQueue, PackedVirtQueue {

    /** Indirect chains may be longer than the queue, up to this: so long requests work on short queues. */
    private static final int INDIRECT_LIMIT = 1024;

    final int queueIndex;
    final int size;
    final RingFeatures features;
    final RingAreas areas;
    final @Nullable InflightLog log;
    final IndirectTable table = new IndirectTable();

    @Nullable
    DirtyLog dirtyLog;

    long usedLogAddress;
    MemoryHold hold;

    /** Heads (split) or buffer ids (packed) the driver may not offer: from being taken until returned visibly. */
    final boolean[] taken;

    /** Completed, not yet published: heads (split) or buffer ids (packed). */
    final int[] batch;

    int batchCount;

    private final int chainLimit;
    private final ChainPool pool = new ChainPool();
    private final List<MemoryHold> oldHolds = new ArrayList<>();
    private final Loans loans;
    private boolean firstPublish = true;
    private boolean closed;
    private @Nullable DescriptorChain building;
    private @Nullable RingException failure;

    VirtQueue(VringSetup setup) {
        queueIndex = setup.queueIndex();
        size = setup.size();
        features = setup.features();
        areas = setup.areas();
        log = setup.inflightLog();
        dirtyLog = setup.dirtyLog();
        usedLogAddress = setup.usedLogAddress();
        chainLimit = features.indirect() ? Math.max(size, INDIRECT_LIMIT) : size;
        taken = new boolean[size];
        batch = new int[size];
        loans = new Loans(size, features.inOrder());
        hold = new MemoryHold(setup.memory());
    }

    /**
     * Opens a queue. Nothing is taken yet; unfinished requests of the in-flight log will be the first.
     *
     * @throws RingException if size, base or the in-flight log do not fit
     * @throws MemoryAccessException if a ring area is misaligned or not in one region of the memory table
     */
    public static VirtQueue open(VringSetup setup) {
        setup.checkSize();
        setup.checkLog();
        VirtQueue queue = setup.features().packed() ? new PackedVirtQueue(setup) : new SplitVirtQueue(setup);
        try {
            queue.resolve(setup.memory());
            queue.start(setup.base());
            return queue;
        } catch (InternalError e) {
            queue.close();
            throw MemoryLostException.rethrow(e);
        } catch (RuntimeException e) {
            queue.close();
            throw e;
        }
    }

    /**
     * Takes the next request: unfinished ones of the in-flight log first, oldest first, then what the driver made
     * available.
     *
     * @return null if there is none
     */
    public final @Nullable DescriptorChain next() {
        requireUsable();
        try {
            return unfinished() > 0 ? fetchUnfinished() : fetch();
        } catch (RingException e) {
            failure = e;
            dropBuilding();
            throw e;
        } catch (InternalError e) {
            throw MemoryLostException.rethrow(e);
        }
    }

    /**
     * Returns a request to the driver. It sees it after {@link #publish()}. The chain must not be used afterwards.
     *
     * @param chain taken from this queue and not completed yet
     * @param bytesWritten how many bytes from the start of the device-writable half were written
     * @throws IllegalStateException if the chain is already completed or of another queue
     * @throws IllegalArgumentException if more bytes are named than could be written
     */
    public final void complete(DescriptorChain chain, long bytesWritten) {
        if (!chain.belongsTo(this) || !chain.live) {
            throw new IllegalStateException("descriptor chain is not outstanding in queue " + queueIndex);
        }
        if (bytesWritten < 0 || bytesWritten > chain.writableBytes) {
            throw new IllegalArgumentException(
                    "%d bytes written of %d writable".formatted(bytesWritten, chain.writableBytes));
        }
        try {
            if (dirtyLog != null) {
                chain.markDirty(dirtyLog);
            }
            chain.live = false;
            loans.remove(chain);
            if (features.inOrder()) {
                completeInOrder(chain, bytesWritten);
            } else {
                finish(chain, bytesWritten);
            }
        } catch (InternalError e) {
            throw MemoryLostException.rethrow(e);
        }
    }

    private void completeInOrder(DescriptorChain chain, long bytesWritten) {
        chain.done = true;
        chain.doneBytes = bytesWritten;
        DescriptorChain oldest = loans.nextDone();
        while (oldest != null) {
            finish(oldest, oldest.doneBytes);
            oldest = loans.nextDone();
        }
    }

    private void finish(DescriptorChain chain, long bytesWritten) {
        writeUsed(chain, (int) Math.min(bytesWritten, 0xffff_ffffL));
        recycle(chain);
    }

    /**
     * Shows all completed requests to the driver.
     *
     * @return true if the driver wants a call for them
     */
    public final boolean publish() {
        if (batchCount == 0) {
            return false;
        }
        try {
            boolean wanted = publishBatch();
            for (int i = 0; i < batchCount; i++) {
                taken[batch[i]] = false;
            }
            batchCount = 0;
            boolean call = wanted || firstPublish;
            firstPublish = false;
            return call;
        } catch (InternalError e) {
            throw MemoryLostException.rethrow(e);
        }
    }

    /**
     * Asks the driver for a kick when it makes the next request available.
     *
     * @return true if more became available meanwhile, for which there may be no kick: go on taking
     */
    public final boolean enableKicks() {
        requireUsable();
        try {
            return armKicks() || unfinished() > 0;
        } catch (RingException e) {
            failure = e;
            throw e;
        } catch (InternalError e) {
            throw MemoryLostException.rethrow(e);
        }
    }

    /** Tells the driver that kicks are not needed for now; a hint only. */
    public final void disableKicks() {
        try {
            disarmKicks();
        } catch (InternalError e) {
            throw MemoryLostException.rethrow(e);
        }
    }

    /** True if {@link #next()} would find a request. */
    public final boolean hasAvailable() {
        requireUsable();
        try {
            return unfinished() > 0 || peek();
        } catch (RingException e) {
            failure = e;
            throw e;
        } catch (InternalError e) {
            throw MemoryLostException.rethrow(e);
        }
    }

    /** Where to go on, as the answer to GET_VRING_BASE carries it. */
    public abstract long base();

    /** How many requests were taken and not completed. */
    public final int outstanding() {
        return loans.count();
    }

    /** How many requests of the in-flight log {@link #next()} has still to hand out again. */
    public abstract int unfinished();

    /** Which virtqueue of the device this is. */
    public final int queueIndex() {
        return queueIndex;
    }

    /** Number of descriptors. */
    public final int size() {
        return size;
    }

    /** What was negotiated. */
    public final RingFeatures features() {
        return features;
    }

    /** Why the queue takes nothing any more, or null while all is well. */
    public final @Nullable RingException failure() {
        return failure;
    }

    /**
     * Exchanges the memory table: new requests are translated by it, the ring areas are found in it anew. Requests already
     * taken keep the old one, which stays mapped until the last of them is completed.
     *
     * @throws MemoryAccessException if a ring area is not in it; the queue then keeps the old one
     */
    public final void swapMemory(GuestMemory memory) {
        requireUsable();
        resolve(memory);
        MemoryHold old = hold;
        hold = new MemoryHold(memory);
        if (!old.retire()) {
            oldHolds.add(old);
        }
    }

    /** True if requests are outstanding that point into a memory table exchanged since. */
    public final boolean holdsOldMemory() {
        return !oldHolds.isEmpty();
    }

    /**
     * Starts, changes or ends the recording of written pages.
     *
     * @param newLog null to end it
     * @param newUsedLogAddress guest address under which writes to what SET_VRING_ADDR calls the used ring are recorded,
     *     or {@link VringSetup#NO_LOG_ADDRESS}
     */
    public final void logDirtyPages(@Nullable DirtyLog newLog, long newUsedLogAddress) {
        dirtyLog = newLog;
        usedLogAddress = newUsedLogAddress;
    }

    /**
     * Lets the memory go. To be called when nothing uses a chain of this queue any more, the kernel included. What is not
     * completed stays recorded in the in-flight log, and what may have been written for it in the dirty log.
     */
    @Override
    public final void close() {
        if (!closed) {
            closed = true;
            if (dirtyLog != null) {
                loans.markDirty(dirtyLog);
            }
            hold.abandon();
            oldHolds.forEach(MemoryHold::abandon);
            oldHolds.clear();
        }
    }

    abstract void resolve(GuestMemory memory);

    abstract void start(long base);

    abstract @Nullable DescriptorChain fetch();

    abstract DescriptorChain fetchUnfinished();

    abstract void writeUsed(DescriptorChain chain, int bytesWritten);

    abstract boolean publishBatch();

    abstract boolean armKicks();

    abstract void disarmKicks();

    abstract boolean peek();

    final int chainLimit() {
        return chainLimit;
    }

    final RingException broken(int head, String reason) {
        return new RingException(queueIndex, head, reason);
    }

    final MemorySegment area(GuestMemory memory, long userAddress, long lengthBytes, int alignment) {
        MemorySegment area = memory.userRange(userAddress, lengthBytes);
        if (userAddress % alignment != 0 || area.address() % alignment != 0) {
            throw new MemoryAccessException(userAddress, lengthBytes, "ring area is not aligned to " + alignment);
        }
        return area;
    }

    /** A chain to fill, from the pool. */
    final DescriptorChain begin(int head) {
        DescriptorChain chain = pool.take(this, hold);
        chain.clear(hold);
        chain.head = head;
        building = chain;
        return chain;
    }

    /** The filled chain is taken: from now on it is outstanding. */
    final DescriptorChain accept(DescriptorChain chain) {
        building = null;
        hold.enter();
        pool.hold(chain);
        taken[chain.head] = true;
        loans.add(chain);
        chain.activate();
        return chain;
    }

    /** Reads an entry of the indirect table. */
    final void readEntry(int head, int index) {
        try {
            table.read(index);
        } catch (MemoryAccessException e) {
            throw broken(head, "indirect table leaves the memory table");
        }
    }

    final void growPieces(DescriptorChain chain) {
        if (!pool.grow(chain)) {
            throw broken(chain.head, "queue holds more than " + ChainPool.PIECE_LIMIT + " buffers");
        }
    }

    private void dropBuilding() {
        if (building != null) {
            pool.give(building);
            building = null;
        }
    }

    private void recycle(DescriptorChain chain) {
        pool.release(chain);
        if (chain.hold.leave()) {
            oldHolds.remove(chain.hold);
        }
        pool.give(chain);
    }

    private void requireUsable() {
        if (closed) {
            throw new IllegalStateException("queue " + queueIndex + " is closed");
        }
        if (failure != null) {
            throw failure;
        }
    }
}
