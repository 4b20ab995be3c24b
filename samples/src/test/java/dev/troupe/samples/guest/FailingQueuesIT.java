package dev.troupe.samples.guest;

import static org.assertj.core.api.Assertions.assertThat;

import dev.troupe.actors.daemon.DeviceState;
import dev.troupe.actors.daemon.QueueStatus;
import dev.troupe.devices.blk.BlkFactory;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** Bugs in disks' queues, put in at random: the guest goes on, and every block it reads is what it wrote. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class FailingQueuesIT {
    private static final int ROUNDS = Integer.getInteger("troupe.soak.rounds", 1);
    private static final long SEED = Long.getLong("troupe.soak.seed", 20_260_301);
    private static final int FAILURES = 25 * ROUNDS;
    private static final int ONE_OF = 100;
    private static final Duration LIMIT = Duration.ofMinutes(3L + ROUNDS);

    private static final String DEVICES = """
            split  { type = blk, path = split.img,  size = 128 MiB, queue-restarts = 1000000 }
            packed { type = blk, path = packed.img, size = 128 MiB, queues = 4, queue-restarts = 1000000 }
            # The third failure of a queue restarts the whole device.
            device { type = blk, path = device.img, size = 128 MiB, queues = 2, queue-restarts = 2
                     device-restarts = 1000000, minimum-backoff = 1 ms, maximum-backoff = 10 ms }
            """;

    private final FlakyFactory flaky = new FlakyFactory(new BlkFactory(), SEED, ONE_OF);
    private FlakyDaemon troupe;
    private GuestRun guest;

    @BeforeAll
    void boot(@TempDir Path folder) {
        troupe = FlakyDaemon.start(folder, DEVICES, real -> flaky);
        guest = Guest.on(GuestImage.stock())
                .device(GuestDevice.blk(troupe.socket("split")).queues(1))
                .device(GuestDevice.blk(troupe.socket("packed")).queues(4).packed())
                .device(GuestDevice.blk(troupe.socket("device")).queues(2).packed())
                .cpus(4)
                .script(GuestScript.onRequest("failing-queues", List.of("blk-basic", "blk-verify-loop")))
                .start();
    }

    @AfterAll
    void powerOff() {
        try (FlakyDaemon daemon = troupe;
                GuestRun machine = guest) {
            machine.end(LIMIT);
        }
    }

    private int queueRestarts(String device) {
        return troupe.status(device).queues().stream()
                .mapToInt(QueueStatus::restarts)
                .sum();
    }

    private void verifyWhileItFails(String device, String disk) {
        int before = flaky.failures();
        guest.begin("blk-verify-loop", "DISKS=" + disk, "SIZE_MIB=16");
        guest.awaitAsk("stop", LIMIT);
        Patience.await("failures of " + device, LIMIT, () -> flaky.failures() - before >= FAILURES);
        guest.awaitLine("round \\d+ verified", LIMIT);
        guest.send("stop");

        assertThat(guest.finish("blk-verify-loop", LIMIT)).as("seed " + SEED).contains("round 1 verified");
        assertThat(troupe.status(device).queues())
                .allSatisfy(queue -> assertThat(queue.errors()).isZero());
    }

    @Test
    void shouldVerifyEveryBlockWhenASplitQueueFailsAtRandom() {
        int before = queueRestarts("split");
        verifyWhileItFails("split", "vda");
        assertThat(queueRestarts("split") - before).isGreaterThanOrEqualTo(FAILURES);
        assertThat(troupe.status("split").restarts()).isZero();
    }

    @Test
    void shouldVerifyEveryBlockWhenPackedQueuesFailAtRandom() {
        int before = queueRestarts("packed");
        verifyWhileItFails("packed", "vdb");
        assertThat(queueRestarts("packed") - before).isGreaterThanOrEqualTo(FAILURES);
        assertThat(troupe.status("packed").restarts()).isZero();
    }

    @Test
    void shouldVerifyEveryBlockWhenFailingQueuesRestartTheirDevice() {
        verifyWhileItFails("device", "vdc");
        assertThat(troupe.status("device").restarts()).isPositive();
        assertThat(troupe.status("device").state()).isEqualTo(DeviceState.RUNNING);
    }

    @Test
    void shouldKeepAFileSystemWhenItsQueuesFailAtRandom() {
        int before = flaky.failures();
        assertThat(guest.perform("blk-basic", LIMIT, "DISK=vdb")).contains("all files read back as written");
        assertThat(flaky.failures() - before).isPositive();
    }
}
