package dev.troupe.devices.scsi;

import static org.assertj.core.api.Assertions.assertThat;

import dev.troupe.actors.device.DeviceContext;
import dev.troupe.actors.device.VirtioDevice;
import dev.troupe.devices.testing.DeviceContract;
import dev.troupe.devices.testing.Probe;
import dev.troupe.devices.testing.RequestWriter.Answer;
import dev.troupe.devices.testing.TestSettings;
import java.nio.ByteBuffer;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/** The contract of devices, with commands for a disk of at least 64 blocks at target 0, LUN 0. */
abstract class ScsiContract extends DeviceContract {
    private static final int BLOCK = 512;
    private static final byte[] DATA = ScsiRequests.pattern(7, 3 * BLOCK);
    private static final int NONE = ScsiRequests.RESPONSE;

    /** What is at LUN 0. */
    abstract Map<String, Object> disk();

    /** Whether the disk keeps what is written to it. */
    abstract boolean keeps();

    @Override
    protected VirtioDevice open(DeviceContext context) throws Exception {
        ScsiFactory factory = new ScsiFactory();
        ScsiDevice device =
                (ScsiDevice) factory.open(TestSettings.of(factory, Map.of("luns", Map.of("disk", disk()))), context);
        device.units().all().forEach(Nexus::takeAttention);
        return RequestQueueOnly.of(device);
    }

    private static byte[] command(String cdb, byte... dataOut) {
        return ScsiRequests.command(0, 0, 1, cdb, dataOut);
    }

    @Override
    protected List<Probe> probes() {
        return List.of(
                new Probe("ready", command("00 00000000 00"), NONE, ScsiRequests::isGood),
                new Probe("write", command("2a 00 0000000a 00 0003 00", DATA), NONE, ScsiRequests::isGood),
                new Probe("read", command("28 00 00000009 00 0005 00"), NONE + 5 * BLOCK, this::holdsData),
                new Probe("flush", command("35 00 00000000 00 0000 00"), NONE, ScsiRequests::isGood),
                new Probe("inquiry", command("12 00 00 0024 00"), NONE + 36, ScsiContract::isDisk),
                new Probe("write same", command("93 01 000000000000000a 00000003 00 00"), NONE, ScsiRequests::isGood),
                new Probe("zeros", command("28 00 00000009 00 0005 00"), NONE + 5 * BLOCK, ScsiContract::isZeros),
                new Probe("unmap", command("42 00 00000000 00 0018 00", unmap(0, 8)), NONE, ScsiRequests::isGood),
                new Probe(
                        "unknown",
                        command("ff 00 00 00 00 00"),
                        NONE,
                        answer -> ScsiRequests.fails(answer, "5/20/00")));
    }

    private static byte[] unmap(long lba, int blocks) {
        return ByteBuffer.allocate(24)
                .putShort(0, (short) 22)
                .putShort(2, (short) 16)
                .putLong(8, lba)
                .putInt(16, blocks)
                .array();
    }

    @Override
    protected Probe repeatable() {
        return new Probe("write again", command("2a 00 00000014 00 0003 00", DATA), NONE, ScsiRequests::isGood);
    }

    @Override
    protected void choose(VirtioDevice device) {
        byte[] space = device.configSpace(0);
        space[ScsiWire.CDB_SIZE_OFFSET] = 16;
        assertThat(device.writeConfigSpace(0, space)).isTrue();
        LogicalUnit unit =
                ((RequestQueueOnly) device).device().units().all().getFirst().unit();
        unit.changeModes(unit.nexuses().getFirst(), false, true);
        ByteBuffer parameters = ByteBuffer.allocate(24).putLong(8, 0x1234);
        unit.reserve(unit.nexuses().getFirst(), ReserveOut.REGISTER, 0, parameters, 5);
    }

    private void holdsData(Answer answer) {
        ScsiRequests.isGood(answer);
        byte[] expected = keeps() ? DATA : new byte[DATA.length];
        byte[] data = ScsiRequests.data(answer);
        assertThat(Arrays.copyOfRange(data, BLOCK, BLOCK + DATA.length)).isEqualTo(expected);
        assertThat(Arrays.copyOf(data, BLOCK)).containsOnly(0);
        assertThat(answer.usedLengthBytes()).isEqualTo(answer.bytes().length);
    }

    private static void isZeros(Answer answer) {
        ScsiRequests.isGood(answer);
        assertThat(ScsiRequests.data(answer)).containsOnly(0);
    }

    private static void isDisk(Answer answer) {
        ScsiRequests.isGood(answer);
        assertThat(new String(ScsiRequests.data(answer), 8, 16, java.nio.charset.StandardCharsets.US_ASCII))
                .isEqualTo("TROUPE  DISK    ");
    }
}
