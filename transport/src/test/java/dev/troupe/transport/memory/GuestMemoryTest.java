package dev.troupe.transport.memory;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.troupe.transport.sys.Fd;
import dev.troupe.transport.sys.HostFile;
import dev.troupe.transport.sys.Mapping;
import dev.troupe.transport.sys.MemFd;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Regions, memory tables and the dirty log. */
class GuestMemoryTest {

    private final Arena arena = Arena.ofConfined();

    @AfterEach
    void close() {
        arena.close();
    }

    private MemoryRegion region(long guestAddress, long userAddress, long sizeBytes) {
        return MemoryRegion.over(guestAddress, userAddress, arena.allocate(sizeBytes));
    }

    @Test
    void shouldFindAddressesByBothMapsWhenTheirOrdersDiffer() {
        GuestMemory memory = GuestMemory.of(List.of(region(0x1000, 0x9000, 0x10), region(0x2000, 0x5000, 0x20)));
        assertThat(memory.guestRange(0x100f, 1).address())
                .isEqualTo(memory.userRange(0x900f, 1).address());
        assertThat(memory.userRange(0x5000, 0x20).byteSize()).isEqualTo(0x20);
        assertThat(memory.indexOfGuest(0x1010)).isEqualTo(-1);
        assertThat(memory.indexOfGuest(0xfff)).isEqualTo(-1);
        assertThat(memory.indexOfGuest(0x201f)).isEqualTo(1);
        assertThat(memory.indexOfGuest(-1)).isEqualTo(-1);
    }

    @ParameterizedTest
    @CsvSource({"4096,17", "4111,2", "4112,1", "0,1", "4096,-1", "-1,1", "4097,9223372036854775807"})
    void shouldRefuseRangesThatLeaveTheirRegion(long address, long lengthBytes) {
        GuestMemory memory = GuestMemory.of(List.of(region(0x1000, 0x1000, 16)));
        assertThatThrownBy(() -> memory.guestRange(address, lengthBytes)).isInstanceOf(MemoryAccessException.class);
        assertThatThrownBy(() -> memory.userRange(address, lengthBytes)).isInstanceOf(MemoryAccessException.class);
    }

    @Test
    void shouldRefuseRegionsThatOverlapInEitherMap() {
        MemoryRegion first = region(0x1000, 0x1000, 0x100);
        assertThatThrownBy(() -> GuestMemory.of(List.of(first, region(0x10ff, 0x5000, 1))))
                .hasMessageContaining("guest addresses");
        assertThatThrownBy(() -> GuestMemory.of(List.of(first, region(0x5000, 0x1080, 1))))
                .hasMessageContaining("user addresses");
        assertThat(GuestMemory.of(List.of(first, region(0x1100, 0x1100, 1))).regionCount())
                .isEqualTo(2);
    }

    @ParameterizedTest
    @CsvSource({"-1,0,0", "9223372036854775800,0,0", "0,-1,0", "0,9223372036854775800,0", "0,0,-1", "0,0,4000"})
    void shouldRefuseARegionThatWrapsOrLeavesItsFile(long guestAddress, long userAddress, long offset) {
        try (Fd fd = MemFd.create("memory", 4096, false)) {
            assertThatThrownBy(() -> MemoryRegion.map(guestAddress, 100, userAddress, fd, offset))
                    .isInstanceOf(MemoryAccessException.class);
            assertThatThrownBy(() -> MemoryRegion.map(0, 0, 0, fd, 0)).isInstanceOf(MemoryAccessException.class);
        }
    }

    @Test
    void shouldMapPartsOfAFileThatAreNoWholePages() {
        try (Fd fd = MemFd.create("memory", 10_000, false);
                Mapping whole = Mapping.map(fd, 0, 10_000, true)) {
            MemoryRegion region = MemoryRegion.map(0x1000, 777, 0x1000, fd, 5001);
            region.segment().set(ValueLayout.JAVA_BYTE, 776, (byte) 42);
            assertThat(whole.segment().get(ValueLayout.JAVA_BYTE, 5777)).isEqualTo((byte) 42);
            region.release();
            assertThatThrownBy(() -> region.segment().get(ValueLayout.JAVA_BYTE, 0))
                    .isInstanceOf(IllegalStateException.class);
            assertThatThrownBy(region::release).isInstanceOf(IllegalStateException.class);
            assertThatThrownBy(region::retain).isInstanceOf(IllegalStateException.class);
        }
    }

    @Test
    void shouldMapARegionLargerThanTwoGibibytes() {
        long size = 3L << 30;
        try (Fd fd = MemFd.create("large", size, false)) {
            MemoryRegion region = MemoryRegion.map(1L << 32, size, 1L << 40, fd, 0);
            GuestMemory memory = GuestMemory.of(List.of(region));
            region.release();
            memory.guestRange((1L << 32) + size - 1, 1).set(ValueLayout.JAVA_BYTE, 0, (byte) 7);
            assertThat(memory.guestRange(1L << 32, size).get(ValueLayout.JAVA_BYTE, size - 1))
                    .isEqualTo((byte) 7);
            memory.release();
            assertThat(region.isMapped()).isFalse();
        }
    }

    @Test
    void shouldKeepARegionWhileAnySnapshotHoldsIt() {
        MemoryRegion first = region(0x1000, 0x1000, 16);
        MemoryRegion second = region(0x2000, 0x2000, 16);
        GuestMemory one = GuestMemory.of(List.of(first));
        first.release();
        GuestMemory two = one.with(second);
        second.release();
        one.release();
        assertThat(first.isMapped()).isTrue();
        assertThatThrownBy(() -> two.without(0x1000, 0x1000, 17)).isInstanceOf(MemoryAccessException.class);
        GuestMemory three = two.without(0x1000, 0x1000, 16);
        two.release();
        assertThat(first.isMapped()).isFalse();
        assertThat(three.regions()).containsExactly(second);
        three.release();
        assertThat(second.isMapped()).isFalse();
    }

    @Test
    void shouldCopyAcrossAdjacentRegionsAndRefuseHoles() {
        GuestMemory memory = GuestMemory.of(List.of(region(0x1000, 0x1000, 16), region(0x1010, 0x8000, 16)));
        memory.guestRange(0x100f, 1).fill((byte) 1);
        memory.guestRange(0x1010, 1).fill((byte) 2);
        MemorySegment copy = MemorySegment.ofArray(new byte[2]);
        memory.copyFromGuest(0x100f, copy);
        assertThat(copy.toArray(ValueLayout.JAVA_BYTE)).containsExactly(1, 2);
        assertThatThrownBy(() -> memory.copyFromGuest(0x101f, copy)).isInstanceOf(MemoryAccessException.class);
    }

    @Test
    void shouldSetOneBitAPageAndDropWhatIsBeyondTheLog() {
        try (Fd fd = MemFd.create("log", 4096, false);
                Mapping bytes = Mapping.map(fd, 0, 4096, true);
                DirtyLog log = DirtyLog.map(fd, 8, 9)) {
            assertThat(log.pages()).isEqualTo(72);
            log.mark(0, 1);
            log.mark(4095, 2);
            log.mark(31 * 4096, 34 * 4096);
            log.mark(71 * 4096, 4096);
            assertThat(log.droppedMarks()).isZero();
            assertThat(bytes.segment().asSlice(8, 9).toArray(ValueLayout.JAVA_BYTE))
                    .containsExactly(3, 0, 0, 0x80, 0xff, 0xff, 0xff, 0xff, 0x81);
            log.mark(72 * 4096, 1);
            log.mark(-1, 1);
            log.mark(Long.MAX_VALUE, 2);
            log.mark(0, 0);
            assertThat(log.droppedMarks()).isEqualTo(3);
            assertThat(bytes.segment().get(ValueLayout.JAVA_BYTE, 17)).isZero();
        }
    }

    @ParameterizedTest
    @CsvSource({"0,0", "0,-1", "2,8", "-4,8", "0,4097", "4096,1", "9223372036854775804,8", "0,9223372036854775807"})
    void shouldRefuseALogThatWrapsOrLeavesItsFile(long offset, long sizeBytes) {
        try (Fd fd = MemFd.create("log", 4096, false)) {
            assertThatThrownBy(() -> DirtyLog.map(fd, offset, sizeBytes)).isInstanceOf(MemoryAccessException.class);
        }
    }

    @Test
    void shouldTellLostMemoryFromOtherErrorsWhenAFileIsTruncated() {
        try (Fd fd = MemFd.create("memory", 8192, false)) {
            MemoryRegion region = MemoryRegion.map(0, 8192, 0, fd, 0);
            HostFile.truncate(fd, 0);
            assertThatThrownBy(() -> region.segment().get(ValueLayout.JAVA_BYTE, 4096))
                    .matches(MemoryLostException::isMemoryLoss);
            assertThat(MemoryLostException.isMemoryLoss(new InternalError("other")))
                    .isFalse();
            InternalError other = new InternalError("other");
            assertThatThrownBy(() -> MemoryLostException.rethrow(other)).isSameAs(other);
            region.release();
        }
    }
}
