package dev.troupe.samples.guest;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Two guests with two disks each on one daemon: they work side by side, and what one does to itself is its own affair. */
class TwoGuestsIT {
    private static final Duration LIMIT = Duration.ofMinutes(3);

    private static final String DEVICES = """
            left0  { type = blk, path = left0.img,  size = 64 MiB, queues = 2 }
            left1  { type = blk, path = left1.img,  size = 64 MiB, queues = 2 }
            right0 { type = blk, path = right0.img, size = 64 MiB, queues = 2 }
            right1 { type = blk, path = right1.img, size = 64 MiB, queues = 2 }
            """;

    @TempDir
    private Path folder;

    private Path leftMemory;
    private TroupeProgram troupe;
    private GuestRun left;
    private GuestRun right;

    @BeforeEach
    void boot() {
        leftMemory = folder.resolve("memory");
        troupe = TroupeProgram.start("two-guests", folder, DEVICES);
        left = guest("left").memoryFile(leftMemory).start();
        right = guest("right").start();
    }

    @AfterEach
    void end() {
        try (TroupeProgram daemon = troupe;
                GuestRun one = left;
                GuestRun other = right) {
            assertThat(daemon.stop()).as("the daemon's exit status").isZero();
        }
    }

    private Guest guest(String side) {
        return Guest.on(GuestImage.stock())
                .name("two-guests-" + side)
                .device(GuestDevice.blk(troupe.socket(side + "0")).queues(2))
                .device(GuestDevice.blk(troupe.socket(side + "1")).queues(2).packed())
                .script(GuestScript.onRequest("two-guests", List.of("blk-basic", "blk-verify-loop")));
    }

    private void beginVerifying(GuestRun guest) {
        guest.begin("blk-verify-loop", "DISKS=vda vdb", "SIZE_MIB=8");
        guest.awaitAsk("stop", LIMIT);
    }

    private void awaitWork(String device) {
        long until = troupe.requests(device) + 100;
        Patience.await("work on " + device, LIMIT, () -> troupe.requests(device) >= until);
    }

    private void stopVerifying(GuestRun guest) {
        guest.awaitLine("round \\d+ verified", LIMIT);
        guest.send("stop");
        assertThat(guest.finish("blk-verify-loop", LIMIT)).contains("round 1 verified");
    }

    /** One daemon start and three boots for all of it: first both work, then one of them loses its memory. */
    @Test
    void shouldServeTheOtherGuestAndTheNextOneWhenAGuestLosesItsMemory() throws IOException {
        beginVerifying(left);
        beginVerifying(right);
        left.awaitLine("round 1 verified", LIMIT);
        awaitWork("left0");
        awaitWork("left1");

        try (RandomAccessFile memory = new RandomAccessFile(leftMemory.toFile(), "rw")) {
            memory.setLength(0);
        }

        // QEMU itself may die of it, at once or later; whatever it does, nobody else notices.
        awaitWork("right0");
        awaitWork("right1");
        stopVerifying(right);
        assertThat(troupe.isAlive()).as("the daemon lives").isTrue();
        assertThat(troupe.status("right0").violations()).isZero();

        left.close();
        Patience.await(
                "the end of the connection",
                LIMIT,
                () -> troupe.status("left0").connection().isEmpty());
        left = guest("left").start();
        assertThat(left.perform("blk-basic", LIMIT, "DISK=vda")).contains("all files read back as written");
        assertThat(left.perform("blk-basic", LIMIT, "DISK=vdb")).contains("all files read back as written");
    }
}
