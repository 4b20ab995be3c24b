package dev.troupe.runtime.bench;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.troupe.config.DeviceTypes;
import dev.troupe.runtime.testing.CommandRun;
import dev.troupe.runtime.testing.LiveDaemon;
import java.nio.file.Path;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** The device types other than disks and random sources. */
class BenchTypesTest {

    private static final long FEW_BYTES = 64 * 1024;

    @TempDir
    static Path folder = Path.of("");

    private static LiveDaemon daemon;

    @BeforeAll
    static void startDaemon() throws Exception {
        daemon = LiveDaemon.start(folder);
    }

    @AfterAll
    static void stopDaemon() {
        daemon.close();
    }

    private static CommandRun bench(String device, String... options) throws Exception {
        Stream<String> always = Stream.of(
                daemon.socket(device).toString(),
                "--type",
                Map.of("host", "scsi", "bus", "i2c", "lines", "gpio").get(device),
                "--duration",
                "300 ms",
                "--warm-up",
                "200 ms",
                "--json",
                "--quiet");
        return CommandRun.of(
                (out, err) -> new BenchCommand(DeviceTypes.load(), out, err),
                Stream.concat(always, Stream.of(options)).toArray(String[]::new));
    }

    private static JsonNode clean(CommandRun run, String type) throws Exception {
        assertThat(run.err()).isEmpty();
        JsonNode result = new ObjectMapper().readTree(run.out());
        assertThat(result.get("problems")).isEmpty();
        assertThat(run.exitCode()).isZero();
        assertThat(result.get("type").asText()).isEqualTo(type);
        assertThat(result.get("requests").asLong()).isPositive();
        assertThat(result.get("errors").asLong()).isZero();
        assertThat(result.get("allocatedBytes").asLong()).isLessThan(FEW_BYTES);
        return result;
    }

    @ParameterizedTest
    @CsvSource({"split,on,on", "split,off,off", "packed,on,on", "packed,off,off"})
    void shouldFindItsDataAgainOnAScsiUnitWhateverTheRing(String layout, String eventIdx, String indirect)
            throws Exception {
        CommandRun run = bench(
                "host",
                "--verify",
                "--mix",
                "randrw:50",
                "--queues",
                "2",
                "--layout",
                layout,
                "--event-idx",
                eventIdx,
                "--indirect",
                indirect);
        JsonNode result = clean(run, "scsi");
        assertThat(result.get("verifiedBlocks").asLong()).isPositive();
        assertThat(result.get("mismatches").asLong()).isZero();
    }

    @Test
    void shouldReachBlocksBeyondTheShortCommandsOfALargeScsiUnit() throws Exception {
        JsonNode result = clean(bench("host", "--lun", "1:0", "--mix", "randwrite", "--depth", "1"), "scsi");
        assertThat(result.get("bytes").asLong())
                .isEqualTo(result.get("requests").asLong() * 4096);
    }

    @Test
    void shouldSaySoWhenThereIsNoSuchScsiUnit() throws Exception {
        CommandRun run = bench("host", "--lun", "7");
        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.err()).contains("no logical unit 0:7");
    }

    @Test
    void shouldSaySoWhenAScsiHostHasFewerQueues() throws Exception {
        CommandRun run = bench("host", "--queues", "3");
        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.err()).contains("serves 2 only");
    }

    @ParameterizedTest
    @CsvSource({"read,split,1", "write-read,split,1", "write-read,packed,4", "read,packed,32"})
    void shouldReadFromAnI2cTarget(String request, String layout, String depth) throws Exception {
        CommandRun run = bench(
                "bus",
                "--address",
                "0x50",
                "--request",
                request,
                "--layout",
                layout,
                "--depth",
                depth,
                "--message",
                "4");
        JsonNode result = clean(run, "i2c");
        long each = request.equals("read") ? 4 : 5;
        assertThat(result.get("bytes").asLong())
                .isEqualTo(result.get("requests").asLong() * each);
    }

    @Test
    void shouldReportAnI2cTargetThatIsNotThere() throws Exception {
        CommandRun run = bench("bus", "--address", "0x51");
        assertThat(run.exitCode()).isEqualTo(1);
        JsonNode result = new ObjectMapper().readTree(run.out());
        assertThat(result.get("problems").get(0).asText()).isEqualTo("read of 1 bytes at 0x51 came back with status 1");
        assertThat(result.get("errors").asLong()).isPositive();
        assertThat(result.get("requests").asLong()).isZero();
        assertThat(result.get("latencyMicros").get("max").asDouble()).isZero();
    }

    @Test
    void shouldAskForAnAddressWhenTheDeviceIsABus() throws Exception {
        assertThat(bench("bus").err()).contains("--address 0x50");
    }

    @ParameterizedTest
    @CsvSource({"get,split,1", "set,split,8", "set,packed,1", "interrupt,split,1", "interrupt,packed,1"})
    void shouldDriveGpioLines(String request, String layout, String depth) throws Exception {
        CommandRun run =
                bench("lines", "--request", request, "--layout", layout, "--depth", depth, "--interrupt-line", "1");
        assertThat(clean(run, "gpio").get("plan").get("depth").asInt()).isEqualTo(Integer.parseInt(depth));
    }

    @ParameterizedTest
    @CsvSource({
        "0,2,Line 2 does not follow line 0",
        "0,0,needs another line",
        "0,8,there is no line 8",
    })
    void shouldSaySoWhenALineCannotInterrupt(String line, String follower, String message) throws Exception {
        CommandRun run = bench("lines", "--request", "interrupt", "--line", line, "--interrupt-line", follower);
        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.err()).contains(message);
    }

    @ParameterizedTest
    @CsvSource({
        "bus,--queues,2,one queue",
        "lines,--mix,write,nothing to write",
        "lines,--request,read,'get, set, interrupt'"
    })
    void shouldRefuseWhatATypeDoesNotHave(String device, String option, String value, String message) throws Exception {
        assertThat(bench(device, "--address", "0x50", option, value).err()).contains(message);
    }
}
