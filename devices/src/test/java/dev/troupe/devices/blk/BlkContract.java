package dev.troupe.devices.blk;

import static org.assertj.core.api.Assertions.assertThat;

import dev.troupe.actors.device.VirtioDevice;
import dev.troupe.devices.testing.DeviceContract;
import dev.troupe.devices.testing.Probe;
import dev.troupe.devices.testing.RequestWriter.Answer;
import java.util.Arrays;
import java.util.List;

/** The contract of devices, with requests of a disk of at least 64 sectors. */
abstract class BlkContract extends DeviceContract {
    private static final int READ = 5 * BlkWire.SECTOR_BYTES + 1;
    private static final byte[] DATA = BlkRequests.pattern(7, 3 * BlkWire.SECTOR_BYTES);

    /** Whether the disk keeps what is written to it. */
    abstract boolean keeps();

    @Override
    protected List<Probe> probes() {
        return List.of(
                new Probe("write", BlkRequests.write(10, DATA), 1, BlkContract::isOk),
                new Probe("read", BlkRequests.header(BlkWire.VIRTIO_BLK_T_IN, 9), READ, this::holdsData),
                new Probe("flush", BlkRequests.header(BlkWire.VIRTIO_BLK_T_FLUSH, 0), 1, BlkContract::isOk),
                new Probe("id", BlkRequests.header(BlkWire.VIRTIO_BLK_T_GET_ID, 0), 21, BlkContract::isSerial),
                new Probe(
                        "write zeroes",
                        BlkRequests.segments(BlkWire.VIRTIO_BLK_T_WRITE_ZEROES, 10, 2, 1, 12, 1, 0),
                        1,
                        BlkContract::isOk),
                new Probe("zeros", BlkRequests.header(BlkWire.VIRTIO_BLK_T_IN, 9), READ, BlkContract::isZeros),
                new Probe(
                        "discard",
                        BlkRequests.segments(BlkWire.VIRTIO_BLK_T_DISCARD, 0, 8, 0, 16, 8, 0),
                        1,
                        BlkContract::isOk),
                new Probe("unknown", BlkRequests.header(77, 0), 1, BlkContract::isUnsupported));
    }

    @Override
    protected Probe repeatable() {
        return new Probe("write again", BlkRequests.write(20, DATA), 1, BlkContract::isOk);
    }

    @Override
    protected void choose(VirtioDevice device) {
        assertThat(device.writeConfigSpace(BlkWire.WRITEBACK_OFFSET, new byte[] {0}))
                .isTrue();
    }

    private static void isOk(Answer answer) {
        assertThat(answer.lastByte()).isEqualTo(BlkWire.VIRTIO_BLK_S_OK);
        assertThat(answer.usedLengthBytes()).isEqualTo(answer.bytes().length);
    }

    private static void isUnsupported(Answer answer) {
        assertThat(answer.lastByte()).isEqualTo(BlkWire.VIRTIO_BLK_S_UNSUPP);
    }

    private void holdsData(Answer answer) {
        isOk(answer);
        int from = BlkWire.SECTOR_BYTES;
        byte[] expected = keeps() ? DATA : new byte[DATA.length];
        assertThat(Arrays.copyOfRange(answer.bytes(), from, from + DATA.length)).isEqualTo(expected);
        assertThat(Arrays.copyOf(answer.bytes(), from)).containsOnly(0);
    }

    private static void isZeros(Answer answer) {
        isOk(answer);
        assertThat(answer.bytes()).containsOnly(0);
    }

    private static void isSerial(Answer answer) {
        isOk(answer);
        assertThat(new String(answer.bytes(), java.nio.charset.StandardCharsets.UTF_8))
                .isEqualTo("test0" + "\0".repeat(16));
    }
}
