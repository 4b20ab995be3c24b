package dev.troupe.runtime.cli;

import static org.assertj.core.api.Assertions.assertThat;

import dev.troupe.actors.daemon.DaemonCommand;
import dev.troupe.config.ConfigLoader;
import dev.troupe.config.DeviceTypes;
import dev.troupe.runtime.control.ControlServer;
import dev.troupe.runtime.control.DaemonGate;
import dev.troupe.runtime.control.ScriptedDaemon;
import dev.troupe.runtime.upgrade.Invocation;
import java.io.IOException;
import java.io.PrintWriter;
import java.io.StringWriter;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import org.apache.pekko.actor.testkit.typed.javadsl.ActorTestKit;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Scheduler;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

@Timeout(60)
class TroupeTest {

    private static final ActorTestKit KIT = ActorTestKit.create();
    private static final Invocation INVOCATION = new Invocation(Optional.of("/bin/false"), List.of());
    private static final ConfigLoader LOADER = new ConfigLoader(DeviceTypes.load());

    @TempDir
    Path folder;

    private final StringWriter out = new StringWriter();
    private final StringWriter err = new StringWriter();

    @AfterAll
    static void stopKit() {
        KIT.shutdownTestKit();
    }

    /** A scripted daemon in the place of a real one; it has ended before it began. */
    private static DaemonLauncher.Running scripted() {
        ActorRef<DaemonCommand> daemon = KIT.spawn(ScriptedDaemon.create());
        return new DaemonLauncher.Running() {
            @Override
            public ActorRef<DaemonCommand> daemon() {
                return daemon;
            }

            @Override
            public Scheduler scheduler() {
                return KIT.scheduler();
            }

            @Override
            public CompletionStage<Void> terminated() {
                return CompletableFuture.completedFuture(null);
            }
        };
    }

    private int troupe(String... arguments) {
        Map<String, String> environment =
                Map.of("TROUPE_CONTROL_SOCKET", folder.resolve("control.sock").toString());
        Cli cli = new Cli(
                LOADER,
                config -> scripted(),
                environment,
                INVOCATION,
                new PrintWriter(out, true),
                new PrintWriter(err, true));
        return Troupe.execute(cli, List.of(arguments));
    }

    private int troupeWithDaemon(String... arguments) throws IOException {
        DaemonLauncher.Running running = scripted();
        DaemonGate gate = new DaemonGate(running.daemon(), running.scheduler(), Duration.ofSeconds(5));
        try (ControlServer server =
                ControlServer.start(folder.resolve("control.sock"), gate::ask, Duration.ofSeconds(5))) {
            assertThat(server).isNotNull();
            return troupe(arguments);
        }
    }

    private String config(String text) throws IOException {
        return Files.writeString(folder.resolve("troupe.conf"), text).toString();
    }

    private String goodConfig() throws IOException {
        return config("troupe { socket-directory = " + folder + ", devices {\n"
                + "disk0 { type = blk, path = a.img, size = 1 MiB, queues = 2 }\n" + "rng0 { type = rng } } }");
    }

    @Test
    void shouldSayWhenAConfigurationIsRight() throws IOException {
        assertThat(troupe("check", goodConfig())).isEqualTo(ExitCode.OK);
        assertThat(out.toString()).endsWith("troupe.conf is right: 2 devices.\n");
    }

    @Test
    void shouldTellProblemsAndEndWithTheirOwnStatusWhenAConfigurationIsWrong() throws IOException {
        String file = config("troupe.devices.d {\n type = blk\n sizes = 1 }");

        assertThat(troupe("check", file)).isEqualTo(ExitCode.CONFIG);
        assertThat(troupe("run", file)).isEqualTo(ExitCode.CONFIG);
        assertThat(err.toString())
                .contains(file + ":3: troupe.devices.d.sizes: There is no such key here. Did you mean 'size'?")
                .doesNotContain("\tat ");
    }

    @Test
    void shouldShowATableOfDevices() throws IOException {
        assertThat(troupeWithDaemon("status")).isEqualTo(ExitCode.OK);
        assertThat(out).hasToString("""
                DEVICE  TYPE  STATE        CONNECTION  QUEUES  REQUESTS    BYTES  ERRORS  RESTARTS
                disk0   blk   running      pid 7            2        15  1.0 MiB       1         3
                rng0    rng   backing-off  -                0         0      0 B       0         0
                disk0: restarted 2026-01-02T03:04:06Z: operator, stalled for 12 ms
                rng0: backing-off: The source is gone.
                """);
    }

    @Test
    void shouldShowTheStateAsJsonWhenAsked() throws IOException {
        assertThat(troupeWithDaemon("status", "--json")).isEqualTo(ExitCode.OK);
        assertThat(out.toString())
                .contains("\"name\" : \"disk0\"")
                .contains("\"stateReason\" : \"The source is gone.\"");
    }

    @Test
    void shouldDoToEachDeviceWhatWasAskedAndFailWhenOneIsRefused() throws IOException {
        assertThat(troupeWithDaemon("restart", "disk0")).isEqualTo(ExitCode.OK);
        assertThat(troupeWithDaemon("stop", "--all")).isEqualTo(ExitCode.FAILED);
        assertThat(out.toString()).isEqualTo("disk0: restarted.\ndisk0: stopped.\n");
        assertThat(err.toString()).isEqualTo("troupe: There is no device rng0.\n");
    }

    @Test
    void shouldPassCommandsOfATypeOn() throws IOException {
        assertThat(troupeWithDaemon("resize", "disk0", "1GiB")).isEqualTo(ExitCode.OK);
        assertThat(troupeWithDaemon("resize", "disk0", "--shrink", "1GiB")).isEqualTo(ExitCode.OK);
        assertThat(troupeWithDaemon("command", "disk0", "anything", "a", "b")).isEqualTo(ExitCode.OK);
        assertThat(troupeWithDaemon("blk", "disk0", "resize", "-1")).isEqualTo(ExitCode.OK);
        assertThat(troupeWithDaemon("blk", "disk0")).isEqualTo(ExitCode.OK);
        assertThat(out)
                .hasToString(
                        "did resize [1GiB]\ndid resize [1GiB, shrink]\ndid anything [a, b]\ndid resize [-1]\ndid resize []\n");
        assertThat(troupeWithDaemon("blk", "disk0", "paint")).isEqualTo(ExitCode.USAGE);
        assertThat(err.toString()).contains("has no command 'paint'. It has resize.");
    }

    @Test
    void shouldFailWhenItsAnswerCannotBeWritten() throws IOException {
        String file = goodConfig();
        try (PrintWriter full = new PrintWriter("/dev/full", StandardCharsets.UTF_8)) {
            Cli cli = new Cli(LOADER, config -> scripted(), Map.of(), INVOCATION, full, new PrintWriter(err, true));
            assertThat(Troupe.execute(cli, List.of("check", file))).isEqualTo(ExitCode.FAILED);
        }
        assertThat(err).hasToString("troupe: Not all of the output could be written.\n");
    }

    @Test
    void shouldTakeTheConfigurationOfThisFolderWhenNoneIsNamed() {
        assertThat(troupe("check")).isEqualTo(ExitCode.CONFIG);
        assertThat(troupe("run")).isEqualTo(ExitCode.CONFIG);
        assertThat(troupe("check", "--help")).isEqualTo(ExitCode.OK);
        assertThat(troupe("run", "--help")).isEqualTo(ExitCode.OK);
        assertThat(err.toString().lines().filter(line -> line.endsWith("troupe.conf has a problem; see above.")))
                .hasSize(2);
        assertThat(out.toString()).contains("check [-hV] [CONF]", "The configuration. Default: troupe.conf.");
    }

    @Test
    void shouldShutTheDaemonDown() throws IOException {
        assertThat(troupeWithDaemon("shutdown")).isEqualTo(ExitCode.OK);
    }

    @Test
    void shouldSayWhenThereIsNoDaemon() {
        assertThat(troupe("status")).isEqualTo(ExitCode.NO_DAEMON);
        assertThat(err.toString())
                .startsWith("troupe: No daemon can be reached at ")
                .hasLineCount(1);
    }

    @Test
    void shouldExplainTheUsageWhenTheCommandLineIsWrong() {
        assertThat(troupe()).isEqualTo(ExitCode.USAGE);
        assertThat(troupe("fly")).isEqualTo(ExitCode.USAGE);
        assertThat(troupe("stop")).isEqualTo(ExitCode.USAGE);
        assertThat(troupe("device", "blk", "--path", "x")).isEqualTo(ExitCode.USAGE);
        assertThat(err.toString()).contains("A command is needed.").contains("Either --socket-path or --fd is needed.");
    }

    @Test
    void shouldPrintQemusArguments() throws IOException {
        assertThat(troupe("qemu-args", goodConfig(), "--memory", "512 MiB")).isEqualTo(ExitCode.OK);
        assertThat(out.toString())
                .isEqualTo("-m 512M\n"
                        + "-object memory-backend-memfd,id=troupe-mem,size=512M,share=on\n"
                        + "-machine memory-backend=troupe-mem\n"
                        + "-chardev socket,id=disk0,path=" + folder + "/disk0.sock\n"
                        + "-device vhost-user-blk-pci,num-queues=2,chardev=disk0\n"
                        + "-chardev socket,id=rng0,path=" + folder + "/rng0.sock\n"
                        + "-device vhost-user-rng-pci,chardev=rng0\n");
    }

    @Test
    void shouldPrintTheArgumentsOfOtherMonitorsAndSayWhatTheyLack() throws IOException {
        assertThat(troupe("qemu-args", goodConfig(), "disk0", "--vmm", "cloud-hypervisor"))
                .isEqualTo(ExitCode.OK);
        assertThat(out.toString())
                .contains("--memory size=1024M,shared=on")
                .contains("socket=" + folder + "/disk0.sock");
        assertThat(troupe("qemu-args", goodConfig(), "rng0", "--vmm", "crosvm")).isEqualTo(ExitCode.FAILED);
        assertThat(err).hasToString("troupe: crosvm has no front end for rng0 (rng).\n");
    }

    @Test
    void shouldGiveEachDiskANameOfItsOwnInADomainOfLibvirt() throws IOException {
        String file = config("troupe { socket-directory = \"" + folder + "/o'clock\", devices {\n"
                + "disk0 { type = blk, path = a.img, size = 1 MiB }\n"
                + "disk1 { type = blk, path = b.img, size = 1 MiB } } }");
        assertThat(troupe("qemu-args", file, "--vmm", "libvirt")).isEqualTo(ExitCode.OK);
        assertThat(out.toString())
                .contains("path='" + folder + "/o&apos;clock/disk0.sock'/><target dev='vda' bus='virtio'/>")
                .contains("path='" + folder + "/o&apos;clock/disk1.sock'/><target dev='vdb' bus='virtio'/>");
        assertThat(troupe("qemu-args", file, "disk1", "--vmm", "libvirt")).isEqualTo(ExitCode.OK);
        assertThat(out.toString().strip()).endsWith("<target dev='vdb' bus='virtio'/></disk>");
    }

    @Test
    void shouldQuoteAPathForTheShellWhateverTheMonitor() throws IOException {
        String file = config("troupe { socket-directory = \"" + folder
                + "/a b\", devices.disk0 { type = blk, path = a.img," + " size = 1 MiB } }");
        assertThat(troupe("qemu-args", file)).isEqualTo(ExitCode.OK);
        assertThat(troupe("qemu-args", file, "--vmm", "crosvm")).isEqualTo(ExitCode.OK);
        assertThat(out.toString())
                .contains("-chardev 'socket,id=disk0,path=" + folder + "/a b/disk0.sock'\n")
                .contains("--vhost-user 'type=block,socket=" + folder + "/a b/disk0.sock'\n");
    }

    @Test
    void shouldPrintNothingButNumbersOfADeviceForFrontEndsThatKnowNoTypes() throws IOException {
        assertThat(troupe("qemu-args", goodConfig(), "disk0", "--generic")).isEqualTo(ExitCode.OK);
        assertThat(troupe("qemu-args", goodConfig(), "disk0", "--generic", "--vmm", "cloud-hypervisor"))
                .isEqualTo(ExitCode.OK);
        assertThat(troupe("qemu-args", goodConfig(), "disk0", "--generic", "--vmm", "libvirt"))
                .isEqualTo(ExitCode.FAILED);
        assertThat(out.toString())
                .contains("-device vhost-user-test-device-pci,virtio-id=2,num_vqs=2,vq_size=256,config_size=96,"
                        + "chardev=disk0\n")
                .contains("--generic-vhost-user socket=" + folder + "/disk0.sock,virtio_id=2,queue_sizes=[256,256]\n");
    }

    @Test
    void shouldListTypesAndTheirOptions() {
        assertThat(troupe("types")).isEqualTo(ExitCode.OK);
        assertThat(troupe("types", "blk")).isEqualTo(ExitCode.OK);
        assertThat(troupe("types", "blk", "--json")).isEqualTo(ExitCode.OK);
        assertThat(troupe("types", "disc")).isEqualTo(ExitCode.USAGE);
        assertThat(out.toString())
                .contains("blk ")
                .contains("  queues: number (1 to ")
                .contains("  troupe blk DEVICE resize [SIZE [shrink]]")
                .contains("\"default\" : \"write-back\"");
    }

    @Test
    void shouldPrintCapabilitiesWhateverElseIsOnTheCommandLine() {
        assertThat(troupe("device", "blk", "--nonsense", "--print-capabilities", "--fd"))
                .isEqualTo(ExitCode.OK);
        assertThat(out.toString())
                .startsWith("{\"type\":\"block\",\"features\":[\"")
                .endsWith("]}\n");
    }

    @Test
    void shouldRunOneDeviceFromFlags() {
        String socket = folder.resolve("d.sock").toString();

        assertThat(troupe(
                        "device", "blk", "--socket-path=" + socket, "--blk-file", "a.img", "--read-only", "--queues=x"))
                .isEqualTo(ExitCode.USAGE);
        assertThat(err.toString()).contains("troupe: --queues: 'x' is not a whole number.");
        // The scripted daemon refuses every device but disk0: a program for one device ends then.
        assertThat(troupe("device", "blk", "--socket-path=" + socket, "--blk-file", "a.img", "--read-only"))
                .isEqualTo(ExitCode.FAILED);
        assertThat(err.toString()).contains("troupe: There is no device blk.");
    }

    @Test
    void shouldRunTheDaemonUntilItEnds() throws IOException {
        assertThat(troupe("run", goodConfig())).isEqualTo(ExitCode.OK);
        assertThat(folder.resolve("control.sock")).doesNotExist();
    }

    @Test
    void shouldExplainItself() {
        assertThat(troupe("--help")).isEqualTo(ExitCode.OK);
        assertThat(troupe("--version")).isEqualTo(ExitCode.OK);
        assertThat(troupe("device", "rng", "--help")).isEqualTo(ExitCode.OK);
        assertThat(troupe("completion")).isEqualTo(ExitCode.OK);
        assertThat(out.toString())
                .contains("78   the configuration is wrong")
                .contains("troupe (not packaged)")
                .contains("--max-request-bytes")
                .contains("complete ");
    }

    @Test
    void shouldFailAndSayWhyOnTheErrorOutputWhenAConversationFails() throws Exception {
        assertThat(troupeWithDaemon("console", "disk0", "log")).isEqualTo(ExitCode.FAILED);
        assertThat(err.toString()).contains("disk0: It is blank.");
        assertThat(out.toString()).isEmpty();
        assertThat(troupeWithDaemon("console", "gone", "log")).isEqualTo(ExitCode.FAILED);
        assertThat(err.toString()).contains("There is no device.");
    }
}
