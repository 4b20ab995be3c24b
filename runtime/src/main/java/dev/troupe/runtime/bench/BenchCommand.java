package dev.troupe.runtime.bench;

import dev.troupe.actors.device.DeviceFactory;
import dev.troupe.config.DeviceTypes;
import dev.troupe.runtime.probe.NoBackEndException;
import dev.troupe.runtime.probe.Probe;
import dev.troupe.runtime.probe.ProbeResult;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/**
 * {@code troupe bench}: how fast a back end is. Exit status 0 if every request succeeded, 1 if not or if the run could not
 * be made, 2 for a wrong command line.
 */
@Command(
        name = "bench",
        description = {
            "Drives a vhost-user back end with load, without a virtual machine, and measures it.",
            "As many requests as --depth says are under way. While the back end stalls no others are made, so a stall shows as so",
            "many long requests, not as all those that a guest would have made.",
            "Works with any back end of a disk (blk), a SCSI host (scsi), an entropy source (rng), an I2C bus (i2c), a GPIO chip",
            "(gpio) or sockets (vsock)."
        })
public final class BenchCommand implements Callable<Integer> {

    private static final int TIMEOUT_MS = 3_000;

    private final DeviceTypes types;
    private final PrintWriter out;
    private final PrintWriter err;

    // picocli sets these by reflection before call().
    @Spec
    private @Nullable CommandSpec spec;

    @Parameters(index = "0", paramLabel = "SOCKET", description = "Where the back end listens.")
    private Path socket = Path.of("");

    @Option(
            names = "--type",
            paramLabel = "TYPE",
            description = "The device type, such as blk. Concluded from what the back end offers by default.")
    private @Nullable String type;

    @Mixin
    private BenchOptions options = new BenchOptions();

    @Mixin
    private AimOptions aim = new AimOptions();

    @Option(names = "--json", description = "Print JSON.")
    private boolean json;

    @Option(names = "--quiet", description = "No line each second while it runs.")
    private boolean quiet;

    /**
     * Makes the command.
     *
     * @param types the device types whose names and fields are known
     * @param out where the result goes
     * @param err where progress and everything else goes
     */
    public BenchCommand(DeviceTypes types, PrintWriter out, PrintWriter err) {
        this.types = types;
        this.out = out;
        this.err = err;
    }

    @Override
    public Integer call() throws InterruptedException {
        BenchPlan plan = plan();
        Optional<DeviceFactory> chosen = chosenType();
        try {
            ProbeResult probe = new Probe(socket, TIMEOUT_MS, types.all()).look(chosen);
            BenchTarget target = new BenchTarget(plan, probe);
            BenchReport report = new BenchReport(target);
            BenchResult result = target.subject().run(target, this::showProgress);
            out.print(json ? report.json(result).toPrettyString() + "\n" : report.text(result));
            out.flush();
            return result.isClean() ? CommandLine.ExitCode.OK : CommandLine.ExitCode.SOFTWARE;
        } catch (NoBackEndException | BenchException e) {
            err.println("troupe: " + e.getMessage());
            err.flush();
            return CommandLine.ExitCode.SOFTWARE;
        }
    }

    private void showProgress(Watch.Progress progress) {
        if (!quiet) {
            err.println(BenchReport.progressLine(progress));
            err.flush();
        }
    }

    private BenchPlan plan() {
        try {
            return options.plan(socket, aim.aim());
        } catch (IllegalArgumentException e) {
            throw wrong(String.valueOf(e.getMessage()));
        }
    }

    private Optional<DeviceFactory> chosenType() {
        if (type == null) {
            return Optional.empty();
        }
        Optional<DeviceFactory> found = types.find(type);
        if (found.isEmpty() || !BenchTarget.TYPES.contains(type)) {
            throw wrong("--type: only " + String.join(", ", BenchTarget.TYPES) + " can be driven, not '" + type + "'.");
        }
        return found;
    }

    private ParameterException wrong(String message) {
        return new ParameterException(spec == null ? new CommandLine(this) : spec.commandLine(), message);
    }
}
