package dev.troupe.samples.guest;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/**
 * What a guest must not notice though its QEMU could not connect again: the death of the daemon, an upgrade, a reload, a
 * restart of any of its devices. It writes and verifies and draws random bytes all the while. The system property
 * {@code troupe.soak.rounds} makes the tests do each of it more often.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class OpenSocketsContract {
    private static final int ROUNDS = Integer.getInteger("troupe.soak.rounds", 1);
    private static final int RESTARTS = 5 * ROUNDS;
    private static final int RELOADS = 2 * ROUNDS;
    private static final Duration LIMIT = Duration.ofMinutes(3L + ROUNDS);
    private static final Path LOGS = Path.of("target", "guest-logs");
    /** So many requests between two disturbances that each one hits a disk at work. */
    private static final int REQUESTS_BETWEEN = 60;
    /** A file system's requests are fewer and larger. */
    private static final int FILE_REQUESTS_BETWEEN = 10;

    private static final String DEVICES = """
            split  { type = blk, path = split.img,  size = 128 MiB }
            packed { type = blk, path = packed.img, size = 128 MiB, queues = 4 }
            rng    { type = rng }
            """;

    private final Stalls stalls = new Stalls();
    private TroupeProgram troupe;
    private GuestRun guest;

    /** Which QEMU and kernel. */
    abstract GuestImage image();

    @BeforeAll
    void boot(@TempDir Path folder) throws IOException {
        troupe = TroupeProgram.startSupervised("open-sockets-" + image().flavour(), folder, DEVICES);
        Files.createLink(folder.resolve("linked.img"), folder.resolve("split.img"));
        guest = Guest.on(image())
                .device(GuestDevice.blk(troupe.socket("split")).queues(1))
                .device(GuestDevice.blk(troupe.socket("packed")).queues(4).packed())
                .device(GuestDevice.rng(troupe.socket("rng")))
                .cpus(4)
                .script(GuestScript.onRequest("open-sockets", List.of("blk-basic", "blk-verify-loop", "rng")))
                .boot(LIMIT);
    }

    @AfterAll
    void powerOff() throws IOException {
        try (TroupeProgram daemon = troupe;
                GuestRun machine = guest) {
            machine.end(LIMIT);
            assertThat(daemon.stop()).as("the daemon's exit status").isZero();
        }
        stalls.write(LOGS.resolve("stalls-" + image().flavour() + ".txt"));
    }

    /** Disturbs the guest at work, again and again; it finds every block as it wrote it and has had random bytes. */
    private void verifyThrough(int times, Runnable disturbance) {
        guest.begin("blk-verify-loop", "DISKS=vda vdb", "SIZE_MIB=12", "HWRNG=1");
        guest.awaitAsk("stop", LIMIT);
        for (int i = 0; i < times; i++) {
            awaitWork(REQUESTS_BETWEEN, "split", "packed");
            disturbance.run();
            stalls.note(troupe.devices());
        }
        awaitWork(REQUESTS_BETWEEN, "split", "packed");
        awaitWork(1, "rng");
        // A line that arrives before the guest's reader of it stands there would be lost; after a round it stands
        // there.
        guest.awaitLine("round \\d+ verified", LIMIT);
        guest.send("stop");
        assertThat(guest.finish("blk-verify-loop", LIMIT))
                .contains("round 1 verified")
                .contains("random bytes were there all the time");
        assertThat(guest.perform("rng", LIMIT, "BLOCKS=20")).isNotEmpty();
        expectNothingWrong();
    }

    private void expectNothingWrong() {
        assertThat(troupe.devices()).allSatisfy(device -> {
            assertThat(device.violations()).isZero();
            assertThat(device.queues())
                    .allSatisfy(queue -> assertThat(queue.errors()).isZero());
        });
    }

    private void awaitWork(int requests, String... devices) {
        for (String device : devices) {
            long until = troupe.requests(device) + requests;
            Patience.await("work on " + device, LIMIT, () -> troupe.requests(device) >= until);
        }
    }

    @Test
    void shouldNoticeNothingWhenTheDaemonIsKilled() {
        verifyThrough(ROUNDS, this::kill);
    }

    /** Not too often: the parent gives a daemon up that dies more than ten times in two minutes. */
    private void kill() {
        troupe.killSupervised();
        if (ROUNDS > 1) {
            guest.awaitLine("round \\d+ verified", LIMIT);
            guest.awaitLine("round \\d+ verified", LIMIT);
        }
    }

    @Test
    void shouldNoticeNothingWhenTheProgramIsUpgraded() {
        verifyThrough(ROUNDS, troupe::upgrade);
    }

    @Test
    void shouldNoticeNothingWhenEachOfItsDevicesRestarts() {
        verifyThrough(RESTARTS, () -> List.of("split", "packed", "rng").forEach(troupe::restart));
    }

    @Test
    void shouldNoticeNothingWhenOtherDevicesAndItsOwnAreReloaded() {
        String other = DEVICES + "other { type = rng }\n";
        String own = DEVICES.replace("split.img,", "linked.img, queue-restarts = 7,");
        verifyThrough(RELOADS, () -> {
            troupe.reload(other);
            troupe.reload(own);
            troupe.reload(DEVICES);
        });
    }

    @Test
    void shouldKeepAFileSystemWhenAllOfItHappensWhileItIsUsed() {
        guest.begin("blk-basic", "DISK=vdb", "FILES=36");
        List<Runnable> all = List.of(() -> troupe.restart("packed"), troupe::killSupervised, troupe::upgrade);
        for (Runnable disturbance : all) {
            awaitWork(FILE_REQUESTS_BETWEEN, "packed");
            disturbance.run();
        }
        assertThat(guest.finish("blk-basic", LIMIT)).contains("all files read back as written");
        expectNothingWrong();
    }
}
