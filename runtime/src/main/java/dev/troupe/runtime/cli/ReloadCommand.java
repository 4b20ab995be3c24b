package dev.troupe.runtime.cli;

import dev.troupe.runtime.control.ControlRequest;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code troupe reload}: what runs becomes what the configuration says. */
@Command(
        description = {
            "Loads the daemon's configuration again and makes the devices what it says: all of it, or, if anything is wrong,"
                    + " nothing. Only what changed is touched; guests go on.",
            "Devices that were added at run time and not saved are removed."
        })
final class ReloadCommand implements Callable<Integer> {

    private final Cli cli;

    @Mixin
    private final ControlOption control = new ControlOption();

    @Option(names = "--dry-run", description = "Only show what would be done, and whether it could be.")
    private boolean dryRun;

    @Option(
            names = "--force",
            description = "Disconnect front ends whose guests would see another device, or none any more.")
    private boolean force;

    ReloadCommand(Cli cli) {
        this.cli = cli;
    }

    @Override
    public Integer call() throws UserException {
        return Replies.print(cli, control.ask(cli, new ControlRequest.Reload(dryRun, force)), "Reloaded.");
    }
}
