package dev.troupe.runtime.cli;

import dev.troupe.runtime.control.ControlRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Option;
import picocli.CommandLine.Parameters;

/** {@code troupe resize}: the one command of devices that needs no word for their type. */
@Command(
        description = {
            "Makes the file behind a disk larger, such as: troupe resize disk0 '2 GiB'",
            "Makes it smaller only with --shrink, because what lies beyond the new end is lost.",
            "Without a size it looks at the file again; the guest is told of what has changed."
        })
final class ResizeCommand implements Callable<Integer> {

    private final Cli cli;

    @Mixin
    private final ControlOption control = new ControlOption();

    @Parameters(index = "0", paramLabel = "DEVICE", description = "The device.")
    private String device = "";

    @Parameters(index = "1..*", arity = "0..*", paramLabel = "SIZE", description = "The new size.")
    private List<String> arguments = new ArrayList<>();

    @Option(names = "--shrink", description = "The new size may be less than the old one.")
    private boolean shrink;

    ResizeCommand(Cli cli) {
        this.cli = cli;
    }

    @Override
    public Integer call() throws UserException {
        if (shrink) {
            arguments.add("shrink");
        }
        return Replies.print(
                cli,
                control.ask(cli, new ControlRequest.Command(device, "resize", arguments)),
                device + ": resize done.");
    }
}
