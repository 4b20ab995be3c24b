package dev.troupe.runtime.cli;

import dev.troupe.actors.device.DeviceCommand;
import dev.troupe.actors.device.DeviceFactory;
import dev.troupe.runtime.control.ControlRequest;
import java.io.FileDescriptor;
import java.io.FileOutputStream;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.stream.Collectors;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Parameters;

/** The commands of one device type, for example {@code troupe gpio chip0 set 3 1}. */
@Command
final class TypeCommand implements Callable<Integer> {

    private final Cli cli;
    private final DeviceFactory factory;

    @Mixin
    private final ControlOption control = new ControlOption();

    @Parameters(index = "0", paramLabel = "DEVICE", description = "The device.")
    private String device = "";

    @Parameters(
            index = "1..*",
            arity = "0..*",
            paramLabel = "COMMAND",
            description = "What it is told, one of the commands above with what it takes; without one, the first.")
    private List<String> words = new ArrayList<>();

    private TypeCommand(Cli cli, DeviceFactory factory) {
        this.cli = cli;
        this.factory = factory;
    }

    /** The command of one type, which has commands of its own. */
    static CommandLine of(Cli cli, DeviceFactory factory) {
        CommandLine line = new CommandLine(new TypeCommand(cli, factory));
        // What a device is told may begin with a dash: a number below zero, for one.
        line.setUnmatchedOptionsArePositionalParams(true);
        line.getCommandSpec()
                .usageMessage()
                .description(
                        "Talks to a device of the type " + factory.type() + ": " + factory.summary(),
                        factory.commands().stream()
                                .map(TypeCommand::help)
                                .collect(Collectors.joining("%n", "%n", "%n")));
        return line;
    }

    private static String help(DeviceCommand command) {
        String usage = ("  " + command.name() + " " + command.arguments()).stripTrailing();
        return (usage + "\n      " + command.summary()).replace("%", "%%").replace("\n", "%n");
    }

    @Override
    public Integer call() throws UserException {
        DeviceCommand command = command();
        List<String> arguments = words.isEmpty() ? List.of() : words.subList(1, words.size());
        if (command.kind() == DeviceCommand.Kind.ANSWER) {
            return Replies.print(
                    cli,
                    control.ask(cli, new ControlRequest.Command(device, command.name(), arguments)),
                    device + ": " + command.name() + " done.");
        }
        return control.converse(
                cli,
                new ControlRequest.Converse(device, command.name(), arguments),
                new Talk(
                        System.in,
                        new FileOutputStream(FileDescriptor.out),
                        cli.err(),
                        command.kind() == DeviceCommand.Kind.TERMINAL));
    }

    private DeviceCommand command() throws UserException {
        List<DeviceCommand> known = factory.commands();
        if (words.isEmpty()) {
            return known.getFirst();
        }
        return known.stream()
                .filter(command -> command.name().equals(words.getFirst()))
                .findFirst()
                .orElseThrow(() -> new UserException(
                        ExitCode.USAGE,
                        "A device of the type " + factory.type() + " has no command '" + words.getFirst()
                                + "'. It has "
                                + known.stream().map(DeviceCommand::name).collect(Collectors.joining(", ")) + "."));
    }
}
