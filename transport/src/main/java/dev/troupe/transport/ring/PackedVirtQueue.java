package dev.troupe.transport.ring;

import dev.troupe.transport.memory.DirtyLog;
import dev.troupe.transport.memory.GuestMemory;
import java.lang.foreign.MemorySegment;
import java.lang.invoke.VarHandle;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** The device's side of a packed virtqueue (Virtual I/O Device 1.4, section 2.8). */
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

    /** Where the ring and the device event suppression area lie in the guest, for the dirty log. */
    private long ringGuestAddress;

    private long eventGuestAddress;

    private int availPosition;
    private boolean availWrap = true;
    private int usedPosition;
    private boolean usedWrap = true;

    /** Slots of requests taken and not yet published; the driver cannot have offered these again. */
    private int busySlots;

    private int batchSlots;
    private int batchFirst;
    private int batchFirstFlags;

    private boolean kicksSuppressed;
    private int[] unfinishedEntries = {};
    private int unfinishedNext;

    PackedVirtQueue(VringSetup setup) {
        super(setup);
        packedLog = (PackedInflightLog) setup.inflightLog();
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
        ringGuestAddress = memory.guestAddressOf(areas.descriptorArea());
        eventGuestAddress = memory.guestAddressOf(areas.deviceArea());
    }

    @Override
    void start(long base) {
        boolean logged = packedLog != null && !packedLog.isFresh();
        if (packedLog != null && logged) {
            unfinishedEntries = packedLog.recover(queueIndex, size, ring);
        }
        // A packed ring does not hold its positions, so after a crash a front end only knows those of an earlier start.
        if (logged || base == VringSetup.BASE_FROM_RING) {
            startFromLog();
        } else {
            startFromBase(base);
        }
        writeKickRequest();
    }

    private void startFromBase(long base) {
        if (base < 0 || base > U32) {
            throw broken(-1, "vring base " + base + " is not two 16-bit positions");
        }
        setAvail((int) base & U16);
        setUsed((int) (base >>> 16) & U16);
        if (availPosition >= size || usedPosition >= size) {
            throw broken(-1, "vring base 0x%x is beyond the ring".formatted(base));
        }
        if (packedLog != null) {
            packedLog.begin((int) (base >>> 16) & U16);
        }
    }

    private void startFromLog() {
        if (packedLog == null || packedLog.isFresh()) {
            throw broken(-1, "a packed queue without an in-flight log cannot tell where it stopped");
        }
        for (int entry : unfinishedEntries) {
            claimUnfinished(packedLog.bufferId(entry), packedLog.chainLength(entry));
        }
        setUsed(packedLog.usedPosition());
        setAvail(packedLog.usedPosition());
        clearStaleUsed();
    }

    private void claimUnfinished(int id, int slots) {
        // Guest-controlled: a front end may hand back any contents.
        if (id >= size || taken[id]) {
            throw broken(id, "in-flight log has an impossible buffer id");
        }
        taken[id] = true;
        busySlots += slots;
        if (busySlots > size) {
            throw broken(id, "in-flight log holds more descriptors than the ring");
        }
    }

    /**
     * Moves the avail position behind the unfinished requests. A dead queue may have written used elements that it never
     * made visible, behind the first of a batch; the driver would find them once it gets there, so they are taken back.
     */
    private void clearStaleUsed() {
        for (int i = 0; i < busySlots; i++) {
            long at = flagsOffset(availPosition);
            int flags = ring.get(RingLayout.SHORT_ALIGNED, at);
            if ((flags & USED_BITS) == (availWrap ? USED_BITS : 0)) {
                ring.set(RingLayout.SHORT_ALIGNED, at, (short)
                        (availWrap ? RingLayout.FLAG_AVAIL : RingLayout.FLAG_USED));
                logRing(availPosition);
            }
            advanceAvail(1);
        }
    }

    private void setAvail(int position) {
        availPosition = position & RingLayout.POSITION_MASK;
        availWrap = position >>> RingLayout.WRAP_BIT != 0;
    }

    private void setUsed(int position) {
        usedPosition = position & RingLayout.POSITION_MASK;
        usedWrap = position >>> RingLayout.WRAP_BIT != 0;
    }

    private void advanceAvail(int slots) {
        availPosition += slots;
        if (availPosition >= size) {
            availPosition -= size;
            availWrap = !availWrap;
        }
    }

    private void advanceUsed(int slots) {
        usedPosition += slots;
        if (usedPosition >= size) {
            usedPosition -= size;
            usedWrap = !usedWrap;
        }
    }

    private static int packPosition(int position, boolean wrap) {
        return position | (wrap ? 1 << RingLayout.WRAP_BIT : 0);
    }

    private static long flagsOffset(int position) {
        return (long) position * RingLayout.DESCRIPTOR_BYTES + RingLayout.PACKED_FLAGS_OFFSET;
    }

    @Override
    @Nullable
    DescriptorChain fetch() {
        if (busySlots == size) {
            return null;
        }
        int flags = availableFlags();
        if (flags < 0) {
            return null;
        }
        int count = readChain(flags);
        // Guest-controlled: the buffer id is an index into what we remember.
        int id = (int) (rawWords[count - 1] >>> 32) & U16;
        if (id >= size) {
            throw broken(id, "buffer id is beyond the ring");
        }
        if (taken[id]) {
            throw broken(id, "buffer id is made available twice");
        }
        DescriptorChain chain = interpret(begin(id), count);
        if (packedLog != null) {
            chain.logEntry = packedLog.fetched(rawAddresses, rawWords, count);
        }
        advanceAvail(count);
        busySlots += count;
        return accept(chain);
    }

    @Override
    DescriptorChain fetchUnfinished() {
        PackedInflightLog log = Objects.requireNonNull(packedLog);
        int entry = unfinishedEntries[unfinishedNext];
        int count = log.copyChain(entry, rawAddresses, rawWords);
        DescriptorChain chain = interpret(begin(log.bufferId(entry)), count);
        chain.logEntry = entry;
        chain.resubmitted = true;
        unfinishedNext++;
        return accept(chain);
    }

    /** The flags of the next descriptor if it is available, or -1. */
    private int availableFlags() {
        // Ordering: pairs with the driver's release of the flags; the rest of the chain is read after them.
        int flags = (short) RingLayout.ACQUIRED_SHORT.getAcquire(ring, flagsOffset(availPosition)) & U16;
        boolean avail = (flags & RingLayout.FLAG_AVAIL) != 0;
        boolean used = (flags & RingLayout.FLAG_USED) != 0;
        return avail == availWrap && used != availWrap ? flags : -1;
    }

    /** Copies a chain's descriptors out of the ring, each once. */
    private int readChain(int firstFlags) {
        int limit = size - busySlots;
        int position = availPosition;
        int flags = firstFlags;
        for (int count = 0; count < limit; count++) {
            long at = (long) position * RingLayout.DESCRIPTOR_BYTES;
            long word = ring.get(RingLayout.LONG, at + RingLayout.DESCRIPTOR_WORD_OFFSET);
            if (count == 0) {
                // The flags that said "available" are the ones that count; the guest may have changed them since.
                word = (word & 0xffff_ffff_ffffL) | (long) flags << 48;
            }
            flags = (int) (word >>> 48);
            rawAddresses[count] = ring.get(RingLayout.LONG, at);
            rawWords[count] = word;
            if ((flags & RingLayout.FLAG_NEXT) == 0) {
                return count + 1;
            }
            position = position + 1 == size ? 0 : position + 1;
        }
        throw broken(-1, "descriptor chain at %d is longer than the free part of the ring".formatted(availPosition));
    }

    private DescriptorChain interpret(DescriptorChain chain, int count) {
        chain.slots = count;
        for (int i = 0; i < count; i++) {
            long word = rawWords[i];
            int flags = (int) (word >>> 48);
            if ((flags & RingLayout.FLAG_INDIRECT) == 0) {
                chain.append(rawAddresses[i], word & U32, (flags & RingLayout.FLAG_WRITE) != 0);
            } else if (count > 1) {
                throw broken(chain.head, "indirect descriptor inside a chain");
            } else {
                interpretIndirect(chain, rawAddresses[i], word & U32);
            }
        }
        return chain;
    }

    private void interpretIndirect(DescriptorChain chain, long tableAddress, long lengthBytes) {
        if (!features.indirect()) {
            throw broken(chain.head, "indirect descriptor, but indirect descriptors were not negotiated");
        }
        String fault = table.open(hold.memory, tableAddress, lengthBytes);
        if (!fault.isEmpty()) {
            throw broken(chain.head, fault);
        }
        int entries = (int) (lengthBytes / RingLayout.DESCRIPTOR_BYTES);
        for (int i = 0; i < entries; i++) {
            readEntry(chain.head, i);
            int flags = (int) (table.word >>> 48);
            if ((flags & RingLayout.FLAG_INDIRECT) != 0) {
                throw broken(chain.head, "indirect descriptor inside an indirect table");
            }
            chain.append(table.address, table.word & U32, (flags & RingLayout.FLAG_WRITE) != 0);
        }
    }

    @Override
    void writeUsed(DescriptorChain chain, int bytesWritten) {
        int flags = (usedWrap ? USED_BITS : 0) | (bytesWritten != 0 ? RingLayout.FLAG_WRITE : 0);
        long at = (long) usedPosition * RingLayout.DESCRIPTOR_BYTES;
        long word = (bytesWritten & U32) | (long) chain.head << 32;
        if (batchCount == 0) {
            // The driver looks at this one first: its flags are written when the batch is published, and show all of
            // it.
            batchFirst = usedPosition;
            batchFirstFlags = flags;
            ring.set(RingLayout.INT, at + RingLayout.DESCRIPTOR_WORD_OFFSET, bytesWritten);
            ring.set(RingLayout.SHORT, at + RingLayout.PACKED_ID_OFFSET, (short) chain.head);
        } else {
            ring.set(RingLayout.LONG, at + RingLayout.DESCRIPTOR_WORD_OFFSET, word | (long) flags << 48);
        }
        logRing(usedPosition);
        batch[batchCount] = chain.head;
        batchEntries[batchCount] = chain.logEntry;
        batchCount++;
        batchSlots += chain.slots;
        advanceUsed(chain.slots);
    }

    @Override
    boolean publishBatch() {
        int position = packPosition(usedPosition, usedWrap);
        if (packedLog != null) {
            packedLog.beforePublish(batchEntries, batchCount, position);
        }
        // Ordering: pairs with the driver's acquire of the first used element's flags; all else comes before them.
        VarHandle.releaseFence();
        ring.set(RingLayout.SHORT_ALIGNED, flagsOffset(batchFirst), (short) batchFirstFlags);
        logRing(batchFirst);
        if (packedLog != null) {
            packedLog.afterPublish(batchEntries, batchCount, position);
        }
        int slots = batchSlots;
        busySlots -= slots;
        batchSlots = 0;
        // Ordering: pairs with the driver's fence between writing its event area and reading used flags.
        VarHandle.fullFence();
        return wantsCall(driverEvent.get(RingLayout.INT_ALIGNED, 0), slots);
    }

    private boolean wantsCall(int event, int publishedSlots) {
        int flags = event >>> 16 & 3;
        if (flags != RingLayout.EVENT_DESCRIPTOR || !features.eventIdx()) {
            return flags != RingLayout.EVENT_DISABLE;
        }
        int wanted = event & RingLayout.POSITION_MASK;
        if (wanted >= size) {
            return true;
        }
        boolean wantedWrap = (event >>> RingLayout.WRAP_BIT & 1) != 0;
        int relative = wantedWrap == usedWrap ? wanted : wanted - size;
        return relative < usedPosition && relative >= usedPosition - publishedSlots;
    }

    @Override
    boolean armKicks() {
        writeKickRequest();
        // Ordering: pairs with the driver's fence between writing flags and reading the device event area.
        VarHandle.fullFence();
        return peek();
    }

    private void writeKickRequest() {
        int request = RingLayout.EVENT_ENABLE << 16;
        if (features.eventIdx()) {
            request = packPosition(availPosition, availWrap) | RingLayout.EVENT_DESCRIPTOR << 16;
        }
        deviceEvent.set(RingLayout.INT_ALIGNED, 0, request);
        logEvent();
        kicksSuppressed = false;
    }

    @Override
    void disarmKicks() {
        if (!kicksSuppressed) {
            deviceEvent.set(RingLayout.INT_ALIGNED, 0, RingLayout.EVENT_DISABLE << 16);
            logEvent();
            kicksSuppressed = true;
        }
    }

    @Override
    boolean peek() {
        return busySlots < size && availableFlags() >= 0;
    }

    /**
     * A front end gives one log address a ring, that of what it calls the used ring: here the device event suppression
     * area (QEMU). The ring itself is recorded where it lies in the guest.
     */
    private void logRing(int position) {
        DirtyLog dirty = dirtyLog;
        if (dirty != null) {
            dirty.mark(ringGuestAddress + (long) position * RingLayout.DESCRIPTOR_BYTES, RingLayout.DESCRIPTOR_BYTES);
        }
    }

    private void logEvent() {
        DirtyLog dirty = dirtyLog;
        if (dirty != null) {
            dirty.mark(eventGuestAddress, Integer.BYTES);
            if (usedLogAddress != VringSetup.NO_LOG_ADDRESS) {
                dirty.mark(usedLogAddress, Integer.BYTES);
            }
        }
    }

    @Override
    public long base() {
        return packPosition(availPosition, availWrap) | (long) packPosition(usedPosition, usedWrap) << 16;
    }

    @Override
    public int unfinished() {
        return unfinishedEntries.length - unfinishedNext;
    }
}
