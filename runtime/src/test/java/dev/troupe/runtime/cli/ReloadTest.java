package dev.troupe.runtime.cli;

import static org.assertj.core.api.Assertions.assertThat;

import com.typesafe.config.ConfigFactory;
import dev.troupe.actors.daemon.DaemonCommand;
import dev.troupe.actors.daemon.DaemonStatus;
import dev.troupe.actors.daemon.DeviceSpec;
import dev.troupe.actors.daemon.DeviceState;
import dev.troupe.actors.daemon.DeviceStatus;
import dev.troupe.actors.daemon.Outcome;
import dev.troupe.actors.daemon.RestartCause;
import dev.troupe.actors.tree.DaemonSystem;
import dev.troupe.config.ConfigFile;
import dev.troupe.config.ConfigLoader;
import dev.troupe.config.DeviceTypes;
import dev.troupe.runtime.bench.BenchCommand;
import dev.troupe.runtime.control.ControlReply;
import dev.troupe.runtime.control.ControlServer;
import dev.troupe.runtime.control.DaemonGate;
import dev.troupe.runtime.reload.Reloader;
import dev.troupe.runtime.testing.CommandRun;
import dev.troupe.runtime.upgrade.Invocation;
import dev.troupe.transport.frontend.FrontEnd;
import dev.troupe.transport.loop.EventLoopConfig;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** The commands that change a running daemon, against a real one with real devices. */
@Timeout(120)
class ReloadTest {

    private static final Invocation INVOCATION = new Invocation(Optional.of("/bin/false"), List.of());
    private static final ConfigLoader LOADER = new ConfigLoader(DeviceTypes.load());

    private static final String BEFORE = """
            # The operator's words.
            troupe {
              devices {
                disk { type = blk, path = a.img, size = 1 MiB }
                memory { type = blk, back-end = memory, size = 1 MiB }
                rng { type = rng, bytes-per-period = 1 MiB }
              }
            }
            """;

    @TempDir
    Path folder;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();
    private final DaemonSystem system = DaemonSystem.start(2, 4, EventLoopConfig.defaults(), ConfigFactory.load());
    private final DaemonGate gate =
            new DaemonGate(system.daemon(), system.daemon().scheduler(), Duration.ofSeconds(30));
    private AutoCloseable server = () -> {};
    private Reloader reloader;

    @BeforeEach
    void start() throws Exception {
        ConfigFile file = LOADER.open(write(BEFORE));
        for (DeviceSpec spec : file.config().devices()) {
            assertThat(this.<Outcome>told(replyTo -> new DaemonCommand.AddDevice(spec, replyTo)))
                    .isEqualTo(new Outcome.Done(""));
        }
        reloader = new Reloader(LOADER, folder.resolve("troupe.conf"), file, gate);
        ControlServer control =
                ControlServer.start(folder.resolve("control.sock"), reloader::ask, Duration.ofSeconds(5));
        server = () -> {
            control.close();
            reloader.close();
        };
    }

    @AfterEach
    void stop() throws Exception {
        server.close();
        system.shutDown().toCompletableFuture().join();
        system.close();
    }

    private <T> T told(java.util.function.Function<org.apache.pekko.actor.typed.ActorRef<T>, DaemonCommand> command) {
        return gate.command(command).toCompletableFuture().join();
    }

    private Path write(String text) throws IOException {
        return Files.writeString(
                folder.resolve("troupe.conf"),
                text.replace("devices {", "socket-directory = \"" + folder + "\"\n  devices {"));
    }

    private int troupe(String... arguments) {
        out.getBuffer().setLength(0);
        err.getBuffer().setLength(0);
        Map<String, String> environment =
                Map.of("TROUPE_CONTROL_SOCKET", folder.resolve("control.sock").toString());
        Cli cli = new Cli(
                LOADER,
                config -> {
                    throw new UserException(ExitCode.FAILED, "no daemon is started here");
                },
                environment,
                INVOCATION,
                new PrintWriter(out, true),
                new PrintWriter(err, true));
        return Troupe.execute(cli, List.of(arguments));
    }

    private List<String> names() {
        DaemonStatus status = told(DaemonCommand.GetStatus::new);
        return status.devices().stream().map(DeviceStatus::name).toList();
    }

    private DeviceStatus status(String device) {
        DaemonStatus status = told(DaemonCommand.GetStatus::new);
        return status.devices().stream()
                .filter(candidate -> candidate.name().equals(device))
                .findFirst()
                .orElseThrow();
    }

    private Path socket(String device) {
        return folder.resolve(device + ".sock");
    }

    private CompletableFuture<CommandRun> load(String device, String duration) {
        return CommandRun.begin(
                (o, e) -> new BenchCommand(LOADER.types(), o, e),
                socket(device).toString(),
                "--mix",
                "randrw:50",
                "--depth",
                "8",
                "--block-size",
                "4 KiB",
                "--duration",
                duration,
                "--warm-up",
                "0 s",
                "--verify");
    }

    private void awaitConnected(String device) {
        long deadline = System.nanoTime() + 20_000_000_000L;
        while (status(device).connection().isEmpty()) {
            assertThat(System.nanoTime()).isLessThan(deadline);
            Thread.onSpinWait();
        }
    }

    @Test
    void shouldSayWhatWouldChangeAndChangeNothingWhenItIsADryRun() throws Exception {
        write(BEFORE.replace("1 MiB }\n      rng", "1 MiB }\n      rng")
                .replace("bytes-per-period = 1 MiB", "bytes-per-period = 2 MiB, queue-restarts = 9")
                .replace("memory {", "other {"));
        assertThat(troupe("reload", "--dry-run")).isEqualTo(ExitCode.OK);
        assertThat(out.toString()).isEqualTo("""
                DEVICE  CHANGE                            HOW
                memory  removed (blk)                     its socket closes
                other   added (blk)                       its socket opens
                rng     queue-restarts: 5 -> 9            live
                rng     bytes-per-period: 1 MiB -> 2 MiB  live
                """);
        assertThat(names()).containsExactly("disk", "memory", "rng");
        assertThat(troupe("reload")).isEqualTo(ExitCode.OK);
        assertThat(names()).containsExactlyInAnyOrder("disk", "other", "rng");
        assertThat(troupe("reload")).isEqualTo(ExitCode.OK);
        assertThat(out.toString()).isEqualTo("Nothing changes.\n");
    }

    @Test
    void shouldTellEveryProblemAndChangeNothingWhenTheFileIsWrong() throws Exception {
        write(BEFORE.replace("rng {", "fresh { type = rng }\n rng { sorce = x,").replace("1 MiB }", "1 Mbyte }"));
        assertThat(troupe("reload")).isEqualTo(ExitCode.CONFIG);
        assertThat(err.toString())
                .contains("Nothing was changed")
                .contains("troupe.devices.rng.sorce: There is no such key here. Did you mean 'source'?")
                .contains("troupe.devices.disk.size: ")
                .contains("troupe.devices.memory.size: ");
        assertThat(names()).containsExactly("disk", "memory", "rng");
    }

    @Test
    void shouldDoTenThingsAtOnceAndLeaveTheOthersAlone() throws Exception {
        write("""
                troupe {
                  devices {
                    disk { type = blk, path = b.img, size = 1 MiB, drain-timeout = 1 s }
                    rng { type = rng, bytes-per-period = 3 MiB, socket-mode = 0666 }
                    n1 { type = rng }
                    n2 { type = rng }
                    n3 { type = rng }
                    n4 { type = blk, back-end = memory, size = 1 MiB }
                    n5 { type = blk, path = c.img, size = 1 MiB, enabled = false }
                  }
                }
                """);
        assertThat(troupe("reload")).isEqualTo(ExitCode.OK);
        assertThat(names()).containsExactlyInAnyOrder("disk", "rng", "n1", "n2", "n3", "n4", "n5");
        assertThat(status("n5").state()).isEqualTo(DeviceState.STOPPED);
        assertThat(status("rng").restarts()).isZero();
        assertThat(status("disk").lastRestarts())
                .singleElement()
                .satisfies(note -> assertThat(note.cause()).isEqualTo(RestartCause.RELOAD));
        assertThat(folder.resolve("b.img")).exists();
        assertThat(socket("memory")).doesNotExist();
    }

    @Test
    void shouldTakeEverythingBackWhenALaterStepFails() throws Exception {
        // The image of n1 is there, but disk has locked it: only opening tells.
        write(BEFORE.replace("memory {", "n1 { type = blk, path = a.img }\n n0 { type = rng }\n gone {")
                .replace("bytes-per-period = 1 MiB", "source = getrandom"));
        assertThat(troupe("reload")).isEqualTo(ExitCode.FAILED);
        assertThat(err.toString()).contains("n1: ").contains("a.img is in use").contains("Nothing was changed");
        assertThat(names()).containsExactlyInAnyOrder("disk", "memory", "rng");
        assertThat(status("memory").state()).isEqualTo(DeviceState.RUNNING);
        assertThat(status("rng").state()).isEqualTo(DeviceState.RUNNING);
        try (FrontEnd frontEnd = FrontEnd.connect(socket("memory"))) {
            assertThat(frontEnd.getFeatures()).isNotZero();
        }
        write(BEFORE);
        assertThat(troupe("reload")).isEqualTo(ExitCode.OK);
        assertThat(out.toString()).isEqualTo("Nothing changes.\n");
    }

    @Test
    void shouldChangeNothingWhenOnlyOneOfManyChangesCouldNotBeOpened() throws Exception {
        write(BEFORE.replace("a.img, size = 1 MiB", "no/such/folder/a.img, size = 1 MiB")
                .replace("bytes-per-period = 1 MiB", "bytes-per-period = 2 MiB"));
        assertThat(troupe("reload", "--dry-run")).isEqualTo(ExitCode.FAILED);
        assertThat(troupe("reload")).isEqualTo(ExitCode.FAILED);
        assertThat(err.toString()).contains("disk: Cannot make the image").contains("its folder is not there");
        assertThat(status("disk").restarts()).isZero();
    }

    @Test
    void shouldLoseNoByteWhenThisAndOtherDevicesChangeUnderAWriteLoad() throws Exception {
        Files.createLink(folder.resolve("linked.img"), folder.resolve("a.img"));
        // The first use of the command line takes long where much else runs.
        assertThat(troupe("reload")).isEqualTo(ExitCode.OK);
        CompletableFuture<CommandRun> load = load("disk", "10 s");
        awaitConnected("disk");
        int reloads = 0;
        while (reloads < 20 && !load.isDone()) {
            reloads++;
            boolean odd = reloads % 2 == 1;
            write(BEFORE.replace("a.img", odd ? "linked.img" : "a.img")
                    .replace("rng {", odd ? "extra { type = rng }\n rng {" : "rng {")
                    .replace("memory { type = blk,", "memory { type = blk, queues = " + (1 + reloads % 3) + ","));
            assertThat(troupe("reload")).as(err.toString()).isEqualTo(ExitCode.OK);
        }
        CommandRun run = load.get();
        assertThat(run.exitCode()).as(run.err()).isEqualTo(ExitCode.OK);
        assertThat(reloads).isGreaterThan(2);
        assertThat(status("disk").restarts()).isEqualTo(reloads);
        assertThat(status("disk").violations()).isZero();
    }

    @Test
    void shouldRefuseWhatTheGuestWouldSeeUntilItIsForced() throws Exception {
        try (FrontEnd frontEnd = FrontEnd.connect(socket("disk"))) {
            write(BEFORE.replace("a.img,", "a.img, queues = 4,").replace("rng {", "other {"));
            assertThat(troupe("reload")).isEqualTo(ExitCode.FAILED);
            assertThat(err.toString())
                    .contains("disk: queues cannot change while a front end is connected; disconnect that first, or say"
                            + " --force.");
            assertThat(frontEnd.getQueueNum()).isEqualTo(1);
            assertThat(names()).containsExactly("disk", "memory", "rng");
            assertThat(troupe("reload", "--force")).isEqualTo(ExitCode.OK);
        }
        try (FrontEnd frontEnd = FrontEnd.connect(socket("disk"))) {
            assertThat(frontEnd.getQueueNum()).isEqualTo(4);
        }
    }

    @Test
    void shouldTellTheGuestWhenItsDiskHasGrown() throws Exception {
        try (FrontEnd frontEnd = FrontEnd.connect(socket("disk"))) {
            write(BEFORE.replace("a.img, size = 1 MiB", "a.img, size = 2 MiB"));
            assertThat(troupe("reload")).isEqualTo(ExitCode.OK);
            assertThat(frontEnd.backChannel().await(10_000)).isNotNull();
            assertThat(frontEnd.getConfig(0, 8).toArray()).containsExactly(0, 16, 0, 0, 0, 0, 0, 0);
            Files.write(folder.resolve("small.img"), new byte[512]);
            write(BEFORE.replace("a.img, size = 1 MiB", "small.img"));
            assertThat(troupe("reload")).isEqualTo(ExitCode.FAILED);
            assertThat(err.toString()).contains("disk: it would show another configuration space");
            assertThat(frontEnd.getConfig(0, 8).toArray()).containsExactly(0, 16, 0, 0, 0, 0, 0, 0);
        }
    }

    @Test
    void shouldAddAndRemoveDevicesAndSaveThem() throws Exception {
        assertThat(troupe("add", "late", "type=blk", "path=" + folder.resolve("late.img"), "size=1 MiB"))
                .isEqualTo(ExitCode.OK);
        assertThat(out.toString()).isEqualTo("late: added at " + socket("late") + ".\n");
        assertThat(troupe("remove", "rng")).isEqualTo(ExitCode.OK);
        assertThat(troupe("save")).isEqualTo(ExitCode.OK);
        assertThat(Files.readString(folder.resolve("troupe.runtime.conf")))
                .contains("\"late\" {")
                .contains("\"rng\" = null");
        assertThat(Files.readString(folder.resolve("troupe.conf"))).contains("# The operator's words.");
        assertThat(troupe("reload")).isEqualTo(ExitCode.OK);
        assertThat(out.toString()).isEqualTo("Nothing changes.\n");
        assertThat(names()).containsExactlyInAnyOrder("disk", "memory", "late");

        assertThat(troupe("remove", "late")).isEqualTo(ExitCode.OK);
        assertThat(troupe("add", "rng", "type=rng", "bytes-per-period=1 MiB")).isEqualTo(ExitCode.OK);
        assertThat(troupe("save")).isEqualTo(ExitCode.OK);
        assertThat(folder.resolve("troupe.runtime.conf")).doesNotExist();
    }

    @Test
    void shouldAddTheDevicesOfAFileAllOrNone() throws Exception {
        Path snippet =
                Files.writeString(folder.resolve("more.conf"), "m1 { type = rng }\nm2 { type = blk, path = a.img }\n");
        assertThat(troupe("add", "--file", snippet.toString())).isEqualTo(ExitCode.FAILED);
        assertThat(names()).containsExactly("disk", "memory", "rng");
        Files.writeString(snippet, "m1 { type = rng }\nm2 { type = blk, path = m.img, size = 1 MiB }\n");
        assertThat(troupe("add", "--file", snippet.toString())).isEqualTo(ExitCode.OK);
        assertThat(names()).containsExactly("disk", "memory", "rng", "m1", "m2");
    }

    @Test
    void shouldSayWhatIsWrongWhenADeviceCannotBeAdded() {
        assertThat(troupe("add", "late", "type=blk", "pth=x")).isEqualTo(ExitCode.CONFIG);
        assertThat(err.toString()).contains("late.pth: There is no such key here. Did you mean 'path'?");
        assertThat(troupe("add", "late", "type")).isEqualTo(ExitCode.USAGE);
        assertThat(troupe("add")).isEqualTo(ExitCode.USAGE);
        assertThat(troupe("add", "late", "type=blk", "path=/no/such/a.img")).isEqualTo(ExitCode.FAILED);
        assertThat(names()).containsExactly("disk", "memory", "rng");
    }

    @Test
    void shouldNotRemoveADeviceUnderAFrontEndUnlessToldHow() {
        try (FrontEnd frontEnd = FrontEnd.connect(socket("rng"))) {
            assertThat(troupe("remove", "rng")).isEqualTo(ExitCode.FAILED);
            assertThat(err.toString())
                    .contains("--drain")
                    .contains("--when-disconnected")
                    .contains("--force");
            assertThat(troupe("remove", "rng", "--drain", "--force")).isEqualTo(ExitCode.USAGE);
            assertThat(frontEnd.getFeatures()).isNotZero();
            assertThat(troupe("remove", "rng", "--drain")).isEqualTo(ExitCode.OK);
        }
        assertThat(names()).containsExactly("disk", "memory");
    }

    @Test
    void shouldLeaveADeviceAloneThatWaitsForItsFrontEndToGo() {
        try (FrontEnd frontEnd = FrontEnd.connect(socket("rng"))) {
            assertThat(frontEnd.getFeatures()).isNotZero();
            assertThat(troupe("remove", "rng", "--when-disconnected")).isEqualTo(ExitCode.OK);
            assertThat(troupe("reload")).isEqualTo(ExitCode.FAILED);
            assertThat(err.toString())
                    .contains("Nothing was changed")
                    .contains("rng: the device that was told to go is still there");
            assertThat(troupe("add", "rng", "type=rng")).isEqualTo(ExitCode.FAILED);
            assertThat(frontEnd.getFeatures()).isNotZero();
            assertThat(status("rng").connection()).isPresent();
        }
    }

    @Test
    void shouldChangeNothingWhileAnUpgradeIsUnderWay() {
        CompletableFuture<ControlReply> end = new CompletableFuture<>();
        ControlReply failed = new ControlReply.Failed("The upgrade did not come about.");
        CompletableFuture<ControlReply> upgrade =
                reloader.upgrade(end::join, () -> {}).toCompletableFuture();
        assertThat(reloader.upgrade(end::join, () -> {}).toCompletableFuture().join())
                .isEqualTo(new ControlReply.Failed("An upgrade is under way already."));
        for (String change : List.of("reload", "add late type=rng", "remove rng", "stop rng", "start rng", "save")) {
            assertThat(troupe(change.split(" "))).as(change).isEqualTo(ExitCode.FAILED);
            assertThat(err.toString()).contains("The daemon is being upgraded; try again when that is done.");
        }
        assertThat(names()).containsExactly("disk", "memory", "rng");
        assertThat(status("rng").state()).isEqualTo(DeviceState.RUNNING);

        assertThat(end.complete(failed)).isTrue();
        assertThat(upgrade.join()).isEqualTo(failed);
        assertThat(troupe("remove", "rng")).isEqualTo(ExitCode.OK);
    }

    @Test
    void shouldFollowNoLinkAndSpareWhatIsNoFileWhenItSaves() throws Exception {
        Path precious = Files.writeString(folder.resolve("precious"), "mine");
        Files.createSymbolicLink(folder.resolve("troupe.runtime.conf.new"), precious);
        assertThat(troupe("remove", "rng")).isEqualTo(ExitCode.OK);
        assertThat(troupe("save")).isEqualTo(ExitCode.OK);
        assertThat(precious).hasContent("mine");
        assertThat(Files.readString(folder.resolve("troupe.runtime.conf"))).contains("\"rng\" = null");

        assertThat(troupe("save", "--to", folder.toString())).isEqualTo(ExitCode.FAILED);
        assertThat(err.toString()).contains(folder + " is no regular file; say --to FILE for another place.");
    }

    @Test
    void shouldRestartMoreDevicesAtOnceThanTheDaemonHasSeatsForOperators() throws Exception {
        StringBuilder many = new StringBuilder();
        for (int i = 0; i < 30; i++) {
            many.append("many").append(i).append(" { type = rng }\n");
        }
        Path snippet = Files.writeString(folder.resolve("many.conf"), many);
        assertThat(troupe("add", "--file", snippet.toString())).isEqualTo(ExitCode.OK);
        assertThat(troupe("restart", "--all", "--no-rolling"))
                .as(err.toString())
                .isEqualTo(ExitCode.OK);
        assertThat(out.toString().lines()).hasSize(33);
    }

    @Test
    void shouldRestartAllThatRunAndSayWhenOneDoesNotComeBack() throws Exception {
        assertThat(troupe("stop", "memory")).isEqualTo(ExitCode.OK);
        assertThat(troupe("restart", "--all")).isEqualTo(ExitCode.OK);
        assertThat(out.toString()).isEqualTo("disk: restarted.\nrng: restarted.\n");
        assertThat(status("memory").state()).isEqualTo(DeviceState.STOPPED);
        assertThat(troupe("restart", "--all", "--no-rolling")).isEqualTo(ExitCode.OK);
        Files.delete(folder.resolve("a.img"));
        Files.createDirectory(folder.resolve("a.img"));
        assertThat(troupe("restart", "--all")).isEqualTo(ExitCode.FAILED);
        assertThat(out.toString()).isEmpty();
        assertThat(err.toString()).contains("troupe: left alone: rng.");
        assertThat(troupe("status")).isEqualTo(ExitCode.OK);
        assertThat(out.toString())
                .contains("is neither a regular file nor a block device")
                .contains("operator, stalled");
    }

    @Test
    void shouldShowNewCommandsInTheCompletion() {
        assertThat(troupe("completion")).isEqualTo(ExitCode.OK);
        assertThat(out.toString())
                .contains("--dry-run")
                .contains("--when-disconnected")
                .contains("reload");
    }
}
