package dev.troupe.runtime.cli;

import dev.troupe.actors.daemon.Removal;
import dev.troupe.runtime.control.ControlRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.ArgGroup;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code troupe remove}: devices leave. */
@Command(
        description = {
            "Removes devices from the running daemon. Refused, if nothing else is said, while a front end is connected.",
            "'troupe save' keeps that for the next start."
        })
final class RemoveCommand implements Callable<Integer> {

    private final Cli cli;

    @Mixin
    private final ControlOption control = new ControlOption();

    @Parameters(paramLabel = "DEVICE", arity = "1..*", description = "The devices.")
    private List<String> devices = new ArrayList<>();

    @ArgGroup(exclusive = true)
    private @Nullable How how;

    RemoveCommand(Cli cli) {
        this.cli = cli;
    }

    /** What becomes of a front end that is connected. */
    private static final class How {

        @Option(names = "--drain", description = "Finish the requests under way, then disconnect the front end.")
        private boolean drain;

        @Option(names = "--when-disconnected", description = "Serve until the front end disconnects by itself.")
        private boolean whenDisconnected;

        @Option(names = "--force", description = "Disconnect the front end and do not wait for requests under way.")
        private boolean force;

        Removal removal() {
            if (force) {
                return Removal.FORCE;
            }
            return whenDisconnected ? Removal.WHEN_DISCONNECTED : drain ? Removal.DRAIN : Removal.IF_DISCONNECTED;
        }
    }

    @Override
    public Integer call() throws UserException {
        Removal removal = how == null ? Removal.IF_DISCONNECTED : how.removal();
        int exitCode = ExitCode.OK;
        for (String device : devices) {
            exitCode = Math.max(
                    exitCode,
                    Replies.print(
                            cli, control.ask(cli, new ControlRequest.Remove(device, removal)), device + ": removed."));
        }
        return exitCode;
    }
}
