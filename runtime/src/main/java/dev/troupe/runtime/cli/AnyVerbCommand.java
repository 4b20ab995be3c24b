package dev.troupe.runtime.cli;

import dev.troupe.runtime.control.ControlRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** {@code troupe command}: any command of any device type. */
@Command(description = "Gives a command of its type to a device; 'troupe types TYPE' lists them.")
final class AnyVerbCommand implements Callable<Integer> {

    private final Cli cli;

    @Mixin
    private final ControlOption control = new ControlOption();

    @Parameters(index = "0", paramLabel = "DEVICE", description = "The device.")
    private String device = "";

    @Parameters(index = "1", paramLabel = "VERB", description = "The command.")
    private String verb = "";

    @Parameters(index = "2..*", arity = "0..*", paramLabel = "ARGUMENT", description = "What the command takes.")
    private List<String> arguments = new ArrayList<>();

    AnyVerbCommand(Cli cli) {
        this.cli = cli;
    }

    @Override
    public Integer call() throws UserException {
        return Replies.print(
                cli,
                control.ask(cli, new ControlRequest.Command(device, verb, arguments)),
                device + ": " + verb + " done.");
    }
}
