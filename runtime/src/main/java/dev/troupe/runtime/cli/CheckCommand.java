package dev.troupe.runtime.cli;

import dev.troupe.config.NodeConfig;
import java.nio.file.Path;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Parameters;

/** {@code troupe check}: everything that is wrong with a configuration. */
@Command(description = "Checks a configuration and tells everything that is wrong with it, without touching the host.")
final class CheckCommand implements Callable<Integer> {

    private final Cli cli;

    @Parameters(
            arity = "0..1",
            paramLabel = "CONF",
            defaultValue = "troupe.conf",
            description = "The configuration. Default: ${DEFAULT-VALUE}.")
    private Path file = Path.of("troupe.conf");

    CheckCommand(Cli cli) {
        this.cli = cli;
    }

    @Override
    public Integer call() throws UserException {
        NodeConfig config = cli.load(file);
        int count = config.devices().size();
        cli.out().println(file + " is right: " + count + (count == 1 ? " device." : " devices."));
        return ExitCode.OK;
    }
}
