package dev.troupe.transport.frontend;

import dev.troupe.transport.ring.RingFeatures;
import dev.troupe.transport.ring.RingLayout;
import java.lang.invoke.VarHandle;

/** The driver's side of a split virtqueue (Virtual I/O Device 1.4, section 2.7). */
public final class SplitDriverQueue extends DriverQueue {

    private static final int U16 = 0xffff;

    private final int mask;
    private final int[] nextFree;
    private int freeHead;
    private int nextAvail;
    private int publishedAvail;
    private int lastUsed;

    SplitDriverQueue(GuestMemoryFile memory, int size, RingFeatures features, int tableEntries) {
        super(memory, size, features, tableEntries);
        mask = size - 1;
        nextFree = new int[size];
        for (int i = 0; i < size; i++) {
            nextFree[i] = i + 1;
        }
    }

    @Override
    int addDirect(BufferList buffers) {
        int head = freeHead;
        int index = head;
        for (int i = 0; i < buffers.count; i++) {
            boolean last = i + 1 == buffers.count;
            int flags = writeFlag(buffers, i) | (last ? 0 : RingLayout.FLAG_NEXT);
            int next = nextFree[index];
            writeDescriptor(index, buffers.addresses[i], buffers.lengths[i], flags, last ? 0 : next);
            index = next;
        }
        freeHead = index;
        offer(head);
        return head;
    }

    @Override
    int addIndirect(BufferList buffers) {
        int head = freeHead;
        freeHead = nextFree[head];
        long table = fillTable(head, buffers);
        long bytes = (long) buffers.count * RingLayout.DESCRIPTOR_BYTES;
        writeDescriptor(head, table, bytes, RingLayout.FLAG_INDIRECT, 0);
        offer(head);
        return head;
    }

    private void offer(int head) {
        writeAvailEntry(nextAvail & mask, head);
        nextAvail = (nextAvail + 1) & U16;
    }

    /** Writes an entry of the available ring, raw. */
    public void writeAvailEntry(int slot, int head) {
        long at = RingLayout.RING_OFFSET + (long) slot * RingLayout.AVAIL_ENTRY_BYTES;
        driver.set(RingLayout.SHORT_ALIGNED, at, (short) head);
    }

    /** Writes the available index, raw, after everything else was written. */
    public void writeAvailIndex(int index) {
        // Ordering: pairs with the device's acquire of avail.idx; descriptors and entries come before it.
        VarHandle.releaseFence();
        driver.set(RingLayout.SHORT_ALIGNED, RingLayout.IDX_OFFSET, (short) index);
    }

    /** The used index, raw. */
    public int usedIndex() {
        // Ordering: pairs with the device's release of used.idx; used elements and data are read after it.
        return (short) RingLayout.ACQUIRED_SHORT.getAcquire(device, (long) RingLayout.IDX_OFFSET) & U16;
    }

    /** Starts both indices at another number, to reach their wrap; only before the first request. */
    public void startAt(int index) {
        nextAvail = index & U16;
        publishedAvail = nextAvail;
        lastUsed = nextAvail;
        writeAvailIndex(index);
        device.set(RingLayout.SHORT_ALIGNED, RingLayout.IDX_OFFSET, (short) index);
        setUsedEvent(index);
    }

    private void setUsedEvent(int index) {
        long at = RingLayout.RING_OFFSET + (long) size * RingLayout.AVAIL_ENTRY_BYTES;
        driver.set(RingLayout.SHORT_ALIGNED, at, (short) index);
    }

    @Override
    public boolean publish() {
        int old = publishedAvail;
        if (old == nextAvail) {
            return false;
        }
        writeAvailIndex(nextAvail);
        publishedAvail = nextAvail;
        // Ordering: pairs with the device's fence between writing avail_event (or flags) and reading avail.idx.
        VarHandle.fullFence();
        if (!features.eventIdx()) {
            int flags = device.get(RingLayout.SHORT_ALIGNED, RingLayout.FLAGS_OFFSET);
            return (flags & RingLayout.NO_NOTIFY) == 0;
        }
        long at = RingLayout.RING_OFFSET + (long) size * RingLayout.USED_ENTRY_BYTES;
        int event = device.get(RingLayout.SHORT_ALIGNED, at) & U16;
        return ((nextAvail - event - 1) & U16) < ((nextAvail - old) & U16);
    }

    @Override
    int takeUsed() {
        if (usedIndex() == lastUsed) {
            return -1;
        }
        long at = RingLayout.RING_OFFSET + (long) (lastUsed & mask) * RingLayout.USED_ENTRY_BYTES;
        long element = device.get(RingLayout.LONG, at);
        int head = requireOutstanding((int) Math.min(element & 0xffff_ffffL, Integer.MAX_VALUE));
        usedLengthBytes = element >>> 32;
        lastUsed = (lastUsed + 1) & U16;
        free(head);
        return head;
    }

    private void free(int head) {
        int last = head;
        for (int i = 1; i < slots[head]; i++) {
            last = nextFree[last];
        }
        nextFree[last] = freeHead;
        freeHead = head;
    }

    @Override
    public boolean enableCalls() {
        if (features.eventIdx()) {
            setUsedEvent(lastUsed);
        } else {
            driver.set(RingLayout.SHORT_ALIGNED, RingLayout.FLAGS_OFFSET, (short) 0);
        }
        // Ordering: pairs with the device's fence between writing used.idx and reading used_event (or flags).
        VarHandle.fullFence();
        return usedIndex() != lastUsed;
    }

    @Override
    public void disableCalls() {
        if (features.eventIdx()) {
            // As far behind as can be: it is reached only after 65535 more requests.
            setUsedEvent(lastUsed - 1);
        } else {
            driver.set(RingLayout.SHORT_ALIGNED, RingLayout.FLAGS_OFFSET, (short) RingLayout.NO_INTERRUPT);
        }
    }
}
