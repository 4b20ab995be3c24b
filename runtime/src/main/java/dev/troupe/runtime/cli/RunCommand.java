package dev.troupe.runtime.cli;

import dev.troupe.runtime.parent.Parent;
import java.io.IOException;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code troupe run}: the daemon, in the foreground. */
@Command(
        description =
                "Runs the daemon in the foreground until it is shut down; SIGTERM drains every device first, SIGHUP"
                        + " loads the configuration again.")
final class RunCommand implements Callable<Integer> {

    private final Cli cli;

    @Parameters(
            arity = "0..1",
            paramLabel = "CONF",
            defaultValue = "troupe.conf",
            description = "The configuration. Default: ${DEFAULT-VALUE}.")
    private Path file = Path.of("troupe.conf");

    @Option(
            names = Parent.OPTION,
            description = {
                "Run under a small parent process that keeps the daemon's connections and starts it again if it crashes,",
                "as a service manager's file-descriptor store does. Guests see a short stall."
            })
    private boolean supervised;

    RunCommand(Cli cli) {
        this.cli = cli;
    }

    /**
     * Whether the arguments ask for a daemon and say at most its configuration beside: no option, and no {@code @file}
     * with further arguments.
     */
    static boolean isPlain(List<String> arguments) {
        boolean few = !arguments.isEmpty() && arguments.size() <= 2;
        return few
                && arguments.getFirst().equals("run")
                && !arguments.getLast().isEmpty()
                && "-@".indexOf(arguments.getLast().charAt(0)) < 0;
    }

    /** What plain arguments ask for; every other command line is to be parsed. */
    static RunCommand plain(Cli cli, List<String> arguments) {
        RunCommand command = new RunCommand(cli);
        if (arguments.size() == 2) {
            command.file = Path.of(arguments.getLast());
        }
        return command;
    }

    @Override
    public Integer call() throws UserException {
        if (supervised) {
            // The launcher starts a smaller Java for this; here is who was started without it.
            return Parent.run(again());
        }
        new DaemonProgram(cli, cli.open(file), file).run();
        return ExitCode.OK;
    }

    private List<String> again() throws UserException {
        try {
            return cli.invocation().again(Optional.empty());
        } catch (IOException e) {
            throw new UserException(ExitCode.FAILED, "It cannot be found out how this was started: " + e.getMessage());
        }
    }
}
