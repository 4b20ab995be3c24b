package dev.troupe.runtime.bench;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import org.junit.jupiter.api.Test;

class DiskRangeTest {

    private static final int SECTOR = 512;

    private static BenchPlan verifying() {
        return new BenchPlan(
                Path.of("x.sock"),
                Aim.FIRST,
                1,
                1,
                SECTOR,
                new Mix(true, 50),
                new RingWishes(false, Optional.empty(), Optional.empty()),
                Duration.ofSeconds(1),
                Duration.ZERO,
                List.of(),
                false,
                0,
                true,
                Duration.ofSeconds(1));
    }

    @Test
    void shouldVerifyOnlyAsManyBlocksAsTheLaunchersHeapHasRoomFor() throws Exception {
        long most = 1L << 24;
        assertThat(DiskRange.of(verifying(), most * SECTOR, SECTOR).blocks()).isEqualTo(most);
        assertThatThrownBy(() -> DiskRange.of(verifying(), (most + 1) * SECTOR, SECTOR))
                .hasMessageContaining("use a smaller --size");
    }
}
