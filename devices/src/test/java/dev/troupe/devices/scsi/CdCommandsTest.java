package dev.troupe.devices.scsi;

import static org.assertj.core.api.Assertions.assertThat;

import dev.troupe.devices.testing.ManualLoop;
import dev.troupe.devices.testing.RequestWriter.Answer;
import dev.troupe.devices.testing.TestDeviceContext;
import dev.troupe.transport.testing.LeakCheck;
import java.util.HexFormat;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

@ExtendWith(LeakCheck.class)
class CdCommandsTest {
    private final ManualLoop loop = new ManualLoop();
    private final TestDeviceContext context = new TestDeviceContext(loop);
    private ScsiRig rig;

    @BeforeEach
    void open() throws Exception {
        Map<String, Object> drive = Map.of("medium", "cd-rom", "back-end", "null");
        rig = ScsiRig.of(loop, context, Map.of("cd", with(drive, 0, 1000 * 2048L), "dvd", with(drive, 1, 4L << 30)));
    }

    private static Map<String, Object> with(Map<String, Object> drive, long lun, long size) {
        Map<String, Object> all = new java.util.HashMap<>(drive);
        all.put("lun", lun);
        all.put("size", size);
        return all;
    }

    @AfterEach
    void close() {
        rig.close();
        context.close();
    }

    private String data(int lun, String cdb, int bytes) {
        Answer answer = rig.command(0, lun, cdb, bytes);
        ScsiRequests.isGood(answer);
        return HexFormat.of().formatHex(ScsiRequests.data(answer), 0, bytes - ScsiRequests.residual(answer));
    }

    @Test
    void shouldBeAnOpticalDriveWithBlocksOf2048Bytes() {
        assertThat(data(0, "12 00 00 0024 00", 36)).startsWith("0580").contains("43442d524f4d");
        assertThat(data(0, "25 00 00000000 0000 00 00", 8)).isEqualTo("000003e7" + "00000800");
        ScsiRequests.fails(rig.command("2a 00 00000000 00 0001 00", 0, new byte[2048]), "5/20/00");
        ScsiRequests.fails(rig.command("88 00 0000000000000000 00000001 00 00", 2048), "5/20/00");
    }

    @Test
    void shouldHaveOneTrackOfData() {
        assertThat(data(0, "43 00 00 000000 00 00ff 00", 255))
                .isEqualTo("00120101" + "0014010000000000" + "0014aa00000003e8");
        assertThat(data(0, "43 02 00 000000 aa 00ff 00", 255)).isEqualTo("000a0101" + "0014aa0000000f19");
        assertThat(data(0, "43 00 01 000000 00 00ff 00", 255)).isEqualTo("000a0101" + "0014010000000000");
        assertThat(data(0, "43 00 00 000000 00 00ff 40", 255)).isEqualTo("000a0101" + "0014010000000000");
        ScsiRequests.fails(rig.command("43 00 00 000000 02 00ff 00", 255), "5/24/00");
        ScsiRequests.fails(rig.command("43 00 05 000000 00 00ff 00", 255), "5/24/00");
    }

    @Test
    void shouldTellACdFromADvd() {
        assertThat(data(0, "46 00 0000 000000 0008 00", 8)).isEqualTo("0000004000000008");
        assertThat(data(1, "46 00 0000 000000 0008 00", 8)).isEqualTo("0000004000000010");
        assertThat(data(0, "46 02 001e 000000 00ff 00", 255)).isEqualTo("0000000c00000008" + "001e090400000000");
        assertThat(data(0, "46 02 0099 000000 00ff 00", 255)).isEqualTo("0000000400000008");
        ScsiRequests.fails(rig.command("46 03 0000 000000 00ff 00", 255), "5/24/00");
    }

    @Test
    void shouldHaveAStructureOnlyWhenItIsADvd() {
        assertThat(data(1, "ad 00 00000000 00 00 0014 00 00", 20))
                .isEqualTo("08020000" + "010f0100" + "00030000" + "0022ffff" + "00000000");
        ScsiRequests.fails(rig.command("ad 00 00000000 00 00 0014 00 00", 20), "5/24/00");
        ScsiRequests.fails(rig.command(0, 1, "ad 00 00000000 00 03 0014 00 00", 20), "5/24/00");
    }

    @Test
    void shouldSayThatTheDiscIsFinalised() {
        assertThat(data(0, "51 00 000000000000 0022 00".replace("000000000000", "0000000000"), 34))
                .startsWith("0020" + "0e" + "01010101");
        assertThat(data(0, "bd 00 00 00 00 00 00 00 0008 00 00", 8)).isEqualTo("0000000000010000");
    }

    @Test
    void shouldHaveTheModePagesOfADrive() {
        assertThat(data(0, "5a 00 2a 00 00 00 00 00ff 00", 255)).startsWith("001c000000000000" + "2a143b00");
        assertThat(data(0, "1a 00 3f 00 ff 00", 255)).contains("2a143b00").contains("1c0a08");
    }

    @Test
    void shouldTellMediaEventsByPollingOnly() {
        assertThat(data(0, "4a 01 00 00 10 00 00 0008 00", 8)).isEqualTo("0006041000020000");
        assertThat(data(0, "4a 01 00 00 02 00 00 0008 00", 8)).isEqualTo("00028010");
        ScsiRequests.fails(rig.command("4a 00 00 00 10 00 00 0008 00", 8), "5/24/00");
    }

    @ParameterizedTest
    @ValueSource(strings = {"43 00 00 000000 00 0000 00", "46 00 0000 000000 0000 00", "4a 01 00 00 10 00 00 0001 00"})
    void shouldKeepToTheAllocationLength(String cdb) {
        ScsiRequests.isGood(rig.command(cdb, 1));
    }
}
