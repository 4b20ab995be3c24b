package dev.troupe.runtime.cli;

import dev.troupe.actors.device.DeviceFactory;
import dev.troupe.config.ConfigLoader;
import dev.troupe.config.DeviceTypes;
import dev.troupe.config.DeviceTypesException;
import dev.troupe.runtime.upgrade.Invocation;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;

/** The program. Any thread may run it; it reads files and waits for daemons. */
public final class Troupe {

    private final Cli cli;

    private Troupe(Cli cli) {
        this.cli = cli;
    }

    /**
     * Runs the command that the arguments ask for and ends the process with its exit code, one of {@link ExitCode}.
     *
     * @param arguments the command line
     */
    public static void main(String[] arguments) {
        PrintWriter out = new PrintWriter(System.out, true, StandardCharsets.UTF_8);
        PrintWriter err = new PrintWriter(System.err, true, StandardCharsets.UTF_8);
        DaemonLauncher launcher = new Daemons();
        if (startsDaemon(arguments)) {
            launcher.prepare();
        }
        ConfigLoader loader = loader(err);
        Invocation invocation = Invocation.own(List.of(arguments));
        Cli cli = new Cli(loader, launcher, System.getenv(), invocation, out, err);
        int exitCode = execute(cli, List.of(arguments));
        err.flush();
        System.exit(exitCode);
    }

    /** Ends the program if the device types do not go together: that is an installation's mistake, not a bug. */
    private static ConfigLoader loader(PrintWriter err) {
        try {
            return new ConfigLoader(DeviceTypes.load());
        } catch (DeviceTypesException e) {
            err.println("troupe: " + e.getMessage());
            System.exit(ExitCode.CONFIG);
            throw e;
        }
    }

    private static boolean startsDaemon(String[] arguments) {
        return arguments.length > 0
                && switch (arguments[0]) {
                    case "run" -> RunCommand.isPlain(List.of(arguments));
                    case "device" ->
                        arguments.length > 2 && !List.of(arguments).contains(DeviceProgram.PRINT_CAPABILITIES);
                    default -> false;
                };
    }

    /** Runs the command that the arguments ask for; an answer that could not be written is a failure. */
    static int execute(Cli cli, List<String> arguments) {
        int exitCode = new Troupe(cli).execute(arguments);
        if (cli.out().checkError() && exitCode == ExitCode.OK) {
            cli.err().println("troupe: Not all of the output could be written.");
            return ExitCode.FAILED;
        }
        return exitCode;
    }

    private int execute(List<String> arguments) {
        Optional<DeviceFactory> asked = capabilitiesAskedOf(arguments);
        if (asked.isPresent()) {
            cli.out().println(DeviceProgram.capabilities(asked.get()));
            return ExitCode.OK;
        }
        return RunCommand.isPlain(arguments)
                ? runPlain(arguments)
                : CommandTree.of(cli, arguments).execute(arguments.toArray(String[]::new));
    }

    /** A daemon's start is waited for, so the usual one does without the command line's machinery. */
    private int runPlain(List<String> arguments) {
        try {
            return RunCommand.plain(cli, arguments).call();
        } catch (UserException | RuntimeException e) {
            return cli.tell(e);
        }
    }

    /** By convention {@code --print-capabilities} makes everything else on the command line meaningless. */
    private Optional<DeviceFactory> capabilitiesAskedOf(List<String> arguments) {
        boolean asked = arguments.size() >= 2
                && arguments.getFirst().equals("device")
                && arguments.contains(DeviceProgram.PRINT_CAPABILITIES);
        return asked ? cli.loader().types().find(arguments.get(1)) : Optional.empty();
    }
}
