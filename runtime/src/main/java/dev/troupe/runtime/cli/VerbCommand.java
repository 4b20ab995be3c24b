package dev.troupe.runtime.cli;

import dev.troupe.runtime.control.ControlRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** A command of a device type as a command of the program, for example {@code troupe resize disk0 1GiB}. */
@Command
final class VerbCommand implements Callable<Integer> {

    private final Cli cli;
    private final String verb;

    @Mixin
    private final ControlOption control = new ControlOption();

    @Parameters(index = "0", paramLabel = "DEVICE", description = "The device.")
    private String device = "";

    @Parameters(index = "1..*", arity = "0..*", paramLabel = "ARGUMENT", description = "What the command takes.")
    private List<String> arguments = new ArrayList<>();

    VerbCommand(Cli cli, String verb) {
        this.cli = cli;
        this.verb = verb;
    }

    @Override
    public Integer call() throws UserException {
        return Replies.print(
                cli,
                control.ask(cli, new ControlRequest.Command(device, verb, arguments)),
                device + ": " + verb + " done.");
    }
}
