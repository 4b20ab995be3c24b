package dev.troupe.runtime.cli;

import dev.troupe.runtime.control.ControlRequest;
import java.nio.file.Path;
import java.util.Optional;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code troupe upgrade}: a new process in the place of the running one. */
@Command(
        description = {
            "Replaces the running daemon's process by a newly started one, which takes every connection over.",
            "Guests wait for a moment. If the new one cannot take over, the running one goes on."
        })
final class UpgradeCommand implements Callable<Integer> {

    private final Cli cli;

    @Mixin
    private final ControlOption control = new ControlOption();

    @Option(
            names = "--program",
            paramLabel = "PATH",
            description = "The program to run. Default: the path that the running one was started by, as it is now.")
    private @Nullable Path program;

    UpgradeCommand(Cli cli) {
        this.cli = cli;
    }

    @Override
    public Integer call() throws UserException {
        Optional<String> path =
                Optional.ofNullable(program).map(named -> named.toAbsolutePath().toString());
        return Replies.print(cli, control.ask(cli, new ControlRequest.Upgrade(path)), "The daemon was upgraded.");
    }
}
