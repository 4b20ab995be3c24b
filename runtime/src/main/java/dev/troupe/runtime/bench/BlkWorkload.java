package dev.troupe.runtime.bench;

import dev.troupe.devices.blk.BlkWire;
import dev.troupe.transport.frontend.BufferList;
import dev.troupe.transport.frontend.GuestMemoryFile;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Requests to a block device ({@link BlkWire}): a header, the data, one byte of status. Each queue has blocks of its own, so that what it reads back is what it wrote.
 *
 * <p>With verification no two requests for one block are under way at once, and every block's version is known: 0 while its
 * contents are not.
 */
final class BlkWorkload implements Workload {

    /** Data starts at a page, as a guest's does. */
    static final long PAGE_BYTES = 4096;

    private static final byte NO_STATUS = (byte) 0xff;

    /** Header and status of a slot, in cache lines of their own: header at 0, status at 64. */
    private static final int CONTROL_BYTES = 128;

    private static final int STATUS_OFFSET = 64;
    private static final int HUNDRED = 100;

    private final Area area;
    private final Mix mix;
    private final int blockBytes;
    private final int segmentBytes;
    private final boolean verify;
    private final long runKey;
    private final long controlAddress;
    private final long dataAddress;
    private final long dataStride;
    private final MemorySegment control;
    private final MemorySegment data;
    private final long[] blockOf;
    private final boolean[] writeOf;
    private final int[] versions;
    private final boolean[] busy;
    private long random;
    private long nextBlock;
    private boolean readingBack;
    private long verified;
    private long mismatches;
    private String firstProblem = "";

    /**
     * The blocks of one queue.
     *
     * @param firstBlock the first one
     * @param blocks how many, at least 1
     */
    record Area(long firstBlock, long blocks) {}

    /**
     * Lays out slots in guest memory.
     *
     * @param memory with room for {@link #memoryBytes}
     * @param plan what is wanted
     * @param area this queue's blocks
     * @param segmentBytes the longest data buffer
     * @param seed makes random places and contents different from another queue's and another run's
     */
    BlkWorkload(GuestMemoryFile memory, BenchPlan plan, Area area, int segmentBytes, long seed) {
        this.area = area;
        this.mix = plan.mix();
        this.blockBytes = plan.blockBytes();
        this.segmentBytes = segmentBytes;
        this.verify = plan.verify();
        this.runKey = BlockPattern.mix(seed);
        this.random = runKey;
        int slots = plan.depth();
        dataStride = Math.ceilDiv(blockBytes, PAGE_BYTES) * PAGE_BYTES;
        controlAddress = memory.allocate((long) slots * CONTROL_BYTES, PAGE_BYTES);
        control = memory.segment(controlAddress, (long) slots * CONTROL_BYTES);
        dataAddress = memory.allocate(slots * dataStride, PAGE_BYTES);
        data = memory.segment(dataAddress, slots * dataStride);
        blockOf = new long[slots];
        writeOf = new boolean[slots];
        int tracked = verify ? Math.toIntExact(area.blocks()) : 0;
        versions = new int[tracked];
        busy = new boolean[tracked];
        for (int slot = 0; slot < slots; slot++) {
            BlockPattern.fill(data, slot * dataStride, blockBytes, BlockPattern.key(seed, slot, 0));
        }
    }

    /** How much guest memory it takes. */
    static long memoryBytes(int slots, int blockBytes) {
        long stride = Math.ceilDiv(blockBytes, PAGE_BYTES) * PAGE_BYTES;
        return slots * (stride + CONTROL_BYTES) + 2 * PAGE_BYTES;
    }

    /** How many buffers a request has. */
    static int buffers(int blockBytes, int segmentBytes) {
        return 2 + Math.ceilDiv(blockBytes, segmentBytes);
    }

    @Override
    public int buffersPerRequest() {
        return buffers(blockBytes, segmentBytes);
    }

    @Override
    public boolean hasNext() {
        while (readingBack && nextBlock < versions.length && versions[(int) nextBlock] == 0) {
            nextBlock++;
        }
        return !readingBack || nextBlock < versions.length;
    }

    @Override
    public void prepare(int slot, BufferList into) {
        boolean write = !readingBack && mix.writes() && nextPercent() >= mix.readPercent();
        long block = readingBack ? nextBlock++ : chooseBlock();
        blockOf[slot] = block;
        writeOf[slot] = write;
        if (verify) {
            claim(slot, block, write);
        }
        long at = (long) slot * CONTROL_BYTES;
        BlkWire.putHeader(
                control,
                at,
                write ? BlkWire.VIRTIO_BLK_T_OUT : BlkWire.VIRTIO_BLK_T_IN,
                (area.firstBlock() + block) * (blockBytes / BlkWire.SECTOR_BYTES));
        control.set(ValueLayout.JAVA_BYTE, at + STATUS_OFFSET, NO_STATUS);
        into.readable(controlAddress + at, BlkWire.HEADER_SIZE);
        long address = dataAddress + slot * dataStride;
        for (int done = 0; done < blockBytes; ) {
            int length = Math.min(segmentBytes, blockBytes - done);
            if (write) {
                into.readable(address + done, length);
            } else {
                into.writable(address + done, length);
            }
            done += length;
        }
        into.writable(controlAddress + at + STATUS_OFFSET, 1);
    }

    private void claim(int slot, long block, boolean write) {
        busy[(int) block] = true;
        if (write) {
            int version = ++versions[(int) block];
            long key = BlockPattern.key(runKey, area.firstBlock() + block, version);
            BlockPattern.fill(data, slot * dataStride, blockBytes, key);
        }
    }

    /** The next place; with verification the first one from there on that no request is under way for. */
    private long chooseBlock() {
        long block = nextBlock;
        if (mix.random()) {
            block = Math.unsignedMultiplyHigh(nextRandom(), area.blocks());
        }
        while (verify && busy[(int) block]) {
            block = block + 1 == area.blocks() ? 0 : block + 1;
        }
        nextBlock = block + 1 == area.blocks() ? 0 : block + 1;
        return block;
    }

    private int nextPercent() {
        return (int) Math.unsignedMultiplyHigh(nextRandom(), HUNDRED);
    }

    private long nextRandom() {
        random += 0x9e37_79b9_7f4a_7c15L;
        return BlockPattern.mix(random);
    }

    @Override
    public long finish(int slot, long usedLengthBytes) {
        byte status = control.get(ValueLayout.JAVA_BYTE, (long) slot * CONTROL_BYTES + STATUS_OFFSET);
        boolean fine = status == BlkWire.VIRTIO_BLK_S_OK;
        if (verify) {
            check(slot, fine);
        }
        if (!fine) {
            note(slot, "came back with status " + (status & 0xff));
            return -1;
        }
        return blockBytes;
    }

    private void check(int slot, boolean fine) {
        int block = (int) blockOf[slot];
        busy[block] = false;
        if (writeOf[slot]) {
            if (!fine) {
                versions[block] = 0;
            }
            return;
        }
        if (!fine || versions[block] == 0) {
            return;
        }
        long key = BlockPattern.key(runKey, area.firstBlock() + block, versions[block]);
        int mismatchAt = BlockPattern.mismatchAt(data, slot * dataStride, blockBytes, key);
        if (mismatchAt < 0) {
            verified++;
        } else {
            mismatches++;
            note(slot, "has other data than was written, from byte " + mismatchAt + " on");
        }
    }

    private void note(int slot, String what) {
        if (firstProblem.isEmpty()) {
            firstProblem = (writeOf[slot] ? "write" : "read") + " of " + blockBytes + " bytes at "
                    + (area.firstBlock() + blockOf[slot]) * blockBytes + " " + what;
        }
    }

    @Override
    public boolean beginReadBack() {
        readingBack = true;
        nextBlock = 0;
        return hasNext();
    }

    @Override
    public long verified() {
        return verified;
    }

    @Override
    public long mismatches() {
        return mismatches;
    }

    @Override
    public String firstProblem() {
        return firstProblem;
    }
}
