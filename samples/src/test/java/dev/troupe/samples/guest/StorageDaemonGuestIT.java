package dev.troupe.samples.guest;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.troupe.samples.guest.StorageDaemon.Disk;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class StorageDaemonGuestIT {
    private static final Path LOGS = Path.of("target", "guest-logs");
    private static final Duration BOOT = Duration.ofSeconds(90);
    private static final Duration LIMIT = Duration.ofMinutes(4);
    private static final long DISK_BYTES = 128L << 20;

    @TempDir
    private Path folder;

    private Path image;
    private Path socket;

    @BeforeEach
    void makeDisk() throws IOException {
        image = folder.resolve("disk.raw");
        socket = folder.resolve("disk.sock");
        try (RandomAccessFile file = new RandomAccessFile(image.toFile(), "rw")) {
            file.setLength(DISK_BYTES);
        }
    }

    @Test
    void shouldKeepAFileSystemWhenItsDiskHasFourQueues() {
        try (StorageDaemon daemon = serving(true);
                GuestRun run = guest("blk-basic").cpus(4).argument("QUEUES", 4).start()) {
            assertThat(run.awaitOk(LIMIT)).contains("vda has 4 queues", "all files read back as written");
        }
    }

    @Test
    void shouldRefuseWritesWhenTheDiskIsReadOnly() {
        try (StorageDaemon daemon = serving(false);
                GuestRun run = guest("blk-readonly").start()) {
            assertThat(run.awaitOk(LIMIT)).hasSize(1);
        }
    }

    @Test
    void shouldSeeZerosWhenRangesAreDiscarded() {
        try (StorageDaemon daemon = serving(true);
                GuestRun run = guest("blk-discard").start()) {
            assertThat(run.awaitOk(LIMIT)).contains("fallocate --zero-range: zero inside, untouched outside");
        }
    }

    @Test
    void shouldCountFlushesWhenFilesAreSynced() {
        try (StorageDaemon daemon = serving(true);
                GuestRun run =
                        guest("blk-flush").argument("SET_CACHE", "write back").start()) {
            assertThat(run.awaitOk(LIMIT)).hasSize(1).first().asString().matches("flushes \\d\\d+");
        }
    }

    @Test
    void shouldVerifyUntilToldToStopWhenTheLoopRuns() {
        try (StorageDaemon daemon = serving(true);
                GuestRun run = guest("blk-verify-loop").argument("SIZE_MIB", 16).start()) {
            run.awaitAsk("stop", BOOT);
            run.awaitLine("round 2 verified", LIMIT);
            run.send("stop");
            assertThat(run.awaitOk(LIMIT)).contains("round 1 verified", "round 2 verified");
        }
    }

    @Test
    void shouldCarryTheReasonAndTheLastLinesWhenTheScriptFails() {
        GuestScript failing = GuestScript.of("failing", "say before\nexpect 1 2 'the answer'\n");
        try (GuestRun run = Guest.on(GuestImage.stock()).script(failing).start()) {
            assertThatThrownBy(() -> run.awaitOk(LIMIT))
                    .isInstanceOf(GuestException.class)
                    .hasMessageContaining("TROUPE-FAIL failing the answer: expected '1', found '2'")
                    .hasMessageContaining("TROUPE-INFO before");
        }
    }

    @Test
    void shouldSayWhatQemuSaidWhenItDoesNotStart() {
        try (GuestRun run = Guest.on(GuestImage.stock())
                .name("no-socket")
                .device(GuestDevice.blk(folder.resolve("missing.sock")))
                .start()) {
            assertThatThrownBy(() -> run.awaitOk(LIMIT))
                    .isInstanceOf(GuestException.class)
                    .hasMessageContaining("missing.sock")
                    .hasMessageContaining("ended with status 1");
        }
    }

    @Test
    void shouldLeaveNoQemuWhenClosedInTheMiddle() {
        GuestScript waiting = GuestScript.of("waiting", "ask for-ever\n");
        ProcessHandle qemu;
        try (GuestRun run = Guest.on(GuestImage.stock()).script(waiting).start()) {
            run.awaitAsk("for-ever", BOOT);
            qemu = run.qemu();
            assertThat(qemu.isAlive()).isTrue();
        }
        assertThat(qemu.isAlive()).isFalse();
    }

    private StorageDaemon serving(boolean writable) {
        return StorageDaemon.serving(GuestImage.stock(), LOGS, new Disk(image, socket, writable, 4));
    }

    private Guest guest(String script) {
        return Guest.on(GuestImage.stock())
                .device(GuestDevice.blk(socket).queues(4))
                .script(GuestScript.bundled(script));
    }
}
