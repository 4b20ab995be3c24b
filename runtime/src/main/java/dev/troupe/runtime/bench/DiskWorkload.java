package dev.troupe.runtime.bench;

import dev.troupe.actors.device.Quantities;
import dev.troupe.transport.frontend.BufferList;
import dev.troupe.transport.frontend.GuestMemoryFile;
import java.lang.foreign.MemorySegment;

/**
 * Reads and writes of a disk, in the format of its type. Each queue has blocks of its own, so that what it reads back is what it
 * wrote.
 *
 * <p>With verification no two requests for one block are under way at once, and every block's version is known: 0 while its
 * contents are not.
 */
final class DiskWorkload implements Workload {

    /** Data starts at a page, as a guest's does. */
    static final long PAGE_BYTES = 4096;

    private static final int HUNDRED = 100;

    private final DiskFormat format;
    private final DiskRange area;
    private final Mix mix;
    private final int blockBytes;
    private final boolean verify;
    private final long runKey;
    private final int controlBytes;
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
     * Lays out slots in guest memory.
     *
     * @param memory with room for {@link #memoryBytes}
     * @param plan what is wanted
     * @param format how requests look
     * @param area this queue's blocks
     * @param seed makes random places and contents different from another queue's and another run's
     */
    DiskWorkload(GuestMemoryFile memory, BenchPlan plan, DiskFormat format, DiskRange area, long seed) {
        this.format = format;
        this.area = area;
        this.mix = plan.mix();
        this.blockBytes = plan.blockBytes();
        this.verify = plan.verify();
        this.runKey = BlockPattern.mix(seed);
        this.random = runKey;
        int slots = plan.depth();
        dataStride = Math.ceilDiv(blockBytes, PAGE_BYTES) * PAGE_BYTES;
        controlBytes = format.controlBytes();
        controlAddress = memory.allocate((long) slots * controlBytes, PAGE_BYTES);
        control = memory.segment(controlAddress, (long) slots * controlBytes);
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

    /** What a plan's requests are, for people. */
    static String title(BenchPlan plan) {
        return plan.mix() + " of " + Quantities.formatBytes(plan.blockBytes());
    }

    /** How much guest memory it takes. */
    static long memoryBytes(BenchPlan plan, DiskFormat format) {
        long stride = Math.ceilDiv(plan.blockBytes(), PAGE_BYTES) * PAGE_BYTES;
        return plan.depth() * (stride + format.controlBytes()) + 2 * PAGE_BYTES;
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
        long at = (long) slot * controlBytes;
        format.put(control, at, write, (area.firstBlock() + block) * blockBytes);
        format.list(controlAddress + at, dataAddress + slot * dataStride, write, into);
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
        long at = (long) slot * controlBytes;
        boolean fine = format.isGood(control, at);
        if (verify) {
            check(slot, fine);
        }
        if (!fine) {
            note(slot, format.failure(control, at));
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
