package dev.troupe.devices.scsi;

import static org.assertj.core.api.Assertions.assertThat;

import dev.troupe.devices.testing.RequestWriter.Answer;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.Random;

/** Requests as a SCSI host's driver writes them, and its look at the answers. */
final class ScsiRequests {
    /** The response before the data-in buffer. */
    static final int RESPONSE = ScsiWire.RESPONSE_BEFORE_SENSE + ScsiWire.DEFAULT_SENSE_SIZE;

    private ScsiRequests() {}

    /** A command for a unit, with a CDB in hexadecimal and a data-out buffer. */
    static byte[] command(int target, int lun, long tag, String cdb, byte... dataOut) {
        return command(address(target, lun), tag, cdb, dataOut);
    }

    static byte[] command(byte[] address, long tag, String cdb, byte... dataOut) {
        byte[] bytes = HexFormat.of().parseHex(cdb.replace(" ", ""));
        return ByteBuffer.allocate(ScsiWire.REQUEST_BEFORE_CDB + ScsiWire.DEFAULT_CDB_SIZE + dataOut.length)
                .order(ByteOrder.LITTLE_ENDIAN)
                .put(address)
                .putLong(8, tag)
                .put(ScsiWire.REQUEST_BEFORE_CDB, bytes)
                .put(ScsiWire.REQUEST_BEFORE_CDB + ScsiWire.DEFAULT_CDB_SIZE, dataOut)
                .array();
    }

    static byte[] address(int target, int lun) {
        return new byte[] {1, (byte) target, (byte) (0x40 | lun >> 8), (byte) lun, 0, 0, 0, 0};
    }

    static byte[] taskManagement(int function, int target, int lun, long tag) {
        return ByteBuffer.allocate(24)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(ScsiWire.VIRTIO_SCSI_T_TMF)
                .putInt(function)
                .put(address(target, lun))
                .putLong(tag)
                .array();
    }

    static byte[] pattern(int seed, int bytes) {
        byte[] data = new byte[bytes];
        new Random(seed).nextBytes(data);
        return data;
    }

    /** The parameter list of a MODE SELECT (6) that turns the write cache on or off. */
    static byte[] cachingPage(boolean writeCache) {
        byte[] list = new byte[4 + 20];
        list[4] = 0x08;
        list[5] = 18;
        list[6] = (byte) (writeCache ? 0x04 : 0);
        return list;
    }

    static int response(Answer answer) {
        return answer.bytes()[11];
    }

    static int status(Answer answer) {
        return answer.bytes()[10];
    }

    static int residual(Answer answer) {
        return ByteBuffer.wrap(answer.bytes()).order(ByteOrder.LITTLE_ENDIAN).getInt(4);
    }

    /** Sense key, additional code and qualifier, such as {@code "5/24/00"}; {@code "-"} if there is none. */
    static String sense(Answer answer) {
        byte[] bytes = answer.bytes();
        if (ByteBuffer.wrap(bytes).order(ByteOrder.LITTLE_ENDIAN).getInt(0) == 0) {
            return "-";
        }
        boolean fixed = (bytes[12] & 0x7f) == 0x70;
        return fixed
                ? "%x/%02x/%02x".formatted(bytes[14], bytes[24], bytes[25])
                : "%x/%02x/%02x".formatted(bytes[13], bytes[14], bytes[15]);
    }

    static byte[] data(Answer answer) {
        return Arrays.copyOfRange(answer.bytes(), RESPONSE, answer.bytes().length);
    }

    static void isGood(Answer answer) {
        assertThat(sense(answer)).isEqualTo("-");
        assertThat(response(answer)).isEqualTo(ScsiWire.VIRTIO_SCSI_S_OK);
        assertThat(status(answer)).isEqualTo(ScsiTask.GOOD);
    }

    static void fails(Answer answer, String sense) {
        assertThat(sense(answer)).isEqualTo(sense);
        assertThat(response(answer)).isEqualTo(ScsiWire.VIRTIO_SCSI_S_OK);
        assertThat(status(answer)).isEqualTo(ScsiTask.CHECK_CONDITION);
    }
}
