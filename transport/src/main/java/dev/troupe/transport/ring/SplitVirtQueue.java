package dev.troupe.transport.ring;

import dev.troupe.transport.memory.DirtyLog;
import dev.troupe.transport.memory.GuestMemory;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;
import org.jspecify.annotations.Nullable;

/** The device's side of a split virtqueue (Virtual I/O Device 1.4, section 2.7). */
public final class SplitVirtQueue extends VirtQueue {

    private static final int U16 = 0xffff;
    private static final long U32 = 0xffff_ffffL;

    private final int mask;
    private final @Nullable SplitInflightLog splitLog;
    private MemorySegment descriptors = MemorySegment.NULL;
    private MemorySegment avail = MemorySegment.NULL;
    private MemorySegment used = MemorySegment.NULL;

    /** The next available entry to take, mod 2^16. */
    private int lastAvail;

    /** The driver's index as last read: entries before it are known to be there. */
    private int seenAvail;

    /** The next used entry to write, mod 2^16. */
    private int nextUsed;

    /** The used index as the driver sees it. */
    private int publishedUsed;

    private int[] unfinishedHeads = {};
    private int unfinishedNext;
    private boolean kicksSuppressed;

    SplitVirtQueue(VringSetup setup) {
        super(setup);
        mask = size - 1;
        splitLog = (SplitInflightLog) setup.inflightLog();
    }

    @Override
    void resolve(GuestMemory memory) {
        boolean eventIdx = features.eventIdx();
        long tableBytes = (long) size * RingLayout.DESCRIPTOR_BYTES;
        MemorySegment newDescriptors =
                area(memory, areas.descriptorArea(), tableBytes, RingLayout.DESCRIPTOR_ALIGNMENT);
        MemorySegment newAvail =
                area(memory, areas.driverArea(), RingLayout.availBytes(size, eventIdx), RingLayout.AVAIL_ALIGNMENT);
        used = area(memory, areas.deviceArea(), RingLayout.usedBytes(size, eventIdx), RingLayout.USED_ALIGNMENT);
        descriptors = newDescriptors;
        avail = newAvail;
    }

    @Override
    void start(long base) {
        // Ordering: pairs with nothing; the previous owner of this queue stopped before we started.
        nextUsed = (short) RingLayout.ACQUIRED_SHORT.getAcquire(used, (long) RingLayout.IDX_OFFSET) & U16;
        publishedUsed = nextUsed;
        if (splitLog != null) {
            unfinishedHeads = splitLog.recover(queueIndex, size, nextUsed);
        }
        for (int head : unfinishedHeads) {
            taken[head] = true;
        }
        if (unfinishedHeads.length > 0 || base == VringSetup.BASE_FROM_RING) {
            lastAvail = (nextUsed + unfinishedHeads.length) & U16;
        } else if (base < 0 || base > U16) {
            throw broken(-1, "vring base " + base + " is not a 16-bit index");
        } else {
            lastAvail = (int) base;
        }
        seenAvail = lastAvail;
        writeKickRequest();
    }

    @Override
    @Nullable
    DescriptorChain fetch() {
        if (seenAvail == lastAvail && !peek()) {
            return null;
        }
        // Guest-controlled: the entry chooses a descriptor and a slot of ours; it is checked before either is touched.
        long entry = RingLayout.RING_OFFSET + (long) (lastAvail & mask) * RingLayout.AVAIL_ENTRY_BYTES;
        int head = avail.get(RingLayout.SHORT_ALIGNED, entry) & U16;
        if (head >= size) {
            throw broken(head, "available ring names a descriptor beyond the table");
        }
        if (taken[head]) {
            throw broken(head, "descriptor chain is made available twice");
        }
        DescriptorChain chain = walk(begin(head), head);
        lastAvail = (lastAvail + 1) & U16;
        if (splitLog != null) {
            splitLog.fetched(head);
        }
        return accept(chain);
    }

    @Override
    DescriptorChain fetchUnfinished() {
        int head = unfinishedHeads[unfinishedNext];
        DescriptorChain chain = walk(begin(head), head);
        chain.resubmitted = true;
        unfinishedNext++;
        return accept(chain);
    }

    private DescriptorChain walk(DescriptorChain chain, int head) {
        int index = head;
        for (int steps = 0; steps < size; steps++) {
            long at = (long) index * RingLayout.DESCRIPTOR_BYTES;
            long address = descriptors.get(RingLayout.LONG, at);
            long word = descriptors.get(RingLayout.LONG, at + RingLayout.DESCRIPTOR_WORD_OFFSET);
            int flags = (int) (word >>> 32);
            if ((flags & RingLayout.FLAG_INDIRECT) != 0) {
                walkIndirect(chain, address, word);
                return chain;
            }
            chain.append(address, word & U32, (flags & RingLayout.FLAG_WRITE) != 0);
            if ((flags & RingLayout.FLAG_NEXT) == 0) {
                return chain;
            }
            // Guest-controlled: next is an index into the table.
            index = (int) (word >>> 48);
            if (index >= size) {
                throw broken(head, "next descriptor " + index + " is beyond the table");
            }
        }
        throw broken(head, "descriptor chain is longer than the queue");
    }

    private void walkIndirect(DescriptorChain chain, long tableAddress, long tableWord) {
        int head = chain.head;
        if (!features.indirect()) {
            throw broken(head, "indirect descriptor, but indirect descriptors were not negotiated");
        }
        if (((tableWord >>> 32) & RingLayout.FLAG_NEXT) != 0) {
            throw broken(head, "descriptor is both indirect and continued");
        }
        long lengthBytes = tableWord & U32;
        String fault = table.open(hold.memory, tableAddress, lengthBytes);
        if (!fault.isEmpty()) {
            throw broken(head, fault);
        }
        int entries = (int) (lengthBytes / RingLayout.DESCRIPTOR_BYTES);
        int index = 0;
        for (int steps = 0; steps < entries; steps++) {
            readEntry(head, index);
            int flags = (int) (table.word >>> 32);
            if ((flags & RingLayout.FLAG_INDIRECT) != 0) {
                throw broken(head, "indirect descriptor inside an indirect table");
            }
            chain.append(table.address, table.word & U32, (flags & RingLayout.FLAG_WRITE) != 0);
            if ((flags & RingLayout.FLAG_NEXT) == 0) {
                return;
            }
            // Guest-controlled: next is an index into the indirect table.
            index = (int) (table.word >>> 48);
            if (index >= entries) {
                throw broken(head, "next descriptor " + index + " is beyond the indirect table");
            }
        }
        throw broken(head, "descriptor chain loops in its indirect table");
    }

    @Override
    void writeUsed(DescriptorChain chain, int bytesWritten) {
        long at = RingLayout.RING_OFFSET + (long) (nextUsed & mask) * RingLayout.USED_ENTRY_BYTES;
        used.set(RingLayout.LONG, at, chain.head | (long) bytesWritten << 32);
        logRing(at, RingLayout.USED_ENTRY_BYTES);
        nextUsed = (nextUsed + 1) & U16;
        batch[batchCount++] = chain.head;
    }

    @Override
    boolean publishBatch() {
        if (splitLog != null) {
            splitLog.beforePublish(batch, batchCount);
        }
        // Ordering: pairs with the driver's acquire of used.idx; the elements and all data come before the index.
        VarHandle.releaseFence();
        used.set(RingLayout.SHORT_ALIGNED, RingLayout.IDX_OFFSET, (short) nextUsed);
        logRing(RingLayout.IDX_OFFSET, Short.BYTES);
        if (splitLog != null) {
            splitLog.afterPublish(batch, batchCount, nextUsed);
        }
        int old = publishedUsed;
        publishedUsed = nextUsed;
        // Ordering: pairs with the driver's fence between writing used_event (or flags) and reading used.idx.
        VarHandle.fullFence();
        if (!features.eventIdx()) {
            int flags = avail.get(RingLayout.SHORT_ALIGNED, RingLayout.FLAGS_OFFSET);
            return (flags & RingLayout.NO_INTERRUPT) == 0;
        }
        long eventAt = RingLayout.RING_OFFSET + (long) size * RingLayout.AVAIL_ENTRY_BYTES;
        int event = avail.get(RingLayout.SHORT_ALIGNED, eventAt) & U16;
        return ((nextUsed - event - 1) & U16) < ((nextUsed - old) & U16);
    }

    @Override
    boolean armKicks() {
        writeKickRequest();
        // Ordering: pairs with the driver's fence between writing avail.idx and reading avail_event (or flags).
        VarHandle.fullFence();
        return seenAvail != lastAvail || peek();
    }

    private void writeKickRequest() {
        if (features.eventIdx()) {
            long eventAt = RingLayout.RING_OFFSET + (long) size * RingLayout.USED_ENTRY_BYTES;
            used.set(RingLayout.SHORT_ALIGNED, eventAt, (short) lastAvail);
            logRing(eventAt, Short.BYTES);
        } else {
            setKickFlag(0);
        }
    }

    @Override
    void disarmKicks() {
        if (!features.eventIdx() && !kicksSuppressed) {
            setKickFlag(RingLayout.NO_NOTIFY);
        }
    }

    private void setKickFlag(int flag) {
        used.set(RingLayout.SHORT_ALIGNED, RingLayout.FLAGS_OFFSET, (short) flag);
        logRing(RingLayout.FLAGS_OFFSET, Short.BYTES);
        kicksSuppressed = flag != 0;
    }

    /** Reads the driver's index; true if there is an entry that was not taken. */
    @Override
    boolean peek() {
        // Ordering: pairs with the driver's release of avail.idx; entries and descriptors are read after it.
        int index = (short) RingLayout.ACQUIRED_SHORT.getAcquire(avail, (long) RingLayout.IDX_OFFSET) & U16;
        // Guest-controlled: the index says how many entries are there; never more than the ring has.
        if (((index - lastAvail) & U16) > size) {
            throw broken(-1, "available index jumped from " + lastAvail + " to " + index);
        }
        seenAvail = index;
        return index != lastAvail;
    }

    private void logRing(long offset, long lengthBytes) {
        DirtyLog dirty = dirtyLog;
        if (dirty != null && usedLogAddress != VringSetup.NO_LOG_ADDRESS) {
            dirty.mark(usedLogAddress + offset, lengthBytes);
        }
    }

    @Override
    public long base() {
        return lastAvail;
    }

    @Override
    public int unfinished() {
        return unfinishedHeads.length - unfinishedNext;
    }
}
