package dev.troupe.transport.sys;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.RandomAccessFile;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;

class PtyTest {

    @Test
    void shouldPassBytesAsTheyAreInBothDirections() throws Exception {
        try (Pty pty = Pty.open();
                Arena arena = Arena.ofConfined();
                RandomAccessFile program = new RandomAccessFile(pty.terminal().toFile(), "rw")) {
            MemorySegment buffer = arena.allocate(64);
            assertThat(pty.read(buffer)).isEqualTo(-Errno.EAGAIN);
            program.write("a\nb\u0003".getBytes(StandardCharsets.UTF_8));

            assertThat(SocketFd.awaitReadable(pty.fd(), 10_000)).isTrue();
            assertThat(pty.read(buffer)).isEqualTo(4);
            assertThat(buffer.asSlice(0, 4).toArray(ValueLayout.JAVA_BYTE)).containsExactly('a', '\n', 'b', 3);

            assertThat(pty.write(buffer.asSlice(0, 3))).isEqualTo(3);
            byte[] got = new byte[3];
            program.readFully(got);
            assertThat(got).containsExactly('a', '\n', 'b');
            assertThat(pty.read(buffer)).isEqualTo(-Errno.EAGAIN);
        }
    }

    @Test
    void shouldBeWritableAgainWhenWhatNobodyReadIsThrownAway() {
        try (Pty pty = Pty.open();
                Arena arena = Arena.ofConfined()) {
            MemorySegment buffer = arena.allocate(4096);
            int written = pty.write(buffer);
            while (written > 0) {
                written = pty.write(buffer);
            }
            assertThat(written).isEqualTo(-Errno.EAGAIN);
            pty.discardUnread();

            assertThat(SocketFd.awaitWritable(pty.fd(), 10_000)).isTrue();
            assertThat(pty.write(buffer)).isPositive();
        }
    }

    @Test
    void shouldTakeASize() {
        try (Pty pty = Pty.open()) {
            pty.resize(132, 50);
            assertThat(pty.terminal()).startsWithRaw(Path.of("/dev/pts"));
        }
    }
}
