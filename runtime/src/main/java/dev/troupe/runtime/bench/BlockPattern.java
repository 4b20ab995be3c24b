package dev.troupe.runtime.bench;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * Contents that tell where and when they were written: every 8 bytes follow from the block's number, from how often it was
 * written, and from the run. So data from another place, from an earlier write or from half a write is told apart. Any thread.
 */
final class BlockPattern {

    private static final ValueLayout.OfLong WORD = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final long STEP = 0x9e37_79b9_7f4a_7c15L;
    private static final long VERSION_FACTOR = 0xd6e8_feb8_6659_fd93L;

    private BlockPattern() {}

    /** The key of one version of one block, for {@link #fill} and {@link #mismatchAt}. */
    static long key(long run, long block, int version) {
        return mix(mix(run + STEP * block) ^ VERSION_FACTOR * version);
    }

    /**
     * Writes the contents.
     *
     * @param memory where
     * @param at the first byte
     * @param lengthBytes how many, a multiple of 8
     * @param key which contents
     */
    static void fill(MemorySegment memory, long at, int lengthBytes, long key) {
        long word = key;
        for (int i = 0; i < lengthBytes; i += Long.BYTES) {
            word += STEP;
            memory.set(WORD, at + i, mix(word));
        }
    }

    /**
     * Looks for the contents.
     *
     * @return the offset of the first 8 bytes that are others, or -1
     */
    static int mismatchAt(MemorySegment memory, long at, int lengthBytes, long key) {
        long word = key;
        for (int i = 0; i < lengthBytes; i += Long.BYTES) {
            word += STEP;
            if (memory.get(WORD, at + i) != mix(word)) {
                return i;
            }
        }
        return -1;
    }

    /** Spreads the bits of a number over all 64 (a bijection). */
    static long mix(long value) {
        long z = value;
        z = (z ^ z >>> 30) * 0xbf58_476d_1ce4_e5b9L;
        z = (z ^ z >>> 27) * 0x94d0_49bb_1331_11ebL;
        return z ^ z >>> 31;
    }
}
