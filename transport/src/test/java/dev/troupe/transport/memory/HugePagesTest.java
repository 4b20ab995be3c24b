package dev.troupe.transport.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.troupe.transport.sys.Fd;
import dev.troupe.transport.sys.MemFd;
import dev.troupe.transport.testing.LeakCheck;
import dev.troupe.transport.testing.RootOnly;
import dev.troupe.transport.testing.RootRights;
import java.io.IOException;
import java.lang.foreign.ValueLayout;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

/** Guest memory in huge pages, as QEMU's memory-backend-memfd with hugetlb=on has it. */
@RootOnly
@ExtendWith(LeakCheck.class)
class HugePagesTest {

    private static final long PAGE_BYTES = 2L << 20;
    private static final int PAGES = 4;
    private static final Path POOL = Path.of("/sys/kernel/mm/hugepages/hugepages-2048kB/nr_hugepages");

    private static String before = "";

    @BeforeAll
    static void reservePages() throws IOException {
        if (!Files.isWritable(POOL)) {
            throw RootRights.cannot("there is no pool of huge pages of 2 MiB");
        }
        before = Files.readString(POOL).strip();
        long wanted = Long.parseLong(before) + PAGES;
        Files.writeString(POOL, String.valueOf(wanted));
        if (Long.parseLong(Files.readString(POOL).strip()) < wanted) {
            Files.writeString(POOL, before);
            throw RootRights.cannot("the kernel has no " + PAGES + " huge pages to give");
        }
    }

    @AfterAll
    static void givePagesBack() throws IOException {
        if (!before.isEmpty()) {
            Files.writeString(POOL, before);
        }
    }

    @Test
    void shouldMapRegionsOfAHugePageFileWhereverTheyBegin() {
        try (Fd file = MemFd.createHuge("huge", PAGES * PAGE_BYTES, false, PAGE_BYTES)) {
            MemoryRegion whole = MemoryRegion.map(0, PAGES * PAGE_BYTES, 0x1000_0000, file, 0);
            // QEMU splits its memory around holes, at any 4 KiB.
            MemoryRegion part = MemoryRegion.map(0x1_0000_0000L, PAGE_BYTES, 0x7000_0000, file, PAGE_BYTES + 4096);
            whole.segment().set(ValueLayout.JAVA_LONG, PAGE_BYTES + 4096, 0x1234_5678_9abc_def0L);
            assertThat(part.segment().get(ValueLayout.JAVA_LONG, 0)).isEqualTo(0x1234_5678_9abc_def0L);
            part.segment().set(ValueLayout.JAVA_BYTE, PAGE_BYTES - 1, (byte) 7);
            assertThat(whole.segment().get(ValueLayout.JAVA_BYTE, 2 * PAGE_BYTES + 4095))
                    .isEqualTo((byte) 7);
            whole.release();
            part.release();
        }
    }

    @Test
    void shouldRefuseARegionWhenItReachesBeyondItsHugePageFile() {
        try (Fd file = MemFd.createHuge("huge", PAGE_BYTES, false, PAGE_BYTES)) {
            assertThatThrownBy(() -> MemoryRegion.map(0, PAGE_BYTES, 0x1000_0000, file, 4096))
                    .isInstanceOf(MemoryAccessException.class)
                    .hasMessageContaining("beyond its file");
        }
    }
}
