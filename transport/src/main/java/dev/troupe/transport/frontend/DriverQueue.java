package dev.troupe.transport.frontend;

import dev.troupe.transport.ring.RingAreas;
import dev.troupe.transport.ring.RingFeatures;
import dev.troupe.transport.ring.RingLayout;
import java.lang.foreign.MemorySegment;

/**
 * The driver's side of one virtqueue: {@link #add} requests, {@link #publish()} them, {@link #poll()} what the device
 * returned. It allocates nothing for a request. The segments of its areas are open to tests that play a hostile driver.
 * For one thread.
 */
public abstract sealed class DriverQueue permits SplitDriverQueue, PackedDriverQueue {

    private static final int U16 = 0xffff;

    final int size;
    final RingFeatures features;
    final MemorySegment descriptors;
    final MemorySegment driver;
    final MemorySegment device;

    /** Requests under way, by head (split) or buffer id (packed). */
    final long[] tokens;

    final int[] slots;

    long token;
    long usedLengthBytes;
    int freeSlots;

    private final RingAreas areas;
    private final int tableEntries;
    private final long tableAddress;
    private final MemorySegment tables;
    private int outstanding;

    DriverQueue(GuestMemoryFile memory, int size, RingFeatures features, int tableEntries) {
        this.size = size;
        this.features = features;
        this.tableEntries = features.indirect() ? tableEntries : 0;
        long driverBytes = features.packed() ? RingLayout.EVENT_AREA_BYTES : RingLayout.availBytes(size, true);
        long deviceBytes = features.packed() ? RingLayout.EVENT_AREA_BYTES : RingLayout.usedBytes(size, true);
        long descriptorBytes = (long) size * RingLayout.DESCRIPTOR_BYTES;
        long descriptorAt = memory.allocate(descriptorBytes, RingLayout.DESCRIPTOR_ALIGNMENT);
        long driverAt = memory.allocate(driverBytes, RingLayout.USED_ALIGNMENT);
        long deviceAt = memory.allocate(deviceBytes, RingLayout.USED_ALIGNMENT);
        areas = new RingAreas(
                memory.userAddress(descriptorAt), memory.userAddress(driverAt), memory.userAddress(deviceAt));
        descriptors = memory.segment(descriptorAt, descriptorBytes).fill((byte) 0);
        driver = memory.segment(driverAt, driverBytes).fill((byte) 0);
        device = memory.segment(deviceAt, deviceBytes).fill((byte) 0);
        long tableBytes = (long) size * this.tableEntries * RingLayout.DESCRIPTOR_BYTES;
        tableAddress = tableBytes == 0 ? 0 : memory.allocate(tableBytes, RingLayout.DESCRIPTOR_ALIGNMENT);
        tables = tableBytes == 0 ? MemorySegment.NULL : memory.segment(tableAddress, tableBytes);
        tokens = new long[size];
        slots = new int[size];
        freeSlots = size;
    }

    /**
     * Lays out a queue in guest memory.
     *
     * @param memory where the ring, and tables of indirect descriptors if negotiated, are allocated
     * @param size number of descriptors
     * @param features what was negotiated
     * @param tableEntries entries of each indirect table; requests of two to so many buffers go through one
     */
    public static DriverQueue create(GuestMemoryFile memory, int size, RingFeatures features, int tableEntries) {
        return features.packed()
                ? new PackedDriverQueue(memory, size, features, tableEntries)
                : new SplitDriverQueue(memory, size, features, tableEntries);
    }

    /** Where the ring lies, for SET_VRING_ADDR. */
    public final RingAreas areas() {
        return areas;
    }

    /** Number of descriptors. */
    public final int size() {
        return size;
    }

    /** How many requests the device has not returned yet. */
    public final int outstanding() {
        return outstanding;
    }

    /**
     * Puts a request into the ring.
     *
     * @param buffers copied; at least one
     * @param newToken comes back through {@link #token()}
     * @return false if the ring has no room
     */
    public final boolean add(BufferList buffers, long newToken) {
        boolean indirect = buffers.count > 1 && buffers.count <= tableEntries;
        int needed = indirect ? 1 : buffers.count;
        if (needed == 0) {
            throw new IllegalArgumentException("a request has at least one buffer");
        }
        if (needed > freeSlots) {
            return false;
        }
        int key = indirect ? addIndirect(buffers) : addDirect(buffers);
        tokens[key] = newToken;
        slots[key] = needed;
        freeSlots -= needed;
        outstanding++;
        return true;
    }

    /**
     * Shows all added requests to the device.
     *
     * @return true if the device wants a kick for them
     */
    public abstract boolean publish();

    /**
     * Takes the next returned request; its token and length are then at hand.
     *
     * @return false if there is none
     * @throws IllegalStateException if the device returned what it does not have
     */
    public final boolean poll() {
        int key = takeUsed();
        if (key < 0) {
            return false;
        }
        token = tokens[key];
        freeSlots += slots[key];
        slots[key] = 0;
        outstanding--;
        return true;
    }

    /** The token of the request that {@link #poll()} took last. */
    public final long token() {
        return token;
    }

    /** How many bytes the device says it wrote into that request. */
    public final long usedLengthBytes() {
        return usedLengthBytes;
    }

    /**
     * Asks the device for a call when it returns the next request.
     *
     * @return true if some were returned meanwhile, for which there may be no call
     */
    public abstract boolean enableCalls();

    /** Tells the device that calls are not needed for now. */
    public abstract void disableCalls();

    /** The descriptor table or ring, raw. */
    public final MemorySegment descriptorArea() {
        return descriptors;
    }

    /** The available ring or the driver event suppression area, raw. */
    public final MemorySegment driverArea() {
        return driver;
    }

    /** The used ring or the device event suppression area, raw. */
    public final MemorySegment deviceArea() {
        return device;
    }

    /**
     * Writes a descriptor, raw, in no order with anything.
     *
     * @param index which one
     * @param address guest address
     * @param lengthBytes length, 32 bits
     * @param flags all 16 bits
     * @param nextOrId the field {@code next} (split) or {@code id} (packed)
     */
    public final void writeDescriptor(int index, long address, long lengthBytes, int flags, int nextOrId) {
        long at = (long) index * RingLayout.DESCRIPTOR_BYTES;
        descriptors.set(RingLayout.LONG, at, address);
        descriptors.set(
                RingLayout.LONG, at + RingLayout.DESCRIPTOR_WORD_OFFSET, descriptorWord(lengthBytes, flags, nextOrId));
    }

    final long descriptorWord(long lengthBytes, int flags, int nextOrId) {
        long low = lengthBytes & 0xffff_ffffL;
        return features.packed()
                ? low | (long) (nextOrId & U16) << 32 | (long) flags << 48
                : low | (long) (flags & U16) << 32 | (long) nextOrId << 48;
    }

    /** Fills the indirect table that belongs to a descriptor. Returns its guest address. */
    final long fillTable(int key, BufferList buffers) {
        long base = (long) key * tableEntries * RingLayout.DESCRIPTOR_BYTES;
        for (int i = 0; i < buffers.count; i++) {
            long at = base + (long) i * RingLayout.DESCRIPTOR_BYTES;
            boolean last = i + 1 == buffers.count;
            int flags = writeFlag(buffers, i) | (last || features.packed() ? 0 : RingLayout.FLAG_NEXT);
            tables.set(RingLayout.LONG, at, buffers.addresses[i]);
            tables.set(
                    RingLayout.LONG,
                    at + RingLayout.DESCRIPTOR_WORD_OFFSET,
                    descriptorWord(buffers.lengths[i], flags, last ? 0 : i + 1));
        }
        return tableAddress + base;
    }

    static int writeFlag(BufferList buffers, int index) {
        return index < buffers.readableCount ? 0 : RingLayout.FLAG_WRITE;
    }

    final int requireOutstanding(int key) {
        if (key >= size || slots[key] == 0) {
            throw new IllegalStateException("device returned request " + key + ", which it does not have");
        }
        return key;
    }

    abstract int addDirect(BufferList buffers);

    abstract int addIndirect(BufferList buffers);

    /** The key of the next returned request, or -1. */
    abstract int takeUsed();
}
