package dev.troupe.runtime.cli;

import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code troupe run}: the daemon, in the foreground. */
@Command(description = "Runs the daemon in the foreground until it is shut down; SIGTERM drains every device first.")
final class RunCommand implements Callable<Integer> {

    private final Cli cli;

    @Parameters(paramLabel = "CONF", description = "The configuration.")
    private Path file = Path.of("troupe.conf");

    RunCommand(Cli cli) {
        this.cli = cli;
    }

    @Override
    public Integer call() throws UserException {
        new Foreground(cli.launcher(), cli.load(file)).runDaemon();
        return ExitCode.OK;
    }
}
