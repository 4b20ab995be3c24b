package dev.troupe.transport.sys;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.troupe.transport.testing.LeakCheck;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

@ExtendWith(LeakCheck.class)
class HostFileTest {
    @TempDir
    Path directory;

    @Test
    void shouldReadBackWhatWasWritten() {
        try (Fd fd = HostFile.open(directory.resolve("a"), OpenFlag.WRITE, OpenFlag.CREATE);
                Arena arena = Arena.ofConfined()) {
            MemorySegment text = arena.allocateFrom("hello", StandardCharsets.UTF_8);
            assertThat(HostFile.write(fd, text, 4090)).isEqualTo(6);
            HostFile.sync(fd, true);
            MemorySegment back = arena.allocate(100);
            assertThat(HostFile.read(fd, back, 4090)).isEqualTo(6);
            assertThat(back.getString(0)).isEqualTo("hello");
        }
    }

    @Test
    void shouldTellSizeTypeAndIdentity() throws Exception {
        Path path = Files.write(directory.resolve("a"), new byte[1234]);
        try (Fd fd = HostFile.open(path);
                Fd place = HostFile.open(directory, OpenFlag.DIRECTORY)) {
            FileStat stat = HostFile.stat(fd);
            assertThat(stat.sizeBytes()).isEqualTo(1234);
            assertThat(stat.isRegular()).isTrue();
            assertThat(stat.isBlockDevice()).isFalse();
            assertThat(stat.inode()).isEqualTo(Files.getAttribute(path, "unix:ino"));
            assertThat(HostFile.stat(place).isDirectory()).isTrue();
        }
    }

    @Test
    void shouldNameThePathWhenItIsMissing() {
        Path path = directory.resolve("missing");
        assertThatThrownBy(() -> HostFile.open(path))
                .isInstanceOf(SysException.class)
                .hasMessage("open(" + path + "): ENOENT No such file or directory");
    }

    @Test
    void shouldNotFollowALinkWhenToldSo() throws Exception {
        Path link = Files.createSymbolicLink(directory.resolve("link"), Path.of("/dev/zero"));
        assertThatThrownBy(() -> HostFile.open(link, OpenFlag.NO_FOLLOW))
                .isInstanceOfSatisfying(
                        SysException.class, e -> assertThat(e.errno()).isEqualTo(Errno.ELOOP));
    }

    @Test
    void shouldExcludeASecondWriterAlsoOfTheSameProcess() throws Exception {
        Path path = Files.createFile(directory.resolve("a"));
        try (Fd first = HostFile.open(path, OpenFlag.WRITE)) {
            Fd copy = first.duplicate();
            assertThat(HostFile.tryLock(first, true)).isTrue();
            // Another descriptor of the same opening neither breaks the lock by its closing nor is kept out by it.
            assertThat(HostFile.tryLock(copy, true)).isTrue();
            copy.close();
            try (Fd second = HostFile.open(path, OpenFlag.WRITE)) {
                assertThat(HostFile.tryLock(second, true)).isFalse();
                assertThat(HostFile.tryLock(second, false)).isFalse();
            }
        }
        try (Fd third = HostFile.open(path, OpenFlag.WRITE)) {
            assertThat(HostFile.tryLock(third, true)).isTrue();
        }
    }

    @Test
    void shouldFreeSpaceWhenAHoleIsPunched() {
        try (Fd fd = MemFd.create("test", 1 << 20, false);
                Arena arena = Arena.ofConfined()) {
            HostFile.write(fd, arena.allocate(1 << 20).fill((byte) 7), 0);
            long before = HostFile.stat(fd).allocatedBytes();
            HostFile.allocate(fd, HostFile.FALLOC_PUNCH_HOLE | HostFile.FALLOC_KEEP_SIZE, 0, 1 << 19);
            assertThat(HostFile.stat(fd).allocatedBytes()).isEqualTo(before - (1 << 19));
            assertThat(HostFile.stat(fd).sizeBytes()).isEqualTo(1 << 20);
        }
    }

    @Test
    void shouldKnowNoSealsOfAnOrdinaryFile() throws Exception {
        try (Fd fd = HostFile.open(Files.createFile(directory.resolve("a")), OpenFlag.WRITE)) {
            assertThat(HostFile.seals(fd)).isZero();
        }
    }

    @Test
    void shouldSayThatAFileIsNoBlockDevice() throws Exception {
        try (Fd fd = HostFile.open(Files.createFile(directory.resolve("a")))) {
            assertThatThrownBy(() -> BlockDevice.sizeBytes(fd))
                    .isInstanceOf(SysException.class)
                    .hasMessageStartingWith("ioctl BLKGETSIZE64(fd ");
        }
    }

    @Test
    void shouldRefuseHeapMemory() throws Exception {
        try (Fd fd = HostFile.open(Files.createFile(directory.resolve("a")))) {
            assertThatThrownBy(() -> HostFile.read(fd, MemorySegment.ofArray(new byte[8]), 0))
                    .isInstanceOf(IllegalArgumentException.class);
        }
    }

    @Test
    void shouldFillMemoryWithRandomBytes() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment random = arena.allocate(1000);
            HostRandom.fill(random);
            assertThat(random.toArray(ValueLayout.JAVA_BYTE)).isNotEqualTo(new byte[1000]);
        }
    }
}
