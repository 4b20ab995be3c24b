package dev.troupe.transport.frontend;

import dev.troupe.transport.ring.RingFeatures;
import dev.troupe.transport.ring.RingLayout;
import java.lang.invoke.VarHandle;

/** The driver's side of a packed virtqueue (Virtual I/O Device 1.4, section 2.8). */
public final class PackedDriverQueue extends DriverQueue {

    private static final int U16 = 0xffff;

    private final int[] freeIds;
    private int freeIdCount;
    private int availPosition;
    private boolean availWrap = true;
    private int usedPosition;
    private boolean usedWrap = true;
    private int addedSlots;

    PackedDriverQueue(GuestMemoryFile memory, int size, RingFeatures features, int tableEntries) {
        super(memory, size, features, tableEntries);
        freeIds = new int[size];
        freeIdCount = size;
        for (int i = 0; i < size; i++) {
            freeIds[i] = size - 1 - i;
        }
    }

    @Override
    int addDirect(BufferList buffers) {
        int id = freeIds[--freeIdCount];
        int headPosition = availPosition;
        int headFlags = 0;
        for (int i = 0; i < buffers.count; i++) {
            boolean last = i + 1 == buffers.count;
            int flags = availableBits() | writeFlag(buffers, i) | (last ? 0 : RingLayout.FLAG_NEXT);
            if (i == 0) {
                headFlags = flags;
                writeHead(buffers.addresses[i], buffers.lengths[i], id);
            } else {
                writeDescriptor(availPosition, buffers.addresses[i], buffers.lengths[i], flags, id);
            }
            advanceAvail();
        }
        show(headPosition, headFlags);
        return id;
    }

    @Override
    int addIndirect(BufferList buffers) {
        int id = freeIds[--freeIdCount];
        int headPosition = availPosition;
        int flags = availableBits() | RingLayout.FLAG_INDIRECT;
        long table = fillTable(id, buffers);
        writeHead(table, (long) buffers.count * RingLayout.DESCRIPTOR_BYTES, id);
        advanceAvail();
        show(headPosition, flags);
        return id;
    }

    /** Writes all of a descriptor but its flags. */
    private void writeHead(long address, long lengthBytes, int id) {
        long at = (long) availPosition * RingLayout.DESCRIPTOR_BYTES;
        descriptors.set(RingLayout.LONG, at, address);
        descriptors.set(RingLayout.INT, at + RingLayout.DESCRIPTOR_WORD_OFFSET, (int) lengthBytes);
        descriptors.set(RingLayout.SHORT, at + RingLayout.PACKED_ID_OFFSET, (short) id);
    }

    private void show(int position, int flags) {
        // Ordering: pairs with the device's acquire of the flags; the rest of the chain comes before them.
        VarHandle.releaseFence();
        writeFlags(position, flags);
    }

    /** Writes a descriptor's flags, raw. */
    public void writeFlags(int position, int flags) {
        descriptors.set(RingLayout.SHORT_ALIGNED, flagsOffset(position), (short) flags);
    }

    /** A descriptor's flags, raw. */
    public int flags(int position) {
        // Ordering: pairs with the device's release of the flags; the used element and data are read after them.
        return (short) RingLayout.ACQUIRED_SHORT.getAcquire(descriptors, flagsOffset(position)) & U16;
    }

    private static long flagsOffset(int position) {
        return (long) position * RingLayout.DESCRIPTOR_BYTES + RingLayout.PACKED_FLAGS_OFFSET;
    }

    private int availableBits() {
        return availWrap ? RingLayout.FLAG_AVAIL : RingLayout.FLAG_USED;
    }

    private void advanceAvail() {
        addedSlots++;
        availPosition++;
        if (availPosition == size) {
            availPosition = 0;
            availWrap = !availWrap;
        }
    }

    @Override
    public boolean publish() {
        int added = addedSlots;
        if (added == 0) {
            return false;
        }
        addedSlots = 0;
        // Ordering: pairs with the device's fence between writing its event area and reading flags.
        VarHandle.fullFence();
        int event = device.get(RingLayout.INT_ALIGNED, 0);
        int flags = event >>> 16 & 3;
        if (flags != RingLayout.EVENT_DESCRIPTOR) {
            return flags != RingLayout.EVENT_DISABLE;
        }
        boolean wantedWrap = (event >>> RingLayout.WRAP_BIT & 1) != 0;
        int wanted = event & RingLayout.POSITION_MASK;
        int relative = wantedWrap == availWrap ? wanted : wanted - size;
        return relative < availPosition && relative >= availPosition - added;
    }

    @Override
    int takeUsed() {
        if (!isUsed()) {
            return -1;
        }
        long at = (long) usedPosition * RingLayout.DESCRIPTOR_BYTES + RingLayout.DESCRIPTOR_WORD_OFFSET;
        long word = descriptors.get(RingLayout.LONG, at);
        int id = requireOutstanding((int) (word >>> 32) & U16);
        usedLengthBytes = word & 0xffff_ffffL;
        usedPosition += slots[id];
        if (usedPosition >= size) {
            usedPosition -= size;
            usedWrap = !usedWrap;
        }
        freeIds[freeIdCount++] = id;
        return id;
    }

    private boolean isUsed() {
        int flags = flags(usedPosition);
        boolean avail = (flags & RingLayout.FLAG_AVAIL) != 0;
        boolean used = (flags & RingLayout.FLAG_USED) != 0;
        return avail == usedWrap && used == usedWrap;
    }

    @Override
    public boolean enableCalls() {
        int request = RingLayout.EVENT_ENABLE << 16;
        if (features.eventIdx()) {
            request = usedPosition | (usedWrap ? 1 << RingLayout.WRAP_BIT : 0) | RingLayout.EVENT_DESCRIPTOR << 16;
        }
        driver.set(RingLayout.INT_ALIGNED, 0, request);
        // Ordering: pairs with the device's fence between writing used flags and reading the driver event area.
        VarHandle.fullFence();
        return isUsed();
    }

    @Override
    public void disableCalls() {
        driver.set(RingLayout.INT_ALIGNED, 0, RingLayout.EVENT_DISABLE << 16);
    }
}
