package dev.troupe.runtime.cli;

import dev.troupe.actors.daemon.DeviceState;
import dev.troupe.actors.daemon.DeviceStatus;
import dev.troupe.runtime.control.ControlReply;
import dev.troupe.runtime.control.ControlRequest;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;
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

    /** The daemon answers 16 connections at a time; others may want to ask it something meanwhile. */
    private static final int MOST_AT_ONCE = 8;

    private final Cli cli;
    private final String pastTense;
    private final Function<String, ControlRequest> request;

    @Spec
    private @Nullable CommandSpec spec;

    @Mixin
    private final ControlOption control = new ControlOption();

    @Parameters(paramLabel = "DEVICE", arity = "0..*", description = "The devices.")
    private List<String> devices = new ArrayList<>();

    @Option(
            names = "--all",
            description = "All devices of the daemon; a restart leaves those alone that an operator has stopped.")
    private boolean all;

    @Option(
            names = "--no-rolling",
            negatable = true,
            defaultValue = "true",
            fallbackValue = "true",
            description =
                    "One device after the other, each when the one before runs again, and no further one when it does"
                            + " not (--rolling, the default), or several at once (--no-rolling).")
    private boolean rolling;

    /**
     * Creates one.
     *
     * @param pastTense what a device has been when it is done
     * @param request what is asked for
     */
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
        List<String> names = all ? everyDevice() : devices;
        return rolling ? oneAfterTheOther(names) : allAtOnce(names);
    }

    private List<String> everyDevice() throws UserException {
        boolean restarts = request.apply("") instanceof ControlRequest.Restart;
        return StatusCommand.status(cli, control).devices().stream()
                .filter(device -> !restarts || device.state() != DeviceState.STOPPED)
                .map(DeviceStatus::name)
                .toList();
    }

    private int oneAfterTheOther(List<String> names) throws UserException {
        for (int i = 0; i < names.size(); i++) {
            int exitCode = print(names.get(i), control.ask(cli, request.apply(names.get(i))));
            if (exitCode != ExitCode.OK) {
                List<String> left = names.subList(i + 1, names.size());
                if (!left.isEmpty()) {
                    cli.err().println("troupe: left alone: " + String.join(", ", left) + ".");
                }
                return exitCode;
            }
        }
        return ExitCode.OK;
    }

    private int allAtOnce(List<String> names) {
        Map<String, Future<ControlReply>> replies = new LinkedHashMap<>();
        try (ExecutorService threads =
                Executors.newFixedThreadPool(MOST_AT_ONCE, Thread.ofVirtual().factory())) {
            names.forEach(name -> replies.put(name, threads.submit(() -> control.ask(cli, request.apply(name)))));
        }
        int exitCode = ExitCode.OK;
        for (Map.Entry<String, Future<ControlReply>> reply : replies.entrySet()) {
            exitCode = Math.max(exitCode, print(reply.getKey(), reply.getValue()));
        }
        return exitCode;
    }

    private int print(String device, Future<ControlReply> reply) {
        if (reply.state() == Future.State.SUCCESS) {
            return print(device, reply.resultNow());
        }
        Throwable cause = reply.exceptionNow();
        cli.err().println("troupe: " + device + ": " + cause.getMessage());
        return cause instanceof UserException known ? known.exitCode() : ExitCode.FAILED;
    }

    private int print(String device, ControlReply reply) {
        return Replies.print(cli, reply, device + ": " + pastTense + ".");
    }
}
