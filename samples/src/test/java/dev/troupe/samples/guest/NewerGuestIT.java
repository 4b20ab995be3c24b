package dev.troupe.samples.guest;

import static org.assertj.core.api.Assertions.assertThat;

import dev.troupe.samples.guest.StorageDaemon.Disk;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Path;
import java.time.Duration;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The newer flavour, which needs root. */
@Tag("newer")
class NewerGuestIT {
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
    void shouldKeepAFileSystemWhenQemuAndKernelAreNewer() {
        try (StorageDaemon daemon = serving();
                GuestRun run = guest("blk-basic").cpus(4).argument("QUEUES", 4).start()) {
            assertThat(run.awaitOk(LIMIT)).contains("vda has 4 queues", "all files read back as written");
        }
    }

    @Test
    void shouldGrowTheFileSystemWhenTheDiskGrows() {
        try (StorageDaemon daemon = serving();
                GuestRun run = guest("blk-resize").start()) {
            run.awaitAsk("resize", BOOT);
            daemon.resize(0, 2 * DISK_BYTES);
            run.send("done");
            assertThat(run.awaitOk(LIMIT)).containsExactly("size " + DISK_BYTES, "size " + 2 * DISK_BYTES);
        }
    }

    private StorageDaemon serving() {
        return StorageDaemon.serving(GuestImage.newer(), LOGS, new Disk(image, socket, true, 4));
    }

    private Guest guest(String script) {
        return Guest.on(GuestImage.newer())
                .device(GuestDevice.blk(socket).queues(4))
                .script(GuestScript.bundled(script));
    }
}
