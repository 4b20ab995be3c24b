package dev.troupe.devices.scsi;

import static org.assertj.core.api.Assertions.assertThat;

import dev.troupe.devices.testing.ManualLoop;
import dev.troupe.devices.testing.RequestWriter.Answer;
import dev.troupe.devices.testing.TestDeviceContext;
import dev.troupe.transport.testing.LeakCheck;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

@ExtendWith(LeakCheck.class)
class PrimaryCommandsTest {
    private static final Map<String, Object> DISK =
            Map.of("back-end", "null", "size", 1L << 20, "serial", "S3R1AL", "optimal-io-size", 1L << 16);

    private final ManualLoop loop = new ManualLoop();
    private final TestDeviceContext context = new TestDeviceContext(loop);
    private ScsiRig rig;

    @BeforeEach
    void open() throws Exception {
        rig = ScsiRig.of(
                loop,
                context,
                Map.of(
                        "a",
                        DISK,
                        "b",
                        Map.of("back-end", "null", "size", 1L << 20, "lun", 300L),
                        "c",
                        Map.of("back-end", "null", "size", 1L << 20, "target", 7L, "lun", 1L)));
    }

    @AfterEach
    void close() {
        rig.close();
        context.close();
    }

    private byte[] data(String cdb, int bytes) {
        Answer answer = rig.command(cdb, bytes);
        ScsiRequests.isGood(answer);
        return Arrays.copyOf(ScsiRequests.data(answer), bytes - ScsiRequests.residual(answer));
    }

    private static String text(byte[] data, int from, int length) {
        return new String(data, from, length, StandardCharsets.US_ASCII);
    }

    @Test
    void shouldSayWhoItIs() {
        byte[] inquiry = data("12 00 00 0060 00", 96);

        assertThat(inquiry).hasSize(74);
        assertThat(inquiry).startsWith(0, 0, 6, 0x12, 69);
        assertThat(text(inquiry, 8, 28)).isEqualTo("TROUPE  DISK            1   ");
        assertThat(text(data("12 01 80 00ff 00", 255), 4, 6)).isEqualTo("S3R1AL");
    }

    @Test
    void shouldHaveEveryPageThatItListsAndNoOther() {
        byte[] list = data("12 01 00 00ff 00", 255);
        assertThat(HexFormat.of().formatHex(list)).isEqualTo("00000007" + "00808386b0b1b2");
        for (int i = 4; i < list.length; i++) {
            byte[] page = data("12 01 %02x 00ff 00".formatted(list[i]), 255);
            assertThat(page[1]).isEqualTo(list[i]);
            assertThat(page).hasSize(4 + ByteBuffer.wrap(page).getShort(2));
        }
        ScsiRequests.fails(rig.command("12 01 b3 00ff 00", 255), "5/24/00");
        ScsiRequests.fails(rig.command("12 00 80 00ff 00", 255), "5/24/00");
    }

    @Test
    void shouldIdentifyTheUnitInThreeWays() {
        byte[] page = data("12 01 83 00ff 00", 255);

        assertThat(text(page, 8, 14)).isEqualTo("TROUPE  S3R1AL");
        assertThat(page[22 + 1]).isEqualTo((byte) 0x03);
        assertThat(page[22 + 4] & 0xf0).isEqualTo(0x30);
        assertThat(page[34 + 1]).isEqualTo((byte) 0x14);
    }

    @Test
    void shouldTellItsLimits() {
        ByteBuffer page = ByteBuffer.wrap(data("12 01 b0 00ff 00", 255));

        assertThat(page.getInt(12)).isEqualTo(128);
        assertThat(page.getInt(20)).isEqualTo(1 << 21);
        assertThat(page.getInt(24)).isEqualTo(256);
        assertThat(page.getLong(36)).isEqualTo(1 << 21);
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 4, 5, 35, 36, 0xffff})
    void shouldKeepToTheAllocationLength(int allocation) {
        Answer answer = rig.command("12 00 00 %04x 00".formatted(allocation), 0xffff);

        ScsiRequests.isGood(answer);
        assertThat(ScsiRequests.residual(answer)).isEqualTo(0xffff - Math.min(allocation, 74));
        assertThat(answer.usedLengthBytes()).isEqualTo(ScsiRequests.RESPONSE + Math.min(allocation, 74));
    }

    @Test
    void shouldAnswerOverrunWhenMoreIsAllowedThanThereIsRoom() {
        assertThat(ScsiRequests.response(rig.command("12 00 00 0060 00", 95)))
                .isEqualTo(ScsiWire.VIRTIO_SCSI_S_OVERRUN);
    }

    @Test
    void shouldListTheUnitsOfTheTargetThatIsAsked() {
        assertThat(HexFormat.of().formatHex(data("a0 00 00 000000 00000100 00 00", 256)))
                .isEqualTo("0000001000000000" + "0000000000000000" + "412c000000000000");
        byte[] other = ScsiRequests.data(rig.command(7, 0, "a0 00 00 000000 00000010 00 00", 16));
        assertThat(HexFormat.of().formatHex(other)).isEqualTo("0000000800000000" + "0001000000000000");
        byte[] all = ScsiRequests.data(rig.command(7, 0, "a0 00 02 000000 00000018 00 00", 24));
        assertThat(HexFormat.of().formatHex(all)).endsWith("c101000000000000");
    }

    @ParameterizedTest
    @CsvSource({"0", "1", "15"})
    void shouldRefuseAListOfUnitsWithoutRoomForOne(int allocation) {
        ScsiRequests.fails(rig.command("a0 00 00 000000 %08x 00 00".formatted(allocation), 16), "5/24/00");
    }

    @Test
    void shouldAnswerAtTheWellKnownUnit() {
        byte[] wellKnown = {(byte) 0xc1, 1, 0, 0, 0, 0, 0, 0};
        Answer answer = rig.command(wellKnown, "a0 00 00 000000 00000018 00 00", 24);

        ScsiRequests.isGood(answer);
        assertThat(HexFormat.of().formatHex(ScsiRequests.data(answer))).endsWith("412c000000000000");
        ScsiRequests.fails(rig.command(wellKnown, "00 00000000 00", 0), "5/25/00");
    }

    @ParameterizedTest
    @ValueSource(strings = {"0100000000000000", "0100400000000000"})
    void shouldKnowBothWaysToWriteAnAddress(String address) {
        ScsiRequests.isGood(rig.command(HexFormat.of().parseHex(address), "00 00000000 00", 0));
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "0000000000000000",
                "0200000000000000",
                "c102000000000000",
                "ffffffffffffffff",
                "0101000000000000",
                "01ff400000000000"
            })
    void shouldSayThatThereIsNoSuchTarget(String address) {
        Answer answer = rig.command(HexFormat.of().parseHex(address), "12 00 00 0024 00", 36);

        assertThat(ScsiRequests.response(answer)).isEqualTo(ScsiWire.VIRTIO_SCSI_S_BAD_TARGET);
    }

    @ParameterizedTest
    @ValueSource(
            strings = {
                "0100000100000000",
                "0100400100000000",
                "0100010000000000",
                "0100800000000000",
                "0100c00000000000",
                "0100400000000001",
                "01007fff00000000"
            })
    void shouldSayThatThereIsNoSuchUnit(String address) {
        byte[] bytes = HexFormat.of().parseHex(address);

        ScsiRequests.fails(rig.command(bytes, "00 00000000 00", 0), "5/25/00");
        assertThat(ScsiRequests.data(rig.command(bytes, "12 00 00 0024 00", 36))[0])
                .isEqualTo((byte) 0x7f);
        ScsiRequests.fails(rig.command(bytes, "12 01 00 0024 00", 36), "5/24/00");
        byte[] sense = ScsiRequests.data(rig.command(bytes, "03 00 00 00 12 00", 18));
        assertThat(sense[2]).isEqualTo((byte) 5);
        assertThat(sense[12]).isEqualTo((byte) 0x25);
    }

    @Test
    void shouldRefuseCommandsThatThereAreNot() {
        for (int opcode = 0; opcode < 256; opcode++) {
            if (Operation.of(opcode, false) == null) {
                ScsiRequests.fails(rig.command("%02x 00 00 00 00 00".formatted(opcode), 0), "5/20/00");
            }
        }
        ScsiRequests.fails(rig.command("9e 1f 0000000000000000 00000020 00 00", 32), "5/24/00");
    }

    @Test
    void shouldTellOnceThatItWasReset() {
        rig.device().reset();

        ScsiRequests.isGood(rig.command("12 00 00 0024 00", 36));
        ScsiRequests.fails(rig.command("00 00000000 00", 0), "6/29/00");
        ScsiRequests.isGood(rig.command("00 00000000 00", 0));
        ScsiRequests.fails(rig.command(0, 300, "28 00 00000000 00 0001 00", 512), "6/29/00");
        assertThat(rig.requests().bench().errors()).isZero();
    }

    @Test
    void shouldTellByRequestSenseWhatItHadToTell() {
        rig.device().reset();
        byte[] sense = data("03 00 00 00 ff 00", 255);

        assertThat(sense[2]).isEqualTo((byte) 6);
        assertThat(sense[12]).isEqualTo((byte) 0x29);
        ScsiRequests.isGood(rig.command("00 00000000 00", 0));
        assertThat(data("03 01 00 00 ff 00", 255)).startsWith(0x72, 0, 0, 0);
    }

    @Test
    void shouldListItsModePages() {
        assertThat(HexFormat.of().formatHex(data("1a 08 3f 00 ff 00", 255)))
                .isEqualTo("2f001000" + "081204" + "00".repeat(17) + "0a0a0010" + "00".repeat(8) + "1c0a08"
                        + "00".repeat(9));
        assertThat(data("5a 00 08 00 00 00 00 00ff 00", 255))
                .hasSize(8 + 8 + 20)
                .startsWith(0, 34, 0, 0x10);
        ScsiRequests.fails(rig.command("1a 00 c8 00 ff 00", 255), "5/39/00");
        ScsiRequests.fails(rig.command("1a 00 07 00 ff 00", 255), "5/24/00");
        ScsiRequests.fails(rig.command("1a 00 08 01 ff 00", 255), "5/24/00");
    }

    @Test
    void shouldDoWithoutItsCacheWhenTheGuestWantsNone() {
        byte[] page = data("5a 08 08 00 00 00 00 00ff 00", 255);
        page[8 + 2] = 0;
        ScsiRequests.isGood(rig.command("55 10 00 00 00 00 00 001c 00", 0, page));

        assertThat(data("5a 08 08 00 00 00 00 00ff 00", 255)[8 + 2]).isZero();
        assertThat(data("5a 08 88 00 00 00 00 00ff 00", 255)[8 + 2]).isEqualTo((byte) 4);
        assertThat(rig.device().units().all().getFirst().unit().state().writeCache())
                .isFalse();
    }

    @Test
    void shouldGiveSenseDataTheFormatThatTheGuestWants() {
        byte[] page = data("1a 08 0a 00 ff 00", 255);
        page[4 + 2] = 4;
        ScsiRequests.isGood(rig.command("15 10 00 00 10 00", 0, page));

        Answer answer = rig.command("ff", 0);
        assertThat(answer.bytes()).startsWith(8, 0, 0, 0).containsSequence(0x72, 5, 0x20, 0);
    }

    @ParameterizedTest
    @CsvSource({
        "15 10 00 00 03 00, 000000, 5/1a/00",
        "15 10 00 00 05 00, 0000000008, 5/26/00",
        "15 10 00 00 06 00, 000000000812, 5/1a/00",
        "15 10 00 00 04 00, 000000ff, 5/1a/00",
        "15 00 00 00 04 00, 00000000, 5/24/00",
        "15 11 00 00 04 00, 00000000, 5/24/00",
        "15 10 00 00 06 00, 000000000700, 5/26/00",
        "15 10 00 00 10 00, 000000000a0affffffffffffffffffff, 5/26/00",
        "55 10 00 00 00 00 00 ffff 00, 00, 5/1a/00"
    })
    void shouldRefuseModeListsThatAreWrongAndChangeNothing(String cdb, String list, String sense) {
        UnitState before = rig.device().units().all().getFirst().unit().state();
        ScsiRequests.fails(rig.command(cdb, 0, HexFormat.of().parseHex(list)), sense);
        assertThat(rig.device().units().all().getFirst().unit().state()).isEqualTo(before);
    }

    @Test
    void shouldSayWhichCommandsThereAre() {
        byte[] all = data("a3 0c 00 00 0000 00001000 00 00", 4096);
        assertThat(ByteBuffer.wrap(all).getInt(0)).isEqualTo(all.length - 4);

        assertThat(data("a3 0c 01 93 0000 00000100 00 00", 256)).startsWith(0, 3, 0, 16, (byte) 0x93, 9);
        assertThat(data("a3 0c 01 99 0000 00000100 00 00", 256)).startsWith(0, 1);
        assertThat(data("a3 0c 02 9e 0010 00000100 00 00", 256)).startsWith(0, 3, 0, 16);
        assertThat(data("a3 0c 02 9e 0011 00000100 00 00", 256)).startsWith(0, 1);
        assertThat(data("a3 0c 03 9e 0012 00000100 00 00", 256)).startsWith(0, 3, 0, 16, 0x9e, 0x1f);
        ScsiRequests.fails(rig.command("a3 0c 01 9e 0000 00000100 00 00", 256), "5/24/00");
        ScsiRequests.fails(rig.command("a3 0c 02 28 0000 00000100 00 00", 256), "5/24/00");
        ScsiRequests.fails(rig.command("a3 0c 07 28 0000 00000100 00 00", 256), "5/24/00");
    }

    @Test
    void shouldHaveALogWithNothingInIt() {
        assertThat(data("4d 00 40 00 00 0000 00ff 00", 255)).containsExactly(0, 0, 0, 1, 0);
        ScsiRequests.fails(rig.command("4d 00 4d 00 00 0000 00ff 00", 255), "5/24/00");
    }

    @Test
    void shouldKeepToTheSizesThatTheDriverChose() {
        byte[] space = rig.device().configSpace(0);
        space[ScsiWire.SENSE_SIZE_OFFSET] = 4;
        space[ScsiWire.CDB_SIZE_OFFSET] = 6;
        assertThat(rig.device().writeConfigSpace(0, space)).isTrue();

        byte[] request = Arrays.copyOf(ScsiRequests.command(0, 0, 1, "ff 00 00 00 00 00"), 19 + 6);
        Answer answer = rig.requests().request(request, 16);
        assertThat(answer.bytes()).startsWith(4, 0, 0, 0).endsWith(0x70, 0, 5, 0);
    }

    @ParameterizedTest
    @CsvSource({"20, 253", "24, 0", "24, -1", "20, -1", "0, 5", "32, 1"})
    void shouldRefuseWhatTheDriverMustNotWrite(int offset, int value) {
        byte[] before = rig.device().configSpace(0);
        byte[] bytes =
                ByteBuffer.allocate(4).putInt(Integer.reverseBytes(value)).array();

        assertThat(rig.device().writeConfigSpace(offset, bytes)).isFalse();
        assertThat(rig.device().writeConfigSpace(34, bytes)).isFalse();
        assertThat(rig.device().configSpace(0)).isEqualTo(before);
    }

    @Test
    void shouldAnswerFailureWhenARequestIsTooShortForACommand() {
        Answer answer = rig.requests().request(new byte[50], 108);

        assertThat(ScsiRequests.response(answer)).isEqualTo(ScsiWire.VIRTIO_SCSI_S_FAILURE);
    }

    @Test
    void shouldKeepWhatTheGuestHasToBeToldWhenThereIsNoRoomForIt() throws Exception {
        rig.device().units().all().forEach(nexus -> nexus.raise(Sense.MODE_PARAMETERS_CHANGED));

        assertThat(ScsiRequests.response(rig.command("03 00 00 00 12 00", 5)))
                .isEqualTo(ScsiWire.VIRTIO_SCSI_S_OVERRUN);
        ScsiRequests.fails(rig.command("00 00000000 00", 0), "6/2a/01");
    }
}
