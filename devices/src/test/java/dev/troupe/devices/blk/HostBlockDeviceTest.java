package dev.troupe.devices.blk;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.troupe.actors.device.DeviceException;
import dev.troupe.devices.testing.DaemonRig;
import dev.troupe.devices.testing.Probe;
import dev.troupe.devices.testing.RequestWriter.Answer;
import dev.troupe.devices.testing.TestSettings;
import dev.troupe.transport.loop.EventLoopConfig;
import dev.troupe.transport.testing.LeakCheck;
import dev.troupe.transport.testing.RootOnly;
import dev.troupe.transport.testing.RootRights;
import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Real block devices of the host: loop devices over a file, whose sectors a test looks at from behind. */
@RootOnly
@ExtendWith(LeakCheck.class)
class HostBlockDeviceTest {

    private static final long DISK_BYTES = 8L << 20;
    private static final int DATA_BYTES = 64 << 10;
    private static final long AT_SECTOR = 128;

    @TempDir
    Path folder;

    private Path image = Path.of("");
    private Path disk = Path.of("");

    @BeforeEach
    void makeImage() throws IOException {
        image = folder.resolve("image");
        try (RandomAccessFile file = new RandomAccessFile(image.toFile(), "rw")) {
            file.setLength(DISK_BYTES);
        }
    }

    @AfterEach
    void detach() {
        if (!disk.toString().isEmpty()) {
            RootRights.run("losetup", "-d", disk.toString());
        }
    }

    private void attach(int sectorBytes, String... more) {
        String[] command = {"losetup", "--find", "--show", "-b", String.valueOf(sectorBytes), image.toString()};
        String[] all = Arrays.copyOf(command, command.length + more.length);
        System.arraycopy(more, 0, all, command.length, more.length);
        disk = Path.of(RootRights.run(all));
    }

    private DaemonRig start(EventLoopConfig.Choice choice, Map<String, Object> options) {
        BlkFactory factory = new BlkFactory();
        Map<String, Object> values = new HashMap<>(options);
        values.put("path", disk);
        return DaemonRig.start(
                choice, context -> factory.open(TestSettings.of(factory, values), context), folder, true);
    }

    private static Answer request(DaemonRig rig, byte[] readable, int writableBytes) {
        return rig.request(new Probe("request", readable, writableBytes, _ -> {}), 1);
    }

    private static void expectOk(DaemonRig rig, byte[] readable) {
        assertThat(request(rig, readable, 1).lastByte()).isEqualTo(BlkWire.VIRTIO_BLK_S_OK);
    }

    private static byte[] read(DaemonRig rig, long sector, int bytes) {
        Answer answer = request(rig, BlkRequests.header(BlkWire.VIRTIO_BLK_T_IN, sector), bytes + 1);
        assertThat(answer.lastByte()).isEqualTo(BlkWire.VIRTIO_BLK_S_OK);
        return Arrays.copyOf(answer.bytes(), bytes);
    }

    private byte[] behind(long sector, int bytes) throws IOException {
        try (RandomAccessFile file = new RandomAccessFile(image.toFile(), "r")) {
            byte[] found = new byte[bytes];
            file.seek(sector * BlkWire.SECTOR_BYTES);
            file.readFully(found);
            return found;
        }
    }

    private long blocksBehind() throws Exception {
        return Long.parseLong(RootRights.run("stat", "-c", "%b", image.toString()));
    }

    @ParameterizedTest
    @CsvSource({"IO_URING, 512, false", "EPOLL, 512, false", "IO_URING, 4096, true", "EPOLL, 4096, false"})
    void shouldReadWriteDiscardAndZero(EventLoopConfig.Choice choice, int sectorBytes, boolean direct)
            throws Exception {
        attach(sectorBytes);
        byte[] data = BlkRequests.pattern(1, DATA_BYTES);
        try (DaemonRig rig = start(choice, Map.of("direct", direct))) {
            ByteBuffer config = ByteBuffer.wrap(rig.configSpace()).order(ByteOrder.LITTLE_ENDIAN);
            assertThat(config.getLong(BlkWire.CAPACITY_OFFSET)).isEqualTo(DISK_BYTES / BlkWire.SECTOR_BYTES);
            assertThat(config.getInt(BlkWire.BLK_SIZE_OFFSET)).isEqualTo(sectorBytes);

            expectOk(rig, BlkRequests.write(AT_SECTOR, data));
            expectOk(rig, BlkRequests.header(BlkWire.VIRTIO_BLK_T_FLUSH, 0));
            assertThat(read(rig, AT_SECTOR, DATA_BYTES)).isEqualTo(data);
            assertThat(behind(AT_SECTOR, DATA_BYTES)).isEqualTo(data);

            long full = blocksBehind();
            expectOk(rig, BlkRequests.segments(BlkWire.VIRTIO_BLK_T_DISCARD, AT_SECTOR, 64, 0));
            assertThat(blocksBehind()).isLessThan(full);
            expectOk(rig, BlkRequests.segments(BlkWire.VIRTIO_BLK_T_WRITE_ZEROES, AT_SECTOR + 64, 32, 0));
            expectOk(rig, BlkRequests.header(BlkWire.VIRTIO_BLK_T_FLUSH, 0));
            assertThat(read(rig, AT_SECTOR + 64, 32 * BlkWire.SECTOR_BYTES)).containsOnly(0);
            assertThat(read(rig, AT_SECTOR + 96, 512 * 32)).isEqualTo(Arrays.copyOfRange(data, 96 * 512, 128 * 512));
        }
    }

    @Test
    void shouldRefuseWhatIsNoWholeBlockWhenTheDiskHasLargeBlocks() {
        attach(4096);
        try (DaemonRig rig = start(EventLoopConfig.Choice.IO_URING, Map.of())) {
            assertThat(request(rig, BlkRequests.write(1, new byte[512]), 1).lastByte())
                    .isEqualTo(BlkWire.VIRTIO_BLK_S_IOERR);
            expectOk(rig, BlkRequests.write(8, new byte[4096]));
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldSayWhatToDoWhenTheDiskRefusesWritesOrIsSmallerThanConfigured(boolean refusesWrites) {
        if (refusesWrites) {
            attach(512, "--read-only");
            assertThatThrownBy(() -> open(Map.of())).hasMessageContaining("read-only = true");
        } else {
            attach(512);
            assertThatThrownBy(() -> open(Map.of("size", 2 * DISK_BYTES)))
                    .hasMessageContaining("less than the configured");
        }
    }

    @Test
    void shouldRefuseBlocksSmallerThanTheDisks() {
        attach(4096);
        assertThatThrownBy(() -> open(Map.of("block-size", 512L))).hasMessageContaining("works in blocks of 4096");
    }

    private void open(Map<String, Object> options) throws DeviceException {
        try (DaemonRig rig = start(EventLoopConfig.Choice.EPOLL, options)) {
            assertThat(rig).isNotNull();
        } catch (AssertionError e) {
            throw new DeviceException(String.valueOf(e.getMessage()), e);
        }
    }

    /** A loop device cannot erase securely, so the guest must not be told that it can. */
    @Test
    void shouldNotOfferSecureEraseWhenTheDiskHasNone() {
        attach(512);
        try (DaemonRig rig = start(EventLoopConfig.Choice.EPOLL, Map.of())) {
            assertThat(rig.features() & 1L << 16).isZero();
            assertThat(request(rig, BlkRequests.segments(BlkWire.VIRTIO_BLK_T_SECURE_ERASE, 0, 8, 0), 1)
                            .lastByte())
                    .isEqualTo(BlkWire.VIRTIO_BLK_S_UNSUPP);
        }
    }

    @Test
    void shouldFollowTheDiskWhenItGrows() throws Exception {
        attach(512);
        try (DaemonRig rig = start(EventLoopConfig.Choice.EPOLL, Map.of("size-check", java.time.Duration.ZERO))) {
            try (RandomAccessFile file = new RandomAccessFile(image.toFile(), "rw")) {
                file.setLength(2 * DISK_BYTES);
            }
            RootRights.run("losetup", "-c", disk.toString());
            rig.command("resize");
            ByteBuffer config = ByteBuffer.wrap(rig.configSpace()).order(ByteOrder.LITTLE_ENDIAN);
            assertThat(config.getLong(BlkWire.CAPACITY_OFFSET)).isEqualTo(2 * DISK_BYTES / BlkWire.SECTOR_BYTES);
        }
        assertThat(Files.exists(disk)).isTrue();
    }
}
