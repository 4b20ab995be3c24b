package dev.troupe.runtime.upgrade;

import static org.assertj.core.api.Assertions.assertThat;

import com.fasterxml.jackson.databind.JsonNode;
import com.fasterxml.jackson.databind.ObjectMapper;
import dev.troupe.config.DeviceTypes;
import dev.troupe.runtime.bench.BenchCommand;
import dev.troupe.runtime.control.ControlReply;
import dev.troupe.runtime.control.ControlRequest;
import dev.troupe.runtime.testing.CommandRun;
import dev.troupe.runtime.testing.SupervisedDaemon;
import java.io.IOException;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.stream.Stream;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** Whole processes that are killed and replaced under a front end that writes, reads and compares all the time. */
@Timeout(600)
class GuestsStayConnectedTest {

    @TempDir
    Path temporary;

    private Path folder;
    private SupervisedDaemon daemon;

    @BeforeEach
    void start() throws IOException {
        folder = temporary.toRealPath();
        daemon = SupervisedDaemon.start(
                folder,
                "disk0 { type = blk, path = \"" + folder + "/disk0.img\", size = 16 MiB, queues = 2 },"
                        + " disk1 { type = blk, back-end = memory, size = 16 MiB }, rng0 { type = rng },"
                        + " spare { type = rng, enabled = false }");
    }

    @AfterEach
    void stop() {
        daemon.close();
    }

    /** A front end with load, which ends with a status above 0 if it is disconnected or finds anything else than it wrote. */
    private CompletableFuture<CommandRun> load(String device, String... options) {
        String[] all = {
            daemon.socket(device).toString(),
            "--duration=8s",
            "--warm-up=100ms",
            "--patience=180s",
            "--depth=8",
            "--json",
            "--quiet"
        };
        String[] arguments =
                Stream.concat(Arrays.stream(all), Arrays.stream(options)).toArray(String[]::new);
        return CommandRun.begin((out, err) -> new BenchCommand(DeviceTypes.load(), out, err), arguments);
    }

    private CompletableFuture<CommandRun> verifiedLoad(String device, String... options) throws IOException {
        String[] verify = {"--verify", "--mix=randrw:50"};
        CompletableFuture<CommandRun> load = load(
                device,
                Stream.concat(Arrays.stream(verify), Arrays.stream(options)).toArray(String[]::new));
        awaitRequests(device);
        return load;
    }

    private void awaitRequests(String device) throws IOException {
        daemon.awaitStatus(status -> status.status().devices().stream()
                .filter(candidate -> candidate.name().equals(device))
                .flatMap(candidate -> candidate.queues().stream())
                .anyMatch(queue -> queue.requests() > 0));
    }

    private static void assertNothingLost(CompletableFuture<CommandRun> load) throws Exception {
        JsonNode result = assertConnected(load);
        assertThat(result.get("mismatches").asLong()).isZero();
        assertThat(result.get("verifiedBlocks").asLong()).isPositive();
    }

    private static JsonNode assertConnected(CompletableFuture<CommandRun> load) throws Exception {
        CommandRun run = load.get();
        assertThat(run.err()).isEmpty();
        assertThat(run.exitCode()).isZero();
        JsonNode result = new ObjectMapper().readTree(run.out());
        assertThat(result.get("errors").asLong()).isZero();
        return result;
    }

    @Test
    void shouldLoseNothingWhenTheDaemonIsKilled() throws Exception {
        CompletableFuture<CommandRun> split = verifiedLoad("disk0", "--queues=2");
        CompletableFuture<CommandRun> packed = verifiedLoad("disk1", "--layout=packed");
        CompletableFuture<CommandRun> random = load("rng0");
        awaitRequests("rng0");

        assertThat(daemon.daemon().destroyForcibly()).isTrue();

        ControlReply.Status status = daemon.awaitStatus(s -> s.lineage().recoveries() == 1);
        assertThat(status.lineage().last().orElseThrow()).contains("where a dead process was");
        assertNothingLost(split);
        assertNothingLost(packed);
        assertConnected(random);
        assertThat(daemon.stop()).isZero();
        assertThat(folder.toFile().list()).doesNotContain("control.sock", "disk0.sock", "control.sock.next");
    }

    @Test
    void shouldLoseNothingWhenTheProgramIsUpgradedAndItsSuccessorIsKilled() throws Exception {
        CompletableFuture<CommandRun> split = verifiedLoad("disk0", "--queues=2");
        CompletableFuture<CommandRun> packed = verifiedLoad("disk1", "--layout=packed");
        long first = daemon.daemon().pid();

        ControlReply reply = daemon.ask(new ControlRequest.Upgrade(
                Optional.of(daemon.goodLauncher("newer").toString())));

        assertThat(reply).isInstanceOf(ControlReply.Done.class);
        assertThat(((ControlReply.Done) reply).text())
                .contains("Upgraded from version")
                .contains("guests waited");
        ControlReply.Status status = daemon.awaitStatus(s -> s.lineage().upgrades() == 1);
        assertThat(status.lineage().sentence()).contains("was upgraded once");
        assertThat(daemon.log()).doesNotContain("Warming up failed");
        awaitGone(first);
        assertThat(daemon.daemon().destroyForcibly()).isTrue();
        daemon.awaitStatus(s -> s.lineage().upgrades() == 1 && s.lineage().recoveries() == 1);
        assertNothingLost(split);
        assertNothingLost(packed);
        assertThat(daemon.stop()).isZero();
    }

    @Test
    void shouldGoOnWithWhatAnOperatorStartedWhenTheProgramIsUpgraded() throws Exception {
        assertThat(daemon.ask(new ControlRequest.Start("spare"))).isInstanceOf(ControlReply.Done.class);
        CompletableFuture<CommandRun> load = load("spare");
        awaitRequests("spare");

        assertThat(daemon.ask(new ControlRequest.Upgrade(Optional.empty()))).isInstanceOf(ControlReply.Done.class);

        assertConnected(load);
        assertThat(daemon.stop()).isZero();
    }

    private static void awaitGone(long pid) {
        ProcessHandle.of(pid).ifPresent(handle -> handle.onExit().join());
    }

    @Test
    void shouldGoOnAsIfNothingHadHappenedWhenTheSuccessorFails() throws Exception {
        CompletableFuture<CommandRun> load = verifiedLoad("disk0");
        Path broken = daemon.otherLauncher("broken", "exit 3\n");

        ControlReply ended = daemon.ask(new ControlRequest.Upgrade(Optional.of(broken.toString())));
        ControlReply missing = daemon.ask(new ControlRequest.Upgrade(Optional.of(folder + "/none")));

        assertThat(ended).isInstanceOf(ControlReply.Failed.class);
        assertThat(((ControlReply.Failed) ended).error())
                .contains("ended with status 3")
                .contains("The daemon goes on as it was.");
        assertThat(((ControlReply.Failed) missing).error()).contains("ENOENT");
        assertNothingLost(load);
        assertThat(daemon.awaitStatus(s -> true).lineage().upgrades()).isZero();
    }
}
