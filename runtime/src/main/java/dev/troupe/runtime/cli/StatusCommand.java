package dev.troupe.runtime.cli;

import dev.troupe.actors.daemon.DaemonStatus;
import dev.troupe.runtime.control.ControlReply;
import dev.troupe.runtime.control.ControlRequest;
import dev.troupe.runtime.control.StatusJson;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;

/** {@code troupe status}: the state of every device. */
@Command(description = "Shows the state of every device of the running daemon.")
final class StatusCommand implements Callable<Integer> {

    private final Cli cli;

    @Mixin
    private final ControlOption control = new ControlOption();

    @Option(names = "--json", description = "Print JSON.")
    private boolean json;

    StatusCommand(Cli cli) {
        this.cli = cli;
    }

    @Override
    public Integer call() throws UserException {
        ControlReply.Status status = reply(cli, control);
        cli.out().print(json ? StatusJson.encode(status).toPrettyString() + "\n" : StatusTable.render(status));
        return ExitCode.OK;
    }

    /** Asks a daemon for its state. */
    static DaemonStatus status(Cli cli, ControlOption control) throws UserException {
        return reply(cli, control).status();
    }

    private static ControlReply.Status reply(Cli cli, ControlOption control) throws UserException {
        return switch (control.ask(cli, new ControlRequest.Status())) {
            case ControlReply.Status status -> status;
            case ControlReply.Failed failed -> throw new UserException(ExitCode.FAILED, failed.error());
            case ControlReply.Done _, ControlReply.Agreed _ ->
                throw new UserException(ExitCode.FAILED, "The daemon answered strangely.");
        };
    }
}
