package dev.troupe.transport.sys;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.nio.file.Files;
import java.nio.file.Path;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class DirectoryWatchTest {

    @Test
    void shouldBecomeReadableWhenSomethingComesAndStayQuietAfterwards(@TempDir Path directory) throws Exception {
        try (DirectoryWatch watch = DirectoryWatch.of(directory)) {
            assertThat(watch.drain()).isFalse();
            Files.createFile(directory.resolve("event0"));

            assertThat(SocketFd.awaitReadable(watch.fd(), 10_000)).isTrue();
            assertThat(watch.drain()).isTrue();
            assertThat(watch.drain()).isFalse();
        }
    }

    @Test
    void shouldTellThatThereIsNoSuchDirectory(@TempDir Path directory) {
        assertThatThrownBy(() -> DirectoryWatch.of(directory.resolve("none")))
                .isInstanceOfSatisfying(
                        SysException.class, e -> assertThat(e.errno()).isEqualTo(Errno.ENOENT));
    }
}
