package dev.troupe.runtime.cli;

import dev.troupe.runtime.control.ControlRequest;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;

/** {@code troupe shutdown}: ends the daemon. */
@Command(description = "Drains and stops every device and ends the daemon. Guests find their devices gone.")
final class ShutdownCommand implements Callable<Integer> {

    private final Cli cli;

    @Mixin
    private final ControlOption control = new ControlOption();

    ShutdownCommand(Cli cli) {
        this.cli = cli;
    }

    @Override
    public Integer call() throws UserException {
        return Replies.print(cli, control.ask(cli, new ControlRequest.Shutdown()), "The daemon has shut down.");
    }
}
