package dev.troupe.runtime.cli;

import dev.troupe.actors.daemon.DeviceStatus;
import dev.troupe.runtime.control.ControlRequest;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.Callable;
import java.util.function.Function;
import org.jspecify.annotations.Nullable;
import picocli.CommandLine.Command;
import picocli.CommandLine.Mixin;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Option;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.Parameters;
import picocli.CommandLine.Spec;

/** {@code troupe start}, {@code stop} and {@code restart}: one thing to be done to one device after the other. */
@Command
final class DeviceActionCommand implements Callable<Integer> {

    private final Cli cli;
    private final String pastTense;
    private final Function<String, ControlRequest> request;

    @Spec
    private @Nullable CommandSpec spec;

    @Mixin
    private final ControlOption control = new ControlOption();

    @Parameters(paramLabel = "DEVICE", arity = "0..*", description = "The devices.")
    private List<String> devices = new ArrayList<>();

    @Option(names = "--all", description = "All devices of the daemon.")
    private boolean all;

    DeviceActionCommand(Cli cli, String pastTense, Function<String, ControlRequest> request) {
        this.cli = cli;
        this.pastTense = pastTense;
        this.request = request;
    }

    @Override
    public Integer call() throws UserException {
        if (devices.isEmpty() != all && spec != null) {
            throw new ParameterException(spec.commandLine(), "Name the devices, or say --all.");
        }
        List<String> names = all
                ? StatusCommand.status(cli, control).devices().stream()
                        .map(DeviceStatus::name)
                        .toList()
                : devices;
        int exitCode = ExitCode.OK;
        for (String name : names) {
            exitCode = Math.max(
                    exitCode, Replies.print(cli, control.ask(cli, request.apply(name)), name + ": " + pastTense + "."));
        }
        return exitCode;
    }
}
