package dev.troupe.devices.scsi;

import static org.assertj.core.api.Assertions.assertThat;

import dev.troupe.devices.testing.ManualLoop;
import dev.troupe.devices.testing.RequestWriter.Answer;
import dev.troupe.devices.testing.TestDeviceContext;
import dev.troupe.transport.sys.Errno;
import dev.troupe.transport.testing.LeakCheck;
import java.nio.ByteBuffer;
import java.nio.file.Path;
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

@ExtendWith(LeakCheck.class)
class BlockCommandsTest {
    private static final long SIZE = 1 << 20;
    private static final byte[] BLOCK = ScsiRequests.pattern(3, 512);
    private static final String READ_OF_ONE = "28 00 00000000 00 0001 00";

    @TempDir
    Path directory = Path.of("");

    private final ManualLoop loop = new ManualLoop();
    private final TestDeviceContext context = new TestDeviceContext(loop);
    private ScsiRig rig;

    @BeforeEach
    void open() throws Exception {
        rig = rig(Map.of());
    }

    @AfterEach
    void close() {
        rig.close();
        context.close();
    }

    private ScsiRig rig(Map<String, Object> more) throws Exception {
        Map<String, Object> disk = new HashMap<>(Map.of("path", directory.resolve("disk.img"), "size", SIZE));
        disk.putAll(more);
        return ScsiRig.of(loop, context, Map.of("disk", disk));
    }

    private void reopen(Map<String, Object> more) throws Exception {
        rig.close();
        rig = rig(more);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "0a 00 0005 01 00",
                "2a 00 00000005 00 0001 00",
                "aa 00 00000005 00000001 00 00",
                "8a 00 0000000000000005 00000001 00 00"
            })
    void shouldWriteWhereTheCommandSaysWhateverItsLength(String write) {
        ScsiRequests.isGood(rig.command(write, 0, BLOCK));

        Answer answer = rig.command("28 00 00000005 00 0001 00", 512);
        ScsiRequests.isGood(answer);
        assertThat(ScsiRequests.data(answer)).isEqualTo(BLOCK);
        assertThat(ScsiRequests.residual(answer)).isZero();
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "08 00 0005 01 00",
                "28 00 00000005 00 0001 00",
                "a8 00 00000005 00000001 00 00",
                "88 00 0000000000000005 00000001 00 00"
            })
    void shouldReadWhereTheCommandSaysWhateverItsLength(String read) {
        ScsiRequests.isGood(rig.command("2a 00 00000005 00 0001 00", 0, BLOCK));

        assertThat(ScsiRequests.data(rig.command(read, 512))).isEqualTo(BLOCK);
    }

    @Test
    void shouldMean256BlocksWhenAShortReadNamesNone() {
        Answer answer = rig.command("08 00 0000 00 00", 256 * 512);

        ScsiRequests.isGood(answer);
        assertThat(ScsiRequests.residual(answer)).isZero();
        assertThat(rig.io().log()).containsExactly("read 0+131072");
    }

    @ParameterizedTest
    @CsvSource({
        "28 00 00000800 00 0001 00, 512",
        "28 00 000007ff 00 0002 00, 1024",
        "28 00 ffffffff 00 ffff 00, 512",
        "88 00 ffffffffffffffff 00000001 00 00, 512",
        "88 00 7fffffffffffffff ffffffff 00 00, 512",
        "88 00 0080000000000000 00000001 00 00, 512",
        "88 00 0000000000000000 ffffffff 00 00, 512",
        "08 1f ffff 00 00, 512",
        "2f 00 00000800 00 0001 00, 0",
        "35 00 00000800 00 0001 00, 0",
        "91 00 ffffffffffffffff 00000001 00 00, 0"
    })
    void shouldSayThatARangeIsNotOnTheDiskAndTouchNothing(String cdb, int dataIn) {
        ScsiRequests.fails(rig.command(cdb, dataIn), "5/21/00");
        assertThat(rig.io().log()).isEmpty();
        assertThat(rig.requests().bench().errors()).isEqualTo(1);
    }

    @Test
    void shouldAnswerOverrunWhenTheBufferIsTooSmallForTheCommand() {
        Answer read = rig.command("28 00 00000000 00 0002 00", 1023);
        Answer write = rig.command("2a 00 00000000 00 0002 00", 0, new byte[1023]);
        Answer wrongWay = rig.command(READ_OF_ONE, 0, BLOCK);

        assertThat(ScsiRequests.response(read)).isEqualTo(ScsiWire.VIRTIO_SCSI_S_OVERRUN);
        assertThat(ScsiRequests.response(write)).isEqualTo(ScsiWire.VIRTIO_SCSI_S_OVERRUN);
        assertThat(ScsiRequests.response(wrongWay)).isEqualTo(ScsiWire.VIRTIO_SCSI_S_OVERRUN);
        assertThat(rig.io().log()).isEmpty();
    }

    @Test
    void shouldTellWhatIsLeftOfALargerBuffer() {
        Answer answer = rig.command(READ_OF_ONE, 2048);

        ScsiRequests.isGood(answer);
        assertThat(ScsiRequests.residual(answer)).isEqualTo(2048 - 512);
        assertThat(answer.usedLengthBytes()).isEqualTo(ScsiRequests.RESPONSE + 512);
    }

    @Test
    void shouldAnswerFailureWhenACommandHasDataBothWays() {
        assertThat(ScsiRequests.response(rig.command(READ_OF_ONE, 512, BLOCK)))
                .isEqualTo(ScsiWire.VIRTIO_SCSI_S_FAILURE);
    }

    @Test
    void shouldMakeWritesDurableWhenForcedOrWithoutACache() throws Exception {
        rig.command("2a 08 00000000 00 0001 00", 0, BLOCK);
        rig.command("2a 00 00000000 00 0001 00", 0, BLOCK);
        assertThat(rig.io().log()).containsExactly("write 0+512 DSYNC", "write 0+512 PLAIN");

        reopen(Map.of("cache", "write-through"));
        rig.command("2a 00 00000000 00 0001 00", 0, BLOCK);
        assertThat(rig.io().log()).containsExactly("write 0+512 DSYNC");
    }

    @Test
    void shouldRefuseWhateverChangesAReadOnlyDisk() throws Exception {
        reopen(Map.of("read-only", true));

        ScsiRequests.fails(rig.command("2a 00 00000000 00 0001 00", 0, BLOCK), "7/27/00");
        ScsiRequests.fails(rig.command("93 01 0000000000000000 00000001 00 00", 0), "7/27/00");
        ScsiRequests.fails(rig.command("42 00 00000000 00 0018 00", 0, unmap(16, 0, 1)), "7/27/00");
        ScsiRequests.isGood(rig.command("35 00 00000000 00 0000 00", 0));
        assertThat(rig.io().log()).isEmpty();
    }

    @Test
    void shouldTellTheHostsErrorsApart() {
        rig.io().plan(-Errno.EIO);
        ScsiRequests.fails(rig.command(READ_OF_ONE, 512), "3/11/00");
        rig.io().plan(-Errno.EIO);
        ScsiRequests.fails(rig.command("2a 00 00000000 00 0001 00", 0, BLOCK), "3/0c/00");
        rig.io().plan(-Errno.ENOSPC);
        ScsiRequests.fails(rig.command("2a 00 00000000 00 0001 00", 0, BLOCK), "7/27/07");
        rig.io().plan(-Errno.EIO);
        ScsiRequests.fails(rig.command("35 00 00000000 00 0000 00", 0), "3/0c/00");
    }

    @Test
    void shouldTellItsCapacity() throws Exception {
        reopen(Map.of("block-size", 1024L, "physical-block-size", 8192L));
        ByteBuffer ten = ByteBuffer.wrap(ScsiRequests.data(rig.command("25 00 00000000 0000 00 00", 8)));
        ByteBuffer sixteen =
                ByteBuffer.wrap(ScsiRequests.data(rig.command("9e 10 0000000000000000 00000020 00 00", 32)));

        assertThat(ten.getInt(0)).isEqualTo(1023);
        assertThat(ten.getInt(4)).isEqualTo(1024);
        assertThat(sixteen.getLong(0)).isEqualTo(1023);
        assertThat(sixteen.getInt(8)).isEqualTo(1024);
        assertThat(sixteen.get(13)).isEqualTo((byte) 3);
        assertThat(sixteen.get(14)).isEqualTo((byte) 0x80);
    }

    @Test
    void shouldSayThatALargeDiskNeedsTheLongCommand() throws Exception {
        rig.close();
        rig = ScsiRig.of(loop, context, Map.of("big", Map.of("back-end", "null", "size", 4L << 40)));
        ByteBuffer ten = ByteBuffer.wrap(ScsiRequests.data(rig.command("25 00 00000000 0000 00 00", 8)));
        ByteBuffer sixteen =
                ByteBuffer.wrap(ScsiRequests.data(rig.command("9e 10 0000000000000000 00000020 00 00", 32)));

        assertThat(ten.getInt(0)).isEqualTo(-1);
        assertThat(sixteen.getLong(0)).isEqualTo((4L << 40) / 512 - 1);
        ScsiRequests.isGood(rig.command("88 00 00000001ffffffff 00000001 00 00", 512));
    }

    /** A parameter list that says it describes so many bytes, and the ranges that are really there. */
    private static byte[] unmap(int described, long... ranges) {
        ByteBuffer list = ByteBuffer.allocate(8 + ranges.length / 2 * 16)
                .putShort((short) (6 + described))
                .putShort((short) described)
                .putInt(0);
        for (int i = 0; i < ranges.length; i += 2) {
            list.putLong(ranges[i]).putInt((int) ranges[i + 1]).putInt(0);
        }
        return list.array();
    }

    @Test
    void shouldGiveBackEachRangeOfAnUnmap() {
        ScsiRequests.isGood(rig.command("42 00 00000000 00 0038 00", 0, unmap(48, 8, 8, 100, 0, 64, 16)));

        assertThat(rig.io().log()).containsExactly("allocate 3 4096+4096", "allocate 3 32768+8192");
    }

    @Test
    void shouldGiveNothingBackWhenOneRangeOfAnUnmapIsNotOnTheDisk() {
        ScsiRequests.fails(rig.command("42 00 00000000 00 0028 00", 0, unmap(32, 8, 8, 2047, 2)), "5/21/00");
        ScsiRequests.fails(rig.command("42 00 00000000 00 0018 00", 0, unmap(16, -1, 1)), "5/21/00");
        assertThat(rig.io().log()).isEmpty();
    }

    @Test
    void shouldBelieveAnUnmapListOnlyAsFarAsThereIsOne() {
        ScsiRequests.isGood(rig.command("42 00 00000000 00 0018 00", 0, unmap(0xfff0, 8, 8)));
        assertThat(rig.io().log()).containsExactly("allocate 3 4096+4096");

        ScsiRequests.isGood(rig.command("42 00 00000000 00 0008 00", 0, unmap(16)));
        ScsiRequests.isGood(rig.command("42 00 00000000 00 0000 00", 0));
        ScsiRequests.fails(rig.command("42 00 00000000 00 0007 00", 0, new byte[7]), "5/1a/00");
        assertThat(ScsiRequests.response(rig.command("42 00 00000000 00 0018 00", 0, new byte[8])))
                .isEqualTo(ScsiWire.VIRTIO_SCSI_S_OVERRUN);
        assertThat(rig.io().log()).hasSize(1);
    }

    @Test
    void shouldRefuseAnUnmapOfMoreThanItTold() {
        long[] ranges = new long[2 * (ProvisioningCommands.MAX_UNMAP_DESCRIPTORS + 1)];
        ScsiRequests.fails(rig.command("42 00 00000000 00 1018 00", 0, unmap(ranges.length * 8, ranges)), "5/26/00");
        assertThat(rig.io().log()).isEmpty();
    }

    @Test
    void shouldWriteZeroesWhenTheBlockIsZeroAndThePatternWhenNot() {
        ScsiRequests.isGood(rig.command("93 00 0000000000000008 00000008 00 00", 0, new byte[512]));
        ScsiRequests.isGood(rig.command("93 09 0000000000000008 00000008 00 00", 0));
        ScsiRequests.isGood(rig.command("41 08 00000008 00 0008 00", 0, new byte[512]));
        assertThat(rig.io().log())
                .containsExactly("allocate 17 4096+4096", "allocate 3 4096+4096", "allocate 3 4096+4096");

        ScsiRequests.isGood(rig.command("41 00 00000002 00 0003 00", 0, BLOCK));
        assertThat(ScsiRequests.data(rig.command("28 00 00000004 00 0001 00", 512)))
                .isEqualTo(BLOCK);
        assertThat(ScsiRequests.data(rig.command("28 00 00000005 00 0001 00", 512)))
                .containsOnly(0);
    }

    @ParameterizedTest
    @CsvSource({
        "93 01 0000000000000000 00000000 00 00, 5/24/00",
        "93 01 0000000000000000 ffffffff 00 00, 5/24/00",
        "93 01 0000000000000000 00200001 00 00, 5/24/00",
        "93 01 00000000000007ff 00000002 00 00, 5/21/00",
        "93 01 ffffffffffffffff 00000001 00 00, 5/21/00"
    })
    void shouldRefuseToWriteTheSameTooOftenOrTooFar(String cdb, String sense) {
        ScsiRequests.fails(rig.command(cdb, 0), sense);
        assertThat(rig.io().log()).isEmpty();
    }

    @Test
    void shouldFlushBehindAnUnmapWhenThereIsNoCache() throws Exception {
        reopen(Map.of("cache", "write-through"));
        ScsiRequests.isGood(rig.command("42 00 00000000 00 0018 00", 0, unmap(16, 8, 8)));

        assertThat(rig.io().log()).containsExactly("allocate 3 4096+4096", "sync");
    }

    @ParameterizedTest
    @ValueSource(strings = {"28 20 00000000 00 0001 00", "28 00 00000000 00 0001 04", "2f 04 00000000 00 0001 00"})
    void shouldRefuseBitsThatACommandDoesNotKnow(String cdb) {
        ScsiRequests.fails(rig.command(cdb, 512), "5/24/00");
    }

    @Test
    void shouldAnswerBusyWhileAnotherProgramHasTheImage() throws Exception {
        reopen(Map.of("lock-while-running", true));
        TestDeviceContext other = new TestDeviceContext(loop);
        ScsiRig second = ScsiRig.of(
                loop, other, Map.of("disk", Map.of("path", directory.resolve("disk.img"), "lock-while-running", true)));
        ScsiRequests.isGood(rig.command(READ_OF_ONE, 512));

        assertThat(ScsiRequests.status(second.command(READ_OF_ONE, 512))).isEqualTo(ScsiTask.BUSY);
        rig.close();
        ScsiRequests.isGood(second.command(READ_OF_ONE, 512));

        rig = second;
        other.close();
    }

    @Test
    void shouldMakeDurableWhatWasWrittenBeforeTheCacheIsTurnedOff() {
        int before = context.blockingTasks();
        for (int i = 0; i < 10; i++) {
            ScsiRequests.isGood(rig.command("15 10 00 00 18 00", 0, ScsiRequests.cachingPage(false)));
            ScsiRequests.isGood(rig.command("15 10 00 00 18 00", 0, ScsiRequests.cachingPage(true)));
        }

        assertThat(rig.io().log()).hasSize(10).containsOnly("sync");
        assertThat(context.blockingTasks()).isEqualTo(before);
    }

    @Test
    void shouldMakeDurableAWriteThatWasUnderWayWhenTheCacheWasTurnedOff() {
        long write = rig.begin(7, "2a 00 00000000 00 0001 00", 0, BLOCK);
        rig.begin(8, "15 10 00 00 18 00", 0, ScsiRequests.cachingPage(false));
        rig.settle();

        ScsiRequests.isGood(rig.requests().driver().answer(write));
        assertThat(rig.io().log()).containsExactly("write 0+512 PLAIN", "sync", "sync");
    }

    @Test
    void shouldFailAModeSelectWhoseCacheCannotBeWritten() {
        rig.io().plan(-Errno.EIO);

        ScsiRequests.fails(rig.command("15 10 00 00 18 00", 0, ScsiRequests.cachingPage(false)), "3/0c/00");
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "2f 02 00000005 00 0100 00",
                "af 02 00000005 00000100 00 00",
                "8f 02 0000000000000005 00000100 00 00"
            })
    void shouldCompareWhatIsOnTheDiskWithTheData(String verify) {
        byte[] data = ScsiRequests.pattern(5, 256 * 512);
        ScsiRequests.isGood(rig.command("2a 00 00000005 00 0100 00", 0, data));
        Answer same = rig.command(verify, 0, data);
        data[data.length - 1] ^= 1;
        Answer other = rig.command(verify, 0, data);

        ScsiRequests.isGood(same);
        assertThat(ScsiRequests.residual(same)).isZero();
        ScsiRequests.fails(other, "e/1d/00");
        assertThat(ScsiRequests.response(rig.command(verify, 0, new byte[256 * 512 - 1])))
                .isEqualTo(ScsiWire.VIRTIO_SCSI_S_OVERRUN);
    }

    @Test
    void shouldCompareOneCommandAfterTheOtherWhateverBecomesOfThem() {
        byte[] zeros = new byte[512];
        rig.io().plan(-Errno.EIO);
        long failing = rig.begin(7, "2f 02 00000000 00 0001 00", 0, zeros);
        long aborted = rig.begin(8, "2f 02 00000001 00 0001 00", 0, zeros);
        long differing = rig.begin(9, "2f 02 00000002 00 0001 00", 0, BLOCK);
        long same = rig.begin(10, "2f 02 00000003 00 0001 00", 0, zeros);
        rig.manage(ScsiWire.TMF_ABORT_TASK, 0, 0, 8);
        rig.settle();

        ScsiRequests.fails(rig.requests().driver().answer(failing), "3/11/00");
        assertThat(ScsiRequests.response(rig.requests().driver().answer(aborted)))
                .isEqualTo(ScsiWire.VIRTIO_SCSI_S_ABORTED);
        ScsiRequests.fails(rig.requests().driver().answer(differing), "e/1d/00");
        ScsiRequests.isGood(rig.requests().driver().answer(same));
    }

    private String extents(String cdb, int bytes) {
        Answer answer = rig.command(cdb, bytes);
        ScsiRequests.isGood(answer);
        ByteBuffer data = ByteBuffer.wrap(ScsiRequests.data(answer));
        StringBuilder extents = new StringBuilder();
        for (int at = 8; at < 4 + data.getInt(0); at += 16) {
            extents.append(
                    data.getLong(at) + "+" + data.getInt(at + 8) + (data.get(at + 12) == 0 ? " mapped " : " free "));
        }
        return extents.toString().strip();
    }

    @Test
    void shouldTellWhichBlocksTakeSpace() throws Exception {
        String all = "9e 12 0000000000000000 00000100 00 00";
        rig.command("2a 00 00000010 00 0008 00", 0, new byte[8 * 512]);
        assertThat(extents(all, 256)).isEqualTo("0+16 free 16+8 mapped 24+2024 free");
        assertThat(extents("9e 12 0000000000000011 00000018 00 00", 24)).isEqualTo("17+7 mapped");
        ScsiRequests.fails(rig.command("9e 12 0000000000000800 00000018 00 00", 24), "5/21/00");

        reopen(Map.of("discard", false));
        assertThat(extents(all, 256)).isEqualTo("0+2048 mapped");
    }
}
