package dev.troupe.devices.blk;

import static org.assertj.core.api.Assertions.assertThat;

import dev.troupe.actors.device.VirtioDevice;
import dev.troupe.devices.testing.ManualLoop;
import dev.troupe.devices.testing.Rig;
import dev.troupe.devices.testing.TestDeviceContext;
import dev.troupe.devices.testing.TestSettings;
import dev.troupe.transport.testing.LeakCheck;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** Data that must not be found again, on disks that can promise it. */
@ExtendWith(LeakCheck.class)
class SecureEraseTest {
    private static final long SIZE = 4 << 20;
    private static final int SECTOR = BlkWire.SECTOR_BYTES;
    private static final byte[] SECRET = BlkRequests.pattern(7, 3 * SECTOR);

    @TempDir
    Path folder = Path.of("");

    private final ManualLoop loop = new ManualLoop();
    private final TestDeviceContext context = new TestDeviceContext(loop);

    @AfterEach
    void forget() {
        context.close();
    }

    private Rig disk(Map<String, Object> more) throws Exception {
        Map<String, Object> options = new HashMap<>(Map.of("back-end", "memory", "size", SIZE));
        options.putAll(more);
        BlkFactory factory = new BlkFactory();
        VirtioDevice device = factory.open(TestSettings.of(factory, options), context);
        return Rig.split(loop, device);
    }

    private static int status(Rig disk, byte[] request) {
        return disk.request(request, 1).lastByte();
    }

    private static byte[] read(Rig disk, long sector, int bytes) {
        return Arrays.copyOf(
                disk.request(BlkRequests.header(BlkWire.VIRTIO_BLK_T_IN, sector), bytes + 1)
                        .bytes(),
                bytes);
    }

    @Test
    void shouldLeaveZerosInTheRangesAndNothingElseChanged() throws Exception {
        try (Rig disk = disk(Map.of())) {
            assertThat(disk.device().features() & BlkWire.VIRTIO_BLK_F_SECURE_ERASE)
                    .isNotZero();
            assertThat(status(disk, BlkRequests.write(8, SECRET))).isZero();
            assertThat(status(disk, BlkRequests.write(4096, SECRET))).isZero();

            // Longer than one step, so that the loop has its turn in between.
            byte[] erase = BlkRequests.segments(BlkWire.VIRTIO_BLK_T_SECURE_ERASE, 9, 4088, 0, 4098, 1, 0);
            assertThat(status(disk, erase)).isZero();

            assertThat(read(disk, 8, SECTOR)).isEqualTo(Arrays.copyOf(SECRET, SECTOR));
            assertThat(read(disk, 9, 2 * SECTOR)).containsOnly(0);
            assertThat(read(disk, 4096, SECTOR)).containsOnly(0);
            assertThat(read(disk, 4097, SECTOR)).isEqualTo(Arrays.copyOfRange(SECRET, SECTOR, 2 * SECTOR));
            assertThat(read(disk, 4098, SECTOR)).containsOnly(0);
        }
    }

    @ParameterizedTest
    @CsvSource({"8192, 1, 0, 1", "0, 8193, 0, 1", "-1, 1, 0, 1", "0, 1, 1, 2"})
    void shouldRefuseWhatIsNotOnTheDiskOrNotKnown(long sector, long sectors, long flags, int status) throws Exception {
        try (Rig disk = disk(Map.of())) {
            assertThat(status(disk, BlkRequests.segments(BlkWire.VIRTIO_BLK_T_SECURE_ERASE, sector, sectors, flags)))
                    .isEqualTo(status);
        }
    }

    @Test
    void shouldTellTheDriverHowMuchAtATime() throws Exception {
        try (Rig disk = disk(Map.of())) {
            ByteBuffer config = ByteBuffer.wrap(disk.device().configSpace(0)).order(ByteOrder.LITTLE_ENDIAN);
            assertThat(config.getInt(60)).isEqualTo(BlkQueue.MAX_SEGMENT_SECTORS);
            assertThat(config.getInt(64)).isEqualTo(BlkQueue.MAX_SEGMENTS);
            assertThat(config.getInt(68)).isEqualTo(8);
        }
    }

    @Test
    void shouldNotBeOfferedWhenTheDiskIsAFileOrReadOnly() throws Exception {
        Map<String, Object> file = Map.of("back-end", "file", "path", folder.resolve("disk.img"));
        for (Map<String, Object> kind : List.of(file, Map.<String, Object>of("read-only", true))) {
            try (Rig disk = disk(kind)) {
                assertThat(disk.device().features() & BlkWire.VIRTIO_BLK_F_SECURE_ERASE)
                        .isZero();
                assertThat(status(disk, BlkRequests.segments(BlkWire.VIRTIO_BLK_T_SECURE_ERASE, 0, 8, 0)))
                        .isNotZero();
            }
        }
    }

    @Test
    void shouldNotStandInTheWayOfADriverThatCameBeforeItWasOffered() throws Exception {
        try (Rig disk = disk(Map.of())) {
            byte[] now = disk.device().configSpace(0);
            byte[] before = now.clone();
            Arrays.fill(before, 60, 72, (byte) 0);
            assertThat(BlkWire.mayBecome(before, now)).isTrue();
            assertThat(BlkWire.mayBecome(now, before)).isFalse();
        }
    }
}
