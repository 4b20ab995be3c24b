package dev.troupe.runtime.probe;

import dev.troupe.actors.device.DeviceFactory;
import dev.troupe.actors.device.Quantities;
import dev.troupe.config.DeviceTypes;
import java.io.PrintWriter;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code troupe probe}: what a back end offers. Exit status 0 if it answered, 1 if not, 2 for a wrong command line. */
@Command(
        name = "probe",
        description = {
            "Tells what a vhost-user back end offers: features, queues, configuration space.",
            "Works with any back end, not only this program's. Nothing is written to the device."
        })
public final class ProbeCommand implements Callable<Integer> {

    private static final int MAX_TIMEOUT_MS = 3_600_000;

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
            description = "The device type, such as blk. Concluded from the answers by default.")
    private @Nullable String type;

    @Option(names = "--json", description = "Print JSON.")
    private boolean json;

    @Option(
            names = "--timeout",
            paramLabel = "TIME",
            defaultValue = "3 s",
            description = "How long to wait for each answer. Default: ${DEFAULT-VALUE}.")
    private String timeout = "3 s";

    /**
     * Makes the command.
     *
     * @param types the device types whose names and fields are known
     * @param out where the answer goes
     * @param err where everything else goes
     */
    public ProbeCommand(DeviceTypes types, PrintWriter out, PrintWriter err) {
        this.types = types;
        this.out = out;
        this.err = err;
    }

    @Override
    public Integer call() {
        Probe probe = new Probe(socket, timeoutMs(), types.all());
        try {
            ProbeReport report = new ProbeReport(probe.look(chosenType()));
            out.print(json ? report.json().toPrettyString() + "\n" : report.text());
            out.flush();
            return CommandLine.ExitCode.OK;
        } catch (NoBackEndException e) {
            err.println("troupe: " + e.getMessage());
            err.flush();
            return CommandLine.ExitCode.SOFTWARE;
        }
    }

    private Optional<DeviceFactory> chosenType() {
        if (type == null) {
            return Optional.empty();
        }
        Optional<DeviceFactory> found = types.find(type);
        if (found.isEmpty()) {
            throw wrong("--type: there is no device type '" + type + "'; known are " + String.join(", ", types.names())
                    + ".");
        }
        return found;
    }

    private int timeoutMs() {
        try {
            return Math.clamp(Quantities.parseDuration(timeout).toMillis(), 1, MAX_TIMEOUT_MS);
        } catch (IllegalArgumentException e) {
            throw wrong("--timeout: " + e.getMessage());
        }
    }

    private ParameterException wrong(String message) {
        return new ParameterException(spec == null ? new CommandLine(this) : spec.commandLine(), message);
    }
}
