package dev.troupe.samples.guest;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/**
 * What a guest must not notice: restarts of its devices and of the whole daemon while it reads and writes. The system
 * property {@code troupe.soak.rounds} makes the tests do each of it more often.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class MaintenanceContract {
    private static final int ROUNDS = Integer.getInteger("troupe.soak.rounds", 1);
    private static final int RESTARTS = 10 * ROUNDS;
    private static final int FILE_RESTARTS = 5;
    private static final int KILLS = 2 * ROUNDS;
    private static final Duration LIMIT = Duration.ofMinutes(2L + ROUNDS);
    /** So many requests between two disturbances that each one hits a device at work. */
    private static final int REQUESTS_BETWEEN = 60;
    /** A file system's requests are fewer and larger. */
    private static final int FILE_REQUESTS_BETWEEN = 10;

    private static final String DEVICES = """
            split  { type = blk, path = split.img,  size = 128 MiB }
            packed { type = blk, path = packed.img, size = 128 MiB, queues = 4 }
            """;

    private TroupeProgram troupe;
    private GuestRun guest;

    /** Which QEMU and kernel. */
    abstract GuestImage image();

    @BeforeAll
    void boot(@TempDir Path folder) {
        troupe = TroupeProgram.start("maintenance-" + image().flavour(), folder, DEVICES);
        guest = bootGuest();
    }

    private GuestRun bootGuest() {
        return Guest.on(image())
                .device(GuestDevice.blk(troupe.socket("split")).queues(1).reconnecting(Duration.ofMillis(200)))
                .device(GuestDevice.blk(troupe.socket("packed"))
                        .queues(4)
                        .packed()
                        .reconnecting(Duration.ofMillis(200)))
                .cpus(4)
                .script(GuestScript.onRequest(
                        "maintenance", List.of("blk-basic", "blk-keep", "blk-kept", "blk-verify-loop")))
                .boot(LIMIT);
    }

    @AfterAll
    void powerOff() {
        try (TroupeProgram daemon = troupe;
                GuestRun machine = guest) {
            machine.end(LIMIT);
            assertThat(daemon.stop()).as("the daemon's exit status").isZero();
            assertThat(daemon.log()).as("the daemon's log").noneMatch(line -> line.contains("ERROR"));
        }
    }

    private void beginVerifying() {
        guest.begin("blk-verify-loop", "DISKS=vda vdb", "SIZE_MIB=12");
        guest.awaitAsk("stop", LIMIT);
    }

    private void stopVerifying() {
        // A line that arrives before the guest's reader of it stands there would be lost; after a round it stands
        // there.
        guest.awaitLine("round \\d+ verified", LIMIT);
        guest.send("stop");
        assertThat(guest.finish("blk-verify-loop", LIMIT)).contains("round 1 verified");
    }

    private void awaitWork(String device) {
        awaitWork(device, REQUESTS_BETWEEN);
    }

    private void awaitWork(String device, int requests) {
        long until = troupe.requests(device) + requests;
        Patience.await("work on " + device, LIMIT, () -> troupe.requests(device) >= until);
    }

    private void restartAtWork(String device, int requests) {
        awaitWork(device, requests);
        troupe.restart(device);
    }

    @Test
    void shouldVerifyEveryBlockWhenDevicesRestartUnderLoad() {
        int before = troupe.status("split").restarts() + troupe.status("packed").restarts();
        beginVerifying();
        for (int i = 0; i < RESTARTS; i++) {
            restartAtWork("split", REQUESTS_BETWEEN);
            restartAtWork("packed", REQUESTS_BETWEEN);
        }
        stopVerifying();

        assertThat(troupe.status("split").restarts() + troupe.status("packed").restarts() - before)
                .isEqualTo(2 * RESTARTS);
        assertThat(troupe.status("packed").queues())
                .allSatisfy(queue -> assertThat(queue.errors()).isZero());
    }

    @Test
    void shouldKeepAFileSystemWhenItsDiskRestartsWhileItIsUsed() {
        int before = troupe.status("packed").restarts();
        guest.begin("blk-basic", "DISK=vdb", "FILES=36");
        for (int i = 0; i < FILE_RESTARTS; i++) {
            restartAtWork("packed", FILE_REQUESTS_BETWEEN);
        }

        assertThat(guest.finish("blk-basic", LIMIT)).contains("all files read back as written");
        assertThat(troupe.status("packed").restarts() - before).isEqualTo(FILE_RESTARTS);
    }

    @Test
    void shouldVerifyEveryBlockWhenTheDaemonIsKilledAndStartedAgain() {
        beginVerifying();
        for (int i = 0; i < KILLS; i++) {
            awaitWork("split");
            awaitWork("packed");
            troupe.kill();
            troupe.startAgain();
        }
        awaitWork("split");
        awaitWork("packed");
        stopVerifying();
    }

    @Test
    void shouldFindWhatWasFlushedWhenQemuWasKilledWhileWriting() {
        guest.begin("blk-keep", "DISK=vdb");
        guest.awaitLine("kept 8 files", LIMIT);
        awaitWork("packed");
        guest.close();
        Patience.await(
                "the end of the connection",
                LIMIT,
                () -> troupe.status("packed").connection().isEmpty());
        guest = bootGuest();

        assertThat(guest.perform("blk-kept", LIMIT, "DISK=vdb")).containsExactly("kept 8 files");
        assertThat(troupe.isAlive()).isTrue();
    }
}
