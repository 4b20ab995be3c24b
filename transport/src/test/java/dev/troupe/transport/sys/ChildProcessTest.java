package dev.troupe.transport.sys;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(30)
class ChildProcessTest {

    private static final int PATIENCE_MS = 20_000;

    @TempDir
    Path folder;

    private static ChildProcess shell(String script, Map<String, String> environment, List<Fd> fds) {
        return ChildProcess.start(List.of("/bin/sh", "-c", script), environment, fds);
    }

    private static int status(ChildProcess process) {
        try (process) {
            assertThat(SocketFd.awaitReadable(process.end(), PATIENCE_MS)).isTrue();
            return process.takeStatus().orElseThrow();
        }
    }

    @Test
    void shouldTellTheExitStatusAndTheSignalThatEndedAProcess() {
        assertThat(status(shell("exit 78", Map.of(), List.of()))).isEqualTo(78);
        ChildProcess sleeper = ChildProcess.start(List.of("/bin/sleep", "1000"), Map.of(), List.of());
        assertThat(sleeper.hasEnded()).isFalse();
        assertThat(sleeper.takeStatus()).isEmpty();
        sleeper.signal(ChildProcess.SIGKILL);
        assertThat(status(sleeper)).isEqualTo(128 + 9);
    }

    @Test
    void shouldPassItsEnvironmentAndNoDescriptorButThoseGivenInTheirOrder() throws IOException {
        Path listing = folder.resolve("listing");
        try (Fd first = HostFile.open(Path.of("/dev/null"));
                Fd second = MemFd.create("second", 8, false);
                Fd kept = EventFd.create()) {
            String script = "echo $WORD > $OUT; for n in 3 4 5 6 7 8 9; do readlink /proc/$$/fd/$n; done >> $OUT";
            Map<String, String> environment = Map.of("WORD", "hello", "OUT", listing.toString());
            assertThat(status(shell(script, environment, List.of(first, second))))
                    .isNotNegative();
            assertThat(kept.isOpen()).isTrue();
        }
        assertThat(Files.readAllLines(listing)).containsExactly("hello", "/dev/null", "/memfd:second (deleted)");
    }

    @Test
    void shouldPassDescriptorsWhoseNumbersAreThoseThatOthersAreToHave() throws IOException {
        Path listing = folder.resolve("listing");
        try (Fd first = MemFd.create("first", 8, false);
                Fd second = MemFd.create("second", 8, false)) {
            String script = "readlink /proc/$$/fd/3 > $OUT; readlink /proc/$$/fd/4 >> $OUT";
            status(shell(script, Map.of("OUT", listing.toString()), List.of(second, first)));
        }
        assertThat(Files.readAllLines(listing)).containsExactly("/memfd:second (deleted)", "/memfd:first (deleted)");
    }

    @Test
    void shouldAdoptWhatAChildLeavesBehind() throws IOException {
        ChildProcess.adoptOrphans();
        Path pidFile = folder.resolve("pid");
        status(shell("/bin/sleep 1000 & echo $! > $OUT", Map.of("OUT", pidFile.toString()), List.of()));
        ChildProcess orphan =
                ChildProcess.of(Integer.parseInt(Files.readString(pidFile).strip()));

        orphan.signal(ChildProcess.SIGTERM);

        assertThat(status(orphan)).isEqualTo(128 + ChildProcess.SIGTERM);
    }

    @Test
    void shouldSayWhenAProgramIsNotThere() {
        assertThatThrownBy(() -> ChildProcess.start(List.of(folder + "/none"), Map.of(), List.of()))
                .isInstanceOf(SysException.class)
                .hasMessageContaining("ENOENT");
    }

    @Test
    void shouldShareAnExclusiveLockWithWhoeverHasADuplicateAndWithNobodyElse() {
        Path file = folder.resolve("lock");
        try (Fd owner = HostFile.open(file, OpenFlag.WRITE, OpenFlag.CREATE);
                Fd stranger = HostFile.open(file, OpenFlag.WRITE)) {
            assertThat(ByteLocks.tryOwn(owner, 0)).isTrue();
            Fd successor = owner.duplicate();
            owner.close();
            assertThat(ByteLocks.tryOwn(stranger, 0)).isFalse();
            successor.close();
            assertThat(ByteLocks.tryOwn(stranger, 0)).isTrue();
        }
    }
}
