package dev.troupe.transport.sys;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.troupe.transport.testing.LeakCheck;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;

@ExtendWith(LeakCheck.class)
class MemoryFileTest {
    @Test
    void shouldShareBytesBetweenTwoMappingsOfOneFile() {
        try (Fd fd = MemFd.create("test", 8192, false);
                Mapping first = Mapping.map(fd, 0, 8192, true);
                Mapping second = Mapping.map(fd, 4000, 200, false)) {
            first.segment().set(ValueLayout.JAVA_INT_UNALIGNED, 4001, 0x01020304);
            assertThat(second.segment().get(ValueLayout.JAVA_INT_UNALIGNED, 1)).isEqualTo(0x01020304);
            assertThat(second.length()).isEqualTo(200);
        }
    }

    @Test
    void shouldThrowWhenUsedAfterClosing() {
        try (Fd fd = MemFd.create("test", 4096, false)) {
            Mapping mapping = Mapping.map(fd, 0, 4096, true);
            MemorySegment segment = mapping.segment();
            mapping.close();
            mapping.close();
            assertThat(mapping.isOpen()).isFalse();
            assertThatThrownBy(() -> segment.get(ValueLayout.JAVA_BYTE, 0)).isInstanceOf(IllegalStateException.class);
        }
    }

    @Test
    void shouldRefuseRangesThatOverflow() {
        try (Fd fd = MemFd.create("test", 4096, false)) {
            assertThatThrownBy(() -> Mapping.map(fd, Long.MAX_VALUE, 1, true))
                    .isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> Mapping.map(fd, 0, 0, true)).isInstanceOf(IllegalArgumentException.class);
            assertThatThrownBy(() -> Mapping.map(fd, 1, Long.MAX_VALUE - 1, true))
                    .isInstanceOf(SysException.class);
        }
    }

    @Test
    void shouldNameTheCallWhenTheFileCannotBeMapped() {
        try (Fd fd = EventFd.create()) {
            assertThatThrownBy(() -> Mapping.map(fd, 0, 4096, true))
                    .isInstanceOf(SysException.class)
                    .hasMessageMatching("mmap\\(fd \\d+ \\(anon_inode:\\[eventfd]\\)\\): ENODEV No such device");
        }
    }

    @Test
    void shouldThrowInsteadOfDyingWhenTheFileWasCutShort() {
        try (Fd fd = MemFd.create("test", 8192, false);
                Mapping mapping = Mapping.map(fd, 0, 8192, true)) {
            HostFile.truncate(fd, 0);
            assertThatThrownBy(() -> mapping.segment().get(ValueLayout.JAVA_LONG, 4096))
                    .isInstanceOf(InternalError.class);
        }
    }

    @Test
    void shouldKeepItsSizeWhenSealed() {
        try (Fd fd = MemFd.create("test", 8192, true)) {
            assertThat(HostFile.seals(fd)).isEqualTo(HostFile.SEAL_SHRINK);
            assertThatThrownBy(() -> HostFile.truncate(fd, 4096))
                    .isInstanceOfSatisfying(
                            SysException.class, e -> assertThat(e.errno()).isEqualTo(Errno.EPERM));
            assertThat(HostFile.stat(fd).sizeBytes()).isEqualTo(8192);
        }
    }

    @Test
    void shouldRefuseASizeThatIsNoMultipleOfTheHugePage() {
        assertThatThrownBy(() -> MemFd.createHuge("test", 4096, false, 2 << 20))
                .isInstanceOf(IllegalArgumentException.class);
    }
}
