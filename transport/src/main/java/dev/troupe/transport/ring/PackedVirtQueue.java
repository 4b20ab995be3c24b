package dev.troupe.transport.ring;

import dev.troupe.transport.memory.GuestMemory;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/** The device's side of a packed virtqueue (Virtual I/O Device 1.4, section 2.8). */
@SuppressWarnings("UnusedVariable") // the bodies are being written
public final class PackedVirtQueue extends VirtQueue {

    private static final int U16 = 0xffff;
    private static final long U32 = 0xffff_ffffL;
    private static final int USED_BITS = RingLayout.FLAG_AVAIL | RingLayout.FLAG_USED;

    private final @Nullable PackedInflightLog packedLog;
    private final int[] batchEntries;
    private final long[] rawAddresses;
    private final long[] rawWords;
    private MemorySegment ring = MemorySegment.NULL;
    private MemorySegment driverEvent = MemorySegment.NULL;
    private MemorySegment deviceEvent = MemorySegment.NULL;

    private int availPosition;
    private boolean availWrap = true;
    private int usedPosition;
    private boolean usedWrap = true;

    /** Slots of requests taken and not yet published; the driver cannot have offered these again. */
    private int busySlots;

    private int batchSlots;
    private int batchFirst;
    private int batchFirstFlags;

    private int[] unfinishedEntries = {};
    private int unfinishedNext;

    PackedVirtQueue(VringSetup setup) {
        super(setup);
        InflightLog given = setup.inflightLog();
        if (given != null && !(given instanceof PackedInflightLog)) {
            throw new RingException(queueIndex, -1, "in-flight log is not one for a packed queue");
        }
        packedLog = (PackedInflightLog) given;
        batchEntries = new int[size];
        rawAddresses = new long[size];
        rawWords = new long[size];
    }

    @Override
    void resolve(GuestMemory memory) {
        long ringBytes = (long) size * RingLayout.DESCRIPTOR_BYTES;
        MemorySegment newRing = area(memory, areas.descriptorArea(), ringBytes, RingLayout.DESCRIPTOR_ALIGNMENT);
        MemorySegment newDriver =
                area(memory, areas.driverArea(), RingLayout.EVENT_AREA_BYTES, RingLayout.USED_ALIGNMENT);
        deviceEvent = area(memory, areas.deviceArea(), RingLayout.EVENT_AREA_BYTES, RingLayout.USED_ALIGNMENT);
        ring = newRing;
        driverEvent = newDriver;
    }

    @Override
    void start(long base) {
        throw new UnsupportedOperationException();
    }

    @Override
    @Nullable
    DescriptorChain fetch() {
        throw new UnsupportedOperationException();
    }

    @Override
    DescriptorChain fetchUnfinished() {
        throw new UnsupportedOperationException();
    }

    @Override
    void writeUsed(DescriptorChain chain, int bytesWritten) {
        throw new UnsupportedOperationException();
    }

    @Override
    boolean publishBatch() {
        throw new UnsupportedOperationException();
    }

    @Override
    boolean armKicks() {
        throw new UnsupportedOperationException();
    }

    @Override
    void disarmKicks() {
        throw new UnsupportedOperationException();
    }

    @Override
    boolean peek() {
        throw new UnsupportedOperationException();
    }

    @Override
    public long base() {
        return 0;
    }

    @Override
    public int unfinished() {
        return unfinishedEntries.length - unfinishedNext;
    }
}
