package dev.troupe.devices.blk;

import static org.assertj.core.api.Assertions.assertThat;

import dev.troupe.devices.storage.HostHealth;
import dev.troupe.devices.testing.ManualLoop;
import dev.troupe.devices.testing.RequestWriter.Answer;
import dev.troupe.devices.testing.Rig;
import dev.troupe.devices.testing.TestDeviceContext;
import dev.troupe.devices.testing.TestSettings;
import dev.troupe.transport.ring.RingFeatures;
import dev.troupe.transport.sys.Errno;
import dev.troupe.transport.testing.LeakCheck;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.Map;
import java.util.stream.IntStream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@ExtendWith(LeakCheck.class)
class BlkQueueTest {
    private static final long SIZE = 1 << 20;
    private static final long SECTORS = SIZE / BlkWire.SECTOR_BYTES;
    private static final byte[] SECTOR = BlkRequests.pattern(3, BlkWire.SECTOR_BYTES);

    @TempDir
    Path directory = Path.of("");

    private final ManualLoop loop = new ManualLoop();
    private final TestDeviceContext context = new TestDeviceContext(loop);
    private Rig rig;

    @BeforeEach
    void open() throws Exception {
        rig = rig(Map.of());
    }

    @AfterEach
    void close() {
        rig.close();
    }

    private void reopen(Map<String, Object> more) throws Exception {
        rig.close();
        rig = rig(more);
    }

    private Rig rig(Map<String, Object> more) throws Exception {
        return Rig.split(loop, device(more));
    }

    private BlkDevice device(Map<String, Object> more) throws Exception {
        Map<String, Object> options = new HashMap<>(Map.of("path", image(), "size", SIZE));
        options.putAll(more);
        BlkFactory factory = new BlkFactory();
        return (BlkDevice) factory.open(TestSettings.of(factory, options), context);
    }

    private Path image() {
        return directory.resolve("disk.img");
    }

    private int read(long sector, int bytes) {
        return rig.request(BlkRequests.header(BlkWire.VIRTIO_BLK_T_IN, sector), bytes + 1)
                .lastByte();
    }

    private int write(long sector, byte[] data) {
        return rig.request(BlkRequests.write(sector, data), 1).lastByte();
    }

    private int flush() {
        return rig.request(BlkRequests.header(BlkWire.VIRTIO_BLK_T_FLUSH, 0), 1).lastByte();
    }

    private int segments(int type, long... values) {
        return rig.request(BlkRequests.segments(type, values), 1).lastByte();
    }

    @ParameterizedTest
    @CsvSource({
        "2048, 512",
        "2047, 1024",
        "-1, 512",
        "9223372036854775807, 512",
        "36028797018963967, 512",
        "36028797018963968, 512",
        "0, 511",
        "0, 1",
        "4611686018427387904, 0"
    })
    void shouldAnswerIoErrorWhenARangeIsNotOnTheDisk(long sector, int bytes) {
        assertThat(read(sector, bytes)).isEqualTo(BlkWire.VIRTIO_BLK_S_IOERR);
        assertThat(write(sector, new byte[bytes])).isEqualTo(BlkWire.VIRTIO_BLK_S_IOERR);
        assertThat(rig.bench().manual().log()).isEmpty();
        assertThat(rig.bench().errors()).isEqualTo(2);
    }

    @Test
    void shouldReachTheLastSector() {
        assertThat(write(SECTORS - 1, SECTOR)).isZero();
        assertThat(read(SECTORS - 1, SECTOR.length)).isZero();
        assertThat(read(SECTORS, 0)).isZero();
    }

    @Test
    void shouldAnswerIoErrorWhenARequestIsNotInWholeBlocks() throws Exception {
        reopen(Map.of("block-size", 4096L));

        assertThat(read(8, 4096)).isZero();
        assertThat(read(1, 4096)).isEqualTo(BlkWire.VIRTIO_BLK_S_IOERR);
        assertThat(read(8, 512)).isEqualTo(BlkWire.VIRTIO_BLK_S_IOERR);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 8, 15})
    void shouldAnswerIoErrorWhenTheHeaderIsShort(int bytes) {
        assertThat(rig.request(new byte[bytes], 1).lastByte()).isEqualTo(BlkWire.VIRTIO_BLK_S_IOERR);
    }

    @ParameterizedTest
    @ValueSource(ints = {2, 3, 5, 10, 14, 15, 26, -1, Integer.MIN_VALUE})
    void shouldAnswerUnsupportedWhenTheTypeIsUnknown(int type) {
        assertThat(segments(type, 0, 8, 0)).isEqualTo(BlkWire.VIRTIO_BLK_S_UNSUPP);
    }

    @Test
    void shouldKeepToTheRoomWhenTheBufferForTheIdIsShort() {
        Answer answer = rig.request(BlkRequests.header(BlkWire.VIRTIO_BLK_T_GET_ID, 0), 4);
        assertThat(answer.bytes()).containsExactly('t', 'e', 's', BlkWire.VIRTIO_BLK_S_OK);
    }

    @Test
    void shouldGoOnWhenResultsFallShort() {
        byte[] data = BlkRequests.pattern(5, 8192);
        rig.bench().manual().shortenTo(1000);
        assertThat(write(4, data)).isZero();
        Answer answer = rig.request(BlkRequests.header(BlkWire.VIRTIO_BLK_T_IN, 4), data.length + 1, 5);

        assertThat(answer.lastByte()).isZero();
        assertThat(Arrays.copyOf(answer.bytes(), data.length)).isEqualTo(data);
    }

    @Test
    void shouldCutLargeRequestsIntoPieces() throws Exception {
        reopen(Map.of("size", 2 * SIZE));
        assertThat(write(0, new byte[(int) (2 * SIZE)])).isZero();
        assertThat(rig.bench().manual().log()).containsExactly("write 0+1048576 PLAIN", "write 1048576+1048576 PLAIN");
    }

    @Test
    void shouldAnswerIoErrorWhenTheFileWasCut() throws Exception {
        Files.write(image(), new byte[512]);
        assertThat(read(100, 512)).isEqualTo(BlkWire.VIRTIO_BLK_S_IOERR);
    }

    @Test
    void shouldWriteThroughWhenConfiguredSo() throws Exception {
        reopen(Map.of("cache", "write-through"));

        write(1, SECTOR);

        assertThat(rig.bench().manual().log()).containsExactly("write 512+512 DSYNC");
    }

    @Test
    void shouldWriteThroughWhenTheDriverCannotFlush() throws Exception {
        rig.close();
        rig = new Rig(loop, device(Map.of()), 0x40, RingFeatures.SPLIT, 1);

        write(1, SECTOR);

        assertThat(rig.bench().manual().log()).containsExactly("write 512+512 DSYNC");
    }

    @Test
    void shouldWriteThroughAtOnceWhenTheDriverTurnsTheCacheOff() {
        assertThat(rig.device().writeConfigSpace(BlkWire.WRITEBACK_OFFSET, new byte[] {0}))
                .isTrue();
        write(1, SECTOR);
        assertThat(rig.device().writeConfigSpace(BlkWire.WRITEBACK_OFFSET, new byte[] {1}))
                .isTrue();
        write(2, SECTOR);

        assertThat(rig.bench().manual().log()).containsExactly("write 512+512 DSYNC", "write 1024+512 PLAIN");
    }

    @Test
    void shouldMakeZeroesDurableWhenThereIsNoCache() throws Exception {
        reopen(Map.of("cache", "write-through"));

        assertThat(segments(BlkWire.VIRTIO_BLK_T_WRITE_ZEROES, 0, 8, 0)).isZero();

        assertThat(rig.bench().manual().log()).containsExactly("allocate 17 0+4096", "sync");
    }

    @Test
    void shouldShareOneSyncAmongFlushesThatCameDuringAnother() {
        long first = rig.driver().submit(BlkRequests.header(BlkWire.VIRTIO_BLK_T_FLUSH, 0), 1, 1);
        rig.turn();
        long second = rig.driver().submit(BlkRequests.header(BlkWire.VIRTIO_BLK_T_FLUSH, 0), 1, 1);
        long third = rig.driver().submit(BlkRequests.header(BlkWire.VIRTIO_BLK_T_FLUSH, 0), 1, 1);
        rig.turn();
        rig.bench().manual().finishOne();
        rig.turn();

        assertThat(rig.driver().isAnswered(first)).isTrue();
        assertThat(rig.driver().isAnswered(second)).isFalse();
        rig.settle();
        assertThat(rig.driver().answer(second).lastByte()).isZero();
        assertThat(rig.driver().answer(third).lastByte()).isZero();
        assertThat(rig.bench().manual().log()).containsExactly("sync", "sync");
    }

    @Test
    void shouldFailTheFlushWhenTheSyncFails() {
        rig.bench().manual().plan(-Errno.EIO);

        assertThat(flush()).isEqualTo(BlkWire.VIRTIO_BLK_S_IOERR);
        assertThat(flush()).isZero();
    }

    @Test
    void shouldAnswerIoErrorAndGoOnWhenTheHostIsFull() {
        rig.bench().manual().plan(-Errno.ENOSPC);

        assertThat(write(0, SECTOR)).isEqualTo(BlkWire.VIRTIO_BLK_S_IOERR);
        assertThat(write(0, SECTOR)).isZero();
        assertThat(context.hostFailures()).isEmpty();
    }

    @Test
    void shouldTryAgainWhenTheHostWasInterrupted() {
        rig.bench().manual().plan(-Errno.EINTR);
        rig.bench().manual().plan(-Errno.EAGAIN);

        assertThat(write(0, SECTOR)).isZero();
    }

    @Test
    void shouldHaveTheDeviceRestartedWhenTheHostFailsAgainAndAgain() {
        IntStream.range(0, HostHealth.FAILURES_BEFORE_RESTART).forEach(i -> {
            assertThat(context.hostFailures()).isEmpty();
            rig.bench().manual().plan(-Errno.EIO);
            read(0, 512);
        });

        assertThat(context.hostFailures()).hasSize(1);
    }

    @Test
    void shouldRefuseWhateverChangesAReadOnlyDisk() throws Exception {
        reopen(Map.of("read-only", true));

        assertThat(rig.device().features() & BlkWire.VIRTIO_BLK_F_RO).isNotZero();
        assertThat(write(0, SECTOR)).isEqualTo(BlkWire.VIRTIO_BLK_S_IOERR);
        assertThat(segments(BlkWire.VIRTIO_BLK_T_DISCARD, 0, 8, 0)).isEqualTo(BlkWire.VIRTIO_BLK_S_IOERR);
        assertThat(segments(BlkWire.VIRTIO_BLK_T_WRITE_ZEROES, 0, 8, 0)).isEqualTo(BlkWire.VIRTIO_BLK_S_IOERR);
        assertThat(segments(BlkWire.VIRTIO_BLK_T_SECURE_ERASE, 0, 8, 0)).isEqualTo(BlkWire.VIRTIO_BLK_S_IOERR);
        assertThat(flush()).isZero();
        assertThat(rig.bench().manual().log()).isEmpty();
        assertThat(read(0, 512)).isZero();
    }

    @ParameterizedTest
    @CsvSource({"2048, 1", "0, 2049", "-1, 1", "0, -1", "9223372036854775807, 1", "0, 2097153"})
    void shouldAnswerIoErrorWhenASegmentIsNotOnTheDisk(long sector, long sectors) {
        assertThat(segments(BlkWire.VIRTIO_BLK_T_DISCARD, sector, sectors, 0)).isEqualTo(BlkWire.VIRTIO_BLK_S_IOERR);
        assertThat(segments(BlkWire.VIRTIO_BLK_T_WRITE_ZEROES, sector, sectors, 0))
                .isEqualTo(BlkWire.VIRTIO_BLK_S_IOERR);
        assertThat(rig.bench().manual().log()).isEmpty();
    }

    @Test
    void shouldBoundTheNumberOfSegments() {
        assertThat(segments(BlkWire.VIRTIO_BLK_T_DISCARD, new long[3 * BlkQueue.MAX_SEGMENTS]))
                .isZero();
        assertThat(segments(BlkWire.VIRTIO_BLK_T_DISCARD, new long[3 * (BlkQueue.MAX_SEGMENTS + 1)]))
                .isEqualTo(BlkWire.VIRTIO_BLK_S_IOERR);
        assertThat(segments(BlkWire.VIRTIO_BLK_T_DISCARD)).isEqualTo(BlkWire.VIRTIO_BLK_S_IOERR);
        byte[] cut = Arrays.copyOf(BlkRequests.segments(BlkWire.VIRTIO_BLK_T_DISCARD, 0, 1, 0), 30);
        assertThat(rig.request(cut, 1).lastByte()).isEqualTo(BlkWire.VIRTIO_BLK_S_IOERR);
    }

    @Test
    void shouldAnswerUnsupportedWhenFlagsAreUnknown() {
        assertThat(segments(BlkWire.VIRTIO_BLK_T_DISCARD, 0, 8, 1)).isEqualTo(BlkWire.VIRTIO_BLK_S_UNSUPP);
        assertThat(segments(BlkWire.VIRTIO_BLK_T_WRITE_ZEROES, 0, 8, 2)).isEqualTo(BlkWire.VIRTIO_BLK_S_UNSUPP);
    }

    @Test
    void shouldTakeADiscardAsDoneWhenTheHostCannot() {
        rig.bench().manual().plan(-Errno.EOPNOTSUPP);

        assertThat(segments(BlkWire.VIRTIO_BLK_T_DISCARD, 0, 8, 0)).isZero();
    }

    @Test
    void shouldWriteZerosItselfWhenTheHostCannotMakeThem() throws Exception {
        write(0, BlkRequests.pattern(1, 256 << 10));
        rig.bench().manual().plan(-Errno.EOPNOTSUPP);

        assertThat(segments(BlkWire.VIRTIO_BLK_T_WRITE_ZEROES, 1, 500, 0)).isZero();
        assertThat(segments(BlkWire.VIRTIO_BLK_T_WRITE_ZEROES, 0, 1, 1)).isZero();

        assertThat(Arrays.copyOf(Files.readAllBytes(image()), 501 * 512)).containsOnly(0);
        assertThat(rig.bench().manual().log())
                .containsExactly(
                        "write 0+262144 PLAIN",
                        "allocate 17 512+256000",
                        "write 512+256000 PLAIN",
                        "write 0+512 PLAIN");
    }

    @Test
    void shouldNotOfferWhatIsTurnedOff() throws Exception {
        reopen(Map.of("discard", false));

        assertThat(rig.device().features() & BlkWire.VIRTIO_BLK_F_DISCARD).isZero();
        assertThat(segments(BlkWire.VIRTIO_BLK_T_DISCARD, 0, 8, 0)).isEqualTo(BlkWire.VIRTIO_BLK_S_UNSUPP);
    }

    @Test
    void shouldReportEveryLostWriteToEveryQueue() throws Exception {
        rig.bench().manual().plan(-Errno.EIO);
        try (Rig other = new Rig(loop, new Shared(rig.device()), rig.device().features(), RingFeatures.SPLIT, 2)) {
            assertThat(flush()).isEqualTo(BlkWire.VIRTIO_BLK_S_IOERR);
            byte[] request = BlkRequests.header(BlkWire.VIRTIO_BLK_T_FLUSH, 0);
            assertThat(other.request(request, 1).lastByte()).isEqualTo(BlkWire.VIRTIO_BLK_S_IOERR);
            assertThat(other.request(request, 1).lastByte()).isZero();
        }
    }
}
