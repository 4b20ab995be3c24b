package dev.troupe.runtime.bench;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.troupe.config.DeviceTypes;
import dev.troupe.runtime.testing.CommandRun;
import dev.troupe.runtime.testing.LiveDaemon;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.FutureTask;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class BenchCommandTest {

    /** Less than so many bytes in a whole run are not an allocation a request. */
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

    private static CommandRun bench(String... arguments) {
        return CommandRun.of((out, err) -> new BenchCommand(DeviceTypes.load(), out, err), arguments);
    }

    private static CommandRun shortBench(String device, String... options) throws Exception {
        Stream<String> always = Stream.of(
                daemon.socket(device).toString(), "--duration", "300 ms", "--warm-up", "200 ms", "--json", "--quiet");
        return bench(Stream.concat(always, Stream.of(options)).toArray(String[]::new));
    }

    @ParameterizedTest
    @CsvSource({"split,on,on", "split,off,off", "packed,on,on", "packed,off,off"})
    void shouldFindItsDataAgainOnEveryKindOfRing(String layout, String eventIdx, String indirect) throws Exception {
        CommandRun run = shortBench(
                "disk",
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
        JsonNode result = new ObjectMapper().readTree(run.out());
        assertThat(run.exitCode()).isZero();
        assertThat(result.get("requests").asLong()).isPositive();
        assertThat(result.get("errors").asLong()).isZero();
        assertThat(result.get("verifiedBlocks").asLong()).isPositive();
        assertThat(result.get("mismatches").asLong()).isZero();
        assertThat(result.get("plan").get("layout").asText()).isEqualTo(layout);
    }

    @Test
    void shouldAllocateNothingForARequest() throws Exception {
        CommandRun run = shortBench("disk", "--depth", "8", "--cpu", "0");
        JsonNode result = new ObjectMapper().readTree(run.out());
        assertThat(result.get("requests").asLong()).isPositive();
        assertThat(result.get("allocatedBytes").asLong()).isLessThan(FEW_BYTES);
    }

    @Test
    void shouldTakeNoCallsWhenItPollsBusily() throws Exception {
        CommandRun run = shortBench("disk", "--busy-poll", "--mix", "write", "--block-size", "64 KiB");
        JsonNode result = new ObjectMapper().readTree(run.out());
        assertThat(result.get("requests").asLong()).isPositive();
        assertThat(result.get("sleepsPerRequest").asDouble()).isZero();
    }

    @Test
    void shouldDriveAnEntropyDevice() throws Exception {
        CommandRun run = shortBench("random", "--block-size", "1 KiB", "--depth", "4");
        JsonNode result = new ObjectMapper().readTree(run.out());
        assertThat(run.exitCode()).isZero();
        assertThat(result.get("type").asText()).isEqualTo("rng");
        assertThat(result.get("bytes").asLong()).isPositive();
    }

    @ParameterizedTest
    @CsvSource({
        "to-host,split",
        "to-guest,split",
        "connect,split",
        "to-host,packed",
        "to-guest,packed",
        "connect,packed",
    })
    void shouldDriveSockets(String request, String layout) throws Exception {
        CommandRun run = shortBench(
                "talk",
                "--uds-path",
                folder.toRealPath().resolve("uds").toString(),
                "--request",
                request,
                "--layout",
                layout,
                "--type",
                "vsock");
        assertThat(run.err()).isEmpty();
        JsonNode result = new ObjectMapper().readTree(run.out());
        assertThat(run.exitCode()).isZero();
        assertThat(result.get("requests").asLong()).isPositive();
        assertThat(result.get("plan").get("requests").asText()).startsWith(request);
    }

    @Test
    void shouldAskForTheHostsSocketWhenSocketsAreToBeDriven() throws Exception {
        CommandRun run = shortBench("talk", "--type", "vsock");
        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.err()).contains("--uds-path");
    }

    @Test
    void shouldEndWhenNothingArrivesForLongerThanTheRunItself() throws Exception {
        Path deaf = folder.toRealPath().resolve("deaf");
        try (ServerSocketChannel listening =
                ServerSocketChannel.open(StandardProtocolFamily.UNIX).bind(UnixDomainSocketAddress.of(deaf))) {
            assertThat(listening.isOpen()).isTrue();
            CommandRun run = shortBench(
                    "talk",
                    "--type",
                    "vsock",
                    "--request",
                    "connect",
                    "--uds-path",
                    deaf.toString(),
                    "--patience",
                    "1 s");
            assertThat(run.exitCode()).isEqualTo(1);
            assertThat(run.err()).contains("has returned nothing for 1 s");
        }
    }

    @Test
    @Timeout(60)
    void shouldSaySoWhenThereIsNoSuchProcessorForAnEndOfASocket() throws Exception {
        String path = folder.toRealPath().resolve("uds").toString();
        CommandRun run = shortBench("talk", "--type", "vsock", "--uds-path", path, "--cpu", "1023");
        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.err()).contains("processor 1023");
    }

    @Test
    void shouldRefuseToWriteWhenTheDiskIsReadOnly() throws Exception {
        CommandRun run = shortBench("fixed", "--mix", "randwrite");
        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.err()).contains("read-only");
    }

    @Test
    void shouldSaySoWhenThereAreFewerQueues() throws Exception {
        CommandRun run = shortBench("disk", "--queues", "3");
        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.err()).contains("serves 2 only");
    }

    @Test
    void shouldSaySoWhenThereIsNoSuchProcessor() throws Exception {
        CommandRun run = shortBench("disk", "--cpu", "1023");
        assertThat(run.exitCode()).isEqualTo(1);
        assertThat(run.err()).contains("processor 1023");
    }

    @Test
    void shouldEndWhenTheBackEndGoesAway(@TempDir Path other) throws Exception {
        CountDownLatch running = new CountDownLatch(1);
        FutureTask<CommandRun> run;
        try (LiveDaemon mortal = LiveDaemon.start(other)) {
            String socket = mortal.socket("disk").toString();
            run = new FutureTask<>(() -> CommandRun.of(
                    (out, err) -> new BenchCommand(DeviceTypes.load(), out, err),
                    running::countDown,
                    socket,
                    "--duration",
                    "10 min"));
            Thread.ofPlatform().daemon().start(run);
            assertThat(running.await(60, TimeUnit.SECONDS)).isTrue();
        }
        CommandRun result = run.get(60, TimeUnit.SECONDS);
        assertThat(result.exitCode()).isEqualTo(1);
        assertThat(result.err()).contains("requests/s", "The back end closed the connection during the run");
        assertThat(result.out()).isEmpty();
    }

    @ParameterizedTest
    @CsvSource({
        "--block-size,1000,--block-size is a multiple",
        "--block-size,lots,--block-size:",
        "--depth,0,--depth is from 1",
        "--mix,reads,--mix: 'reads'",
        "--duration,0,--duration must be more",
        "--lun,256:0,--lun is a LUN",
        "--address,0x80,--address is the address",
        "--line,-1,--line is from 0",
        "--message,0,--message is from 1",
        "--type,net,'only blk, scsi, rng, i2c, gpio, vsock can be driven'"
    })
    void shouldRefuseTheCommandLineWhenAnOptionIsWrong(String option, String value, String message) {
        CommandRun run = bench("x.sock", option, value);
        assertThat(run.exitCode()).isEqualTo(2);
        assertThat(run.err()).contains(message);
    }

    @Test
    void shouldRefuseToVerifyWhenNothingIsWritten() {
        CommandRun run = bench("x.sock", "--verify");
        assertThat(run.exitCode()).isEqualTo(2);
        assertThat(run.err()).contains("--verify needs a --mix with writes");
    }
}
