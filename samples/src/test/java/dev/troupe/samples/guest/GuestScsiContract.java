package dev.troupe.samples.guest;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/**
 * What a guest's own drivers and sg3_utils must find in Troupe's SCSI hosts, also while the daemon dies, is upgraded, and has
 * its devices restarted. One daemon, one guest with two hosts, one boot for all of it.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class GuestScsiContract {
    private static final Duration LIMIT = Duration.ofMinutes(4);
    private static final long MIB = 1L << 20;
    private static final int REQUESTS_BETWEEN = 60;

    /** LUN 300 of target 1; Linux shows the flat address as it is, 0x412c. */
    private static final String LARGE_LUN = "0 1:16684";

    private static final String DEVICES = """
            one {
              type = scsi, queues = 2
              luns {
                system  { path = system.img, size = 128 MiB, serial = one-of-a-kind }
                trimmed { path = trimmed.img, size = 128 MiB, lun = 1 }
                coarse  { path = coarse.img, size = 128 MiB, target = 1, lun = 300, block-size = 4096 }
                through { path = through.img, size = 128 MiB, target = 2, cache = write-through }
                memory  { back-end = memory, size = 64 MiB, target = 2, lun = 1 }
                fixed   { back-end = memory, size = 16 MiB, target = 3, read-only = true }
                both    { path = both.img, size = 16 MiB, target = 4, shared = true, serial = both }
                drive   { medium = cd-rom, path = first.iso, target = 5 }
              }
            }
            two {
              type = scsi
              luns {
                packed { path = packed.img, size = 128 MiB }
                both   { path = both.img, size = 16 MiB, target = 4, shared = true, serial = both }
              }
            }
            """;

    /** By host and place, such as {@code "0 2:1"}. */
    private final Map<String, String> names = new HashMap<>();

    private final Stalls stalls = new Stalls();
    private Path folder;
    private TroupeProgram troupe;
    private GuestRun guest;

    /** Which QEMU and kernel. */
    abstract GuestImage image();

    @BeforeAll
    void boot(@TempDir Path images) throws IOException {
        folder = images;
        IsoImage.write(folder.resolve("first.iso"), "first disc");
        IsoImage.write(folder.resolve("second.iso"), "second disc");
        troupe = TroupeProgram.startSupervised("scsi-" + image().flavour(), folder, DEVICES);
        guest = Guest.on(image())
                .device(host("one", 2))
                .device(host("two", 1).packed())
                .cpus(4)
                .script(GuestScript.onRequest(
                        "scsi",
                        List.of(
                                "scsi-names",
                                "scsi-commands",
                                "scsi-reservations",
                                "scsi-hotplug",
                                "scsi-cd",
                                "scsi-trim",
                                "blk-basic",
                                "blk-discard",
                                "blk-readonly",
                                "blk-verify-loop")))
                .boot(LIMIT);
        for (String line : guest.perform("scsi-names", LIMIT)) {
            String[] words = line.split(" ", -1);
            names.put(words[1] + " " + words[2], words[3]);
        }
    }

    private GuestDevice host(String device, int queues) {
        return GuestDevice.vhostUser("scsi", troupe.socket(device)).with("num_queues", queues);
    }

    @AfterAll
    void powerOff() throws IOException {
        try (TroupeProgram daemon = troupe;
                GuestRun machine = guest) {
            machine.end(LIMIT);
            assertThat(daemon.stop()).as("the daemon's exit status").isZero();
            assertThat(daemon.log()).as("the daemon's log").noneMatch(line -> line.contains("ERROR"));
        }
        stalls.write(Path.of("target", "guest-logs", "scsi-stalls-" + image().flavour() + ".txt"));
    }

    private String disk(String place) {
        return Objects.requireNonNull(names.get(place), place);
    }

    private void keepsAFileSystem(String place) {
        assertThat(guest.perform("blk-basic", LIMIT, "DISK=" + disk(place))).contains("all files read back as written");
    }

    @Test
    void shouldFindEveryUnitAtItsPlace() {
        assertThat(names.keySet())
                .contains("0 0:0", "0 0:1", LARGE_LUN, "0 2:0", "0 2:1", "0 3:0", "0 4:0", "0 5:0", "1 0:0", "1 4:0");
        assertThat(disk("0 5:0")).startsWith("sr");
    }

    @Test
    void shouldKeepAFileSystemWhenTheRingIsSplit() {
        keepsAFileSystem("0 0:0");
        assertThat(troupe.status("one").queues())
                .allSatisfy(queue -> assertThat(queue.layout()).isEqualTo("split"));
    }

    @Test
    void shouldKeepAFileSystemWhenTheRingIsPacked() {
        keepsAFileSystem("1 0:0");
        assertThat(troupe.status("two").queues())
                .allSatisfy(queue -> assertThat(queue.layout()).isEqualTo("packed"));
    }

    @Test
    void shouldKeepAFileSystemWhenBlocksHave4096BytesAndTheLunIsLarge() {
        keepsAFileSystem(LARGE_LUN);
    }

    @Test
    void shouldKeepAFileSystemWhenTheDiskIsWriteThrough() {
        keepsAFileSystem("0 2:0");
    }

    @Test
    void shouldKeepAFileSystemWhenTheDiskIsMemory() {
        keepsAFileSystem("0 2:1");
    }

    @Test
    void shouldReadZerosAndKeepNeighboursWhenRangesAreDiscarded() {
        assertThat(guest.perform("blk-discard", LIMIT, "DISK=" + disk("0 0:0")))
                .contains(
                        "blkdiscard: zero inside, untouched outside", "blkdiscard -z: zero inside, untouched outside");
    }

    @Test
    void shouldRefuseWritesWhenTheDiskIsReadOnly() {
        assertThat(guest.perform("blk-readonly", LIMIT, "DISK=" + disk("0 3:0")))
                .hasSize(1);
    }

    @Test
    void shouldGiveSpaceBackToTheHostWhenAFileSystemIsTrimmed() {
        guest.begin("scsi-trim", "DISK=" + disk("0 0:1"));
        guest.awaitAsk("used", LIMIT);
        assertThat(HostFile.allocatedBytes(folder.resolve("trimmed.img"))).isGreaterThan(32 * MIB);
        guest.send("seen");
        guest.awaitAsk("freed", LIMIT);
        assertThat(HostFile.allocatedBytes(folder.resolve("trimmed.img"))).isLessThan(16 * MIB);
        guest.send("seen");

        assertThat(guest.finish("scsi-trim", LIMIT)).contains("trimmed");
    }

    @Test
    void shouldAnswerWhatSg3UtilsAsk() {
        assertThat(guest.perform("scsi-commands", LIMIT, "DISK=" + disk("0 0:0"), "SERIAL=one-of-a-kind"))
                .contains("all commands did what they should");
    }

    @Test
    void shouldKeepReservationsOverADeath() {
        String first = "FIRST=" + disk("0 4:0");
        String second = "SECOND=" + disk("1 4:0");
        assertThat(guest.perform("scsi-reservations", LIMIT, first, second)).contains("one at a time could write");
        troupe.killSupervised();
        troupe.restart("one");
        troupe.upgrade();

        assertThat(guest.perform("scsi-reservations", LIMIT, first, second, "REGISTERED=1"))
                .contains("the reservation was still there");
    }

    @Test
    void shouldFindAndLoseUnitsWhileItRuns() {
        guest.begin("scsi-hotplug", "PLACE=0:9");
        guest.awaitAsk("add", LIMIT);
        Path image = folder.resolve("plugged.img").toAbsolutePath();
        troupe.command("scsi", "one", "add", "plugged", "target=0", "lun=9", "path=" + image, "size=64M");
        guest.send("added");
        guest.awaitAsk("resize", LIMIT);
        troupe.restart("one");
        troupe.command("scsi", "one", "resize", "plugged", "96M");
        guest.send("resized");
        guest.awaitAsk("remove", LIMIT);
        troupe.command("scsi", "one", "remove", "plugged");
        guest.send("removed");

        assertThat(guest.finish("scsi-hotplug", LIMIT))
                .containsExactly("came with " + 64 * MIB + " bytes", "grew to " + 96 * MIB + " bytes", "went");
    }

    @Test
    void shouldReadDiscsThatCanBeChanged() {
        guest.begin("scsi-cd", "DRIVE=" + disk("0 5:0"));
        guest.awaitAsk("eject-refused", LIMIT);
        assertThat(troupe.command("scsi", "one", "list")).anyMatch(line -> line.contains("locked by the guest"));
        guest.send("seen");
        guest.awaitAsk("change", LIMIT);
        troupe.command("scsi", "one", "eject", "drive");
        troupe.command(
                "scsi", "one", "insert", "drive", folder.resolve("second.iso").toString());
        guest.send("changed");

        assertThat(guest.finish("scsi-cd", LIMIT))
                .containsExactly("reads first disc", "reads second disc", "was changed");
    }

    @Test
    void shouldNoticeNothingWhenTheDaemonDiesIsUpgradedAndRestartsItsDevices() {
        String disks = "DISKS=" + disk("0 0:0") + " " + disk("1 0:0");
        guest.begin("blk-verify-loop", disks, "SIZE_MIB=12");
        guest.awaitAsk("stop", LIMIT);
        List<Runnable> disturbances = List.of(
                troupe::killSupervised,
                () -> troupe.restart("one"),
                () -> troupe.restart("two"),
                troupe::upgrade,
                () -> troupe.restart("one"));
        for (Runnable disturbance : disturbances) {
            awaitWork();
            disturbance.run();
            stalls.note(troupe.devices());
        }
        awaitWork();
        guest.awaitLine("round \\d+ verified", LIMIT);
        guest.send("stop");

        assertThat(guest.finish("blk-verify-loop", LIMIT)).contains("round 1 verified");
        assertThat(troupe.devices())
                .allSatisfy(device -> assertThat(device.violations()).isZero());
    }

    private void awaitWork() {
        for (String device : List.of("one", "two")) {
            long until = troupe.requests(device) + REQUESTS_BETWEEN;
            Patience.await("work on " + device, LIMIT, () -> troupe.requests(device) >= until);
        }
    }
}
