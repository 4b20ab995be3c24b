package dev.troupe.samples.guest;

import static org.assertj.core.api.Assertions.assertThat;

import dev.troupe.actors.daemon.QueueStatus;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.io.TempDir;

/** What a guest's own drivers must find in Troupe's disks and random source. One daemon, one guest, one boot for all of it. */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
abstract class GuestDisksContract {
    private static final Duration LIMIT = Duration.ofMinutes(3);
    private static final long MIB = 1L << 20;

    private static final String DEVICES = """
            split1   { type = blk, path = split1.img,   size = 128 MiB }
            split4   { type = blk, path = split4.img,   size = 128 MiB, queues = 4 }
            packed1  { type = blk, path = packed1.img,  size = 128 MiB }
            packed4  { type = blk, path = packed4.img,  size = 128 MiB, queues = 4 }
            fixed    { type = blk, back-end = memory,   size = 16 MiB,  read-only = true }
            through  { type = blk, path = through.img,  size = 128 MiB, cache = write-through, serial = one-of-a-kind }
            direct   { type = blk, path = direct.img,   size = 128 MiB, direct = true }
            coarse   { type = blk, path = coarse.img,   size = 128 MiB, block-size = 4096 }
            nothing  { type = blk, back-end = null,       size = 1 GiB }
            volatile { type = blk, back-end = memory,   size = 128 MiB }
            random   { type = rng }
            """;

    private Path folder;
    private TroupeProgram troupe;
    private GuestRun guest;

    /** Which QEMU and kernel. */
    abstract GuestImage image();

    @BeforeAll
    void boot(@TempDir Path images) {
        folder = images;
        troupe = TroupeProgram.start("disks-" + image().flavour(), folder, DEVICES);
        guest = Guest.on(image())
                .device(disk("split1", 1)) // vda
                .device(disk("split4", 4)) // vdb
                .device(disk("packed1", 1).packed()) // vdc
                .device(disk("packed4", 4).packed()) // vdd
                .device(disk("fixed", 1)) // vde
                .device(disk("through", 1)) // vdf
                .device(disk("direct", 1)) // vdg
                .device(disk("coarse", 1)) // vdh
                .device(disk("nothing", 1)) // vdi
                .device(disk("volatile", 1)) // vdj
                .device(GuestDevice.rng(troupe.socket("random")))
                .cpus(4)
                .script(GuestScript.onRequest(
                        "disks",
                        List.of(
                                "blk-basic",
                                "blk-discard",
                                "blk-facts",
                                "blk-flush",
                                "blk-flush-alone",
                                "blk-readonly",
                                "blk-resize",
                                "blk-zeros",
                                "rng")))
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

    private GuestDevice disk(String device, int queues) {
        return GuestDevice.blk(troupe.socket(device)).queues(queues);
    }

    private void keepsAFileSystem(String device, String disk, int queues, String layout) {
        List<String> said = guest.perform("blk-basic", LIMIT, "DISK=" + disk, "QUEUES=" + queues);

        assertThat(said).contains("all files read back as written");
        assertThat(troupe.status(device).queues())
                .hasSize(queues)
                .allSatisfy(queue -> assertThat(queue.layout()).isEqualTo(layout))
                .allSatisfy(queue -> assertThat(queue.errors()).isZero());
    }

    @Test
    void shouldKeepAFileSystemWhenThereIsOneSplitQueue() {
        keepsAFileSystem("split1", "vda", 1, "split");
    }

    @Test
    void shouldKeepAFileSystemWhenThereAreFourSplitQueues() {
        keepsAFileSystem("split4", "vdb", 4, "split");
    }

    @Test
    void shouldKeepAFileSystemWhenThereIsOnePackedQueue() {
        keepsAFileSystem("packed1", "vdc", 1, "packed");
    }

    @Test
    void shouldKeepAFileSystemWhenThereAreFourPackedQueues() {
        keepsAFileSystem("packed4", "vdd", 4, "packed");
    }

    @Test
    void shouldKeepAFileSystemWhenThePageCacheIsPassedBy() {
        keepsAFileSystem("direct", "vdg", 1, "split");
    }

    @Test
    void shouldKeepAFileSystemWhenTheDiskIsMemory() {
        keepsAFileSystem("volatile", "vdj", 1, "split");
    }

    @Test
    void shouldReadZerosAndKeepNeighboursWhenRangesAreDiscarded() {
        assertThat(guest.perform("blk-discard", LIMIT, "DISK=vda"))
                .contains(
                        "blkdiscard: zero inside, untouched outside",
                        "blkdiscard -z: zero inside, untouched outside",
                        "fallocate --zero-range: zero inside, untouched outside");
    }

    @Test
    void shouldReadZerosAndKeepNeighboursWhenRangesOfAPackedDiskAreDiscarded() {
        assertThat(guest.perform("blk-discard", LIMIT, "DISK=vdd"))
                .contains("blkdiscard: zero inside, untouched outside");
    }

    @Test
    void shouldGiveSpaceBackToTheHostWhenAllIsDiscarded() {
        guest.perform("blk-discard", LIMIT, "DISK=vdc");

        assertThat(HostFile.allocatedBytes(folder.resolve("packed1.img"))).isLessThan(MIB);
    }

    @Test
    void shouldGetEveryFlushWhenTheGuestSyncs() {
        guest.begin("blk-flush-alone", "DISK=vdc", "ROUNDS=20");
        guest.awaitAsk("count", LIMIT);
        QueueStatus before = troupe.status("packed1").queues().getFirst();
        guest.send("counted");
        guest.awaitAsk("count", LIMIT);
        QueueStatus after = troupe.status("packed1").queues().getFirst();
        guest.send("counted");

        assertThat(guest.finish("blk-flush-alone", LIMIT)).containsExactly("flushes 20");
        assertThat(after.requests() - before.requests()).isEqualTo(20);
        // A flush is the one request of a header and a status only.
        assertThat(after.readBytes() - before.readBytes()).isEqualTo(20 * 16);
        assertThat(after.writtenBytes() - before.writtenBytes()).isEqualTo(20);
    }

    @Test
    void shouldMakeFileWritesDurableOneByOneWhenEachIsSynced() {
        assertThat(guest.perform("blk-flush", LIMIT, "DISK=vdb"))
                .hasSize(1)
                .first()
                .asString()
                .startsWith("flushes ");
    }

    @Test
    void shouldRefuseWritesWhenTheDiskIsReadOnly() {
        assertThat(guest.perform("blk-readonly", LIMIT, "DISK=vde")).hasSize(1);
        assertThat(troupe.status("fixed").queues())
                .allSatisfy(queue -> assertThat(queue.errors()).isZero());
    }

    @Test
    void shouldGrowTheFileSystemWhenTheOperatorResizesTheDisk() {
        guest.begin("blk-resize", "DISK=vdf");
        guest.awaitAsk("resize", LIMIT);
        assertThat(troupe.command("resize", "through", "512 MiB"))
                .singleElement()
                .asString()
                .contains("512 MiB");
        guest.send("resized");

        assertThat(guest.finish("blk-resize", LIMIT)).containsExactly("size " + 128 * MIB, "size " + 512 * MIB);
    }

    @Test
    void shouldOfferNoCacheWhenTheDiskIsWriteThrough() {
        assertThat(guest.perform("blk-facts", LIMIT, "DISK=vdf"))
                .contains("cache write through", "serial one-of-a-kind");
    }

    @Test
    void shouldOfferACacheWhenTheDiskIsWriteBack() {
        assertThat(guest.perform("blk-facts", LIMIT, "DISK=vda"))
                .contains("cache write back", "serial split1", "queues 1");
    }

    @Test
    void shouldKeepAFileSystemWhenBlocksHave4096Bytes() {
        assertThat(guest.perform("blk-facts", LIMIT, "DISK=vdh")).contains("logical block 4096", "size " + 128 * MIB);
        keepsAFileSystem("coarse", "vdh", 1, "split");
    }

    @Test
    void shouldReadZerosWhenTheDiskKeepsNothing() {
        assertThat(guest.perform("blk-zeros", LIMIT, "DISK=vdi")).hasSize(1);
    }

    @Test
    void shouldGiveRandomBytesWhenTheGuestReadsItsHardwareSource() {
        assertThat(guest.perform("rng", LIMIT, "BLOCKS=400")).anyMatch(line -> line.startsWith("hwrng is virtio_rng"));
        assertThat(troupe.status("random").queues().getFirst().writtenBytes()).isGreaterThan(400L * 2500);
    }
}
