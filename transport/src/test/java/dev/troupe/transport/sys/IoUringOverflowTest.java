package dev.troupe.transport.sys;

import static org.assertj.core.api.Assertions.assertThat;

import dev.troupe.transport.testing.LeakCheck;
import java.util.HashSet;
import java.util.Set;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** More completions than the completion queue has room for. */
@ExtendWith(LeakCheck.class)
class IoUringOverflowTest {

    private static final int ENTRIES = 8;
    private static final int ROUNDS = 20;
    private static final long NOBODY = Long.MAX_VALUE;

    @Test
    void shouldBringEveryCompletionOnceWhenTheKernelHasToHoldSomeBack() {
        try (IoUring ring = IoUring.create(ENTRIES, ENTRIES)) {
            Set<Long> seen = new HashSet<>();
            long asked = 0;
            boolean heldBack = false;
            for (int round = 0; round < ROUNDS; round++) {
                while (ring.hasRoom()) {
                    // Nothing has this number, so the kernel answers at once.
                    ring.prepCancel(NOBODY, false, asked++);
                }
                ring.enter(0);
                heldBack |= ring.wantsEnter();
            }
            assertThat(heldBack).isTrue();
            assertThat(asked).isGreaterThan(2L * ENTRIES);
            for (int i = 0; seen.size() < asked && i < 10 * ROUNDS * ENTRIES; i++) {
                ring.enter(0);
                ring.reap(3, (userData, result, _) -> {
                    assertThat(result).isEqualTo(-Errno.ENOENT);
                    assertThat(seen.add(userData))
                            .as("completion %s for the first time", userData)
                            .isTrue();
                });
            }
            assertThat(seen).hasSize((int) asked);
            assertThat(ring.wantsEnter()).isFalse();
            assertThat(ring.completions()).isZero();
        }
    }
}
