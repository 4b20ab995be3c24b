package dev.troupe.runtime.cli;

import dev.troupe.runtime.control.ControlRequest;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code troupe save}: keeps what was changed at run time. */
@Command(
        description = "Saves the devices that were added, changed or removed while the daemon ran, in a file beside its"
                + " configuration (troupe.runtime.conf beside troupe.conf) that is read after it. The configuration itself"
                + " is not touched.")
final class SaveCommand implements Callable<Integer> {

    private final Cli cli;

    @Mixin
    private final ControlOption control = new ControlOption();

    @Option(names = "--to", paramLabel = "FILE", description = "Write it there instead, to be kept or moved by hand.")
    private @Nullable Path to;

    SaveCommand(Cli cli) {
        this.cli = cli;
    }

    @Override
    public Integer call() throws UserException {
        Optional<String> target =
                Optional.ofNullable(to).map(path -> path.toAbsolutePath().toString());
        return Replies.print(cli, control.ask(cli, new ControlRequest.Save(target)), "Saved.");
    }
}
