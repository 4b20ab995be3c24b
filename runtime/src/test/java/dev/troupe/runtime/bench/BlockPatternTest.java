package dev.troupe.runtime.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.Test;

class BlockPatternTest {

    private static final int BLOCK_BYTES = 512;
    private static final long KEY = BlockPattern.key(1, 2, 3);

    private final MemorySegment memory = Arena.ofAuto().allocate(3 * BLOCK_BYTES);

    @Test
    void shouldFindItsOwnContentsAgainAtAnyPlace() {
        BlockPattern.fill(memory, 3, BLOCK_BYTES, KEY);
        assertThat(BlockPattern.mismatchAt(memory, 3, BLOCK_BYTES, KEY)).isEqualTo(-1);
    }

    @Test
    void shouldTellTheFirstOtherByteToItsWord() {
        BlockPattern.fill(memory, 0, BLOCK_BYTES, KEY);
        byte before = memory.get(ValueLayout.JAVA_BYTE, 301);
        memory.set(ValueLayout.JAVA_BYTE, 301, (byte) (before ^ 1));
        assertThat(BlockPattern.mismatchAt(memory, 0, BLOCK_BYTES, KEY)).isEqualTo(296);
    }

    @Test
    void shouldWriteNothingBeyondItsLength() {
        BlockPattern.fill(memory, BLOCK_BYTES, BLOCK_BYTES, KEY);
        assertThat(memory.asSlice(0, BLOCK_BYTES).toArray(ValueLayout.JAVA_BYTE))
                .containsOnly(0);
        assertThat(memory.asSlice(2 * BLOCK_BYTES, BLOCK_BYTES).toArray(ValueLayout.JAVA_BYTE))
                .containsOnly(0);
    }

    @Test
    void shouldDifferWhenRunBlockOrVersionDiffer() {
        BlockPattern.fill(memory, 0, BLOCK_BYTES, KEY);
        assertThat(BlockPattern.mismatchAt(memory, 0, BLOCK_BYTES, BlockPattern.key(9, 2, 3)))
                .isZero();
        assertThat(BlockPattern.mismatchAt(memory, 0, BLOCK_BYTES, BlockPattern.key(1, 9, 3)))
                .isZero();
        assertThat(BlockPattern.mismatchAt(memory, 0, BLOCK_BYTES, BlockPattern.key(1, 2, 9)))
                .isZero();
    }
}
