package dev.troupe.runtime.cli;

import dev.troupe.actors.device.DeviceFactory;
import dev.troupe.config.ConfigLoader;
import dev.troupe.config.DeviceTypes;
import dev.troupe.runtime.bench.BenchCommand;
import dev.troupe.runtime.control.ControlRequest;
import dev.troupe.runtime.probe.ProbeCommand;
import java.io.PrintWriter;
import java.nio.charset.StandardCharsets;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Callable;
import java.util.function.Function;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;

/** The program. */
public final class Troupe {

    private final Cli cli;

    private Troupe(Cli cli) {
        this.cli = cli;
    }

    /**
     * Runs the command that the arguments ask for and ends the process with its exit code, one of {@link ExitCode}.
     *
     * @param arguments the command line
     */
    public static void main(String[] arguments) {
        PrintWriter out = new PrintWriter(System.out, true, StandardCharsets.UTF_8);
        PrintWriter err = new PrintWriter(System.err, true, StandardCharsets.UTF_8);
        ConfigLoader loader = new ConfigLoader(DeviceTypes.load());
        Cli cli = new Cli(loader, Daemons::launch, System.getenv(), out, err);
        int exitCode = execute(cli, List.of(arguments));
        out.flush();
        err.flush();
        System.exit(exitCode);
    }

    /** Runs the command that the arguments ask for. */
    static int execute(Cli cli, List<String> arguments) {
        return new Troupe(cli).execute(arguments);
    }

    private int execute(List<String> arguments) {
        Optional<DeviceFactory> asked = capabilitiesAskedOf(arguments);
        if (asked.isPresent()) {
            cli.out().println(DeviceProgram.capabilities(asked.get()));
            return ExitCode.OK;
        }
        return commandLine().execute(arguments.toArray(String[]::new));
    }

    /** By convention {@code --print-capabilities} makes everything else on the command line meaningless. */
    private Optional<DeviceFactory> capabilitiesAskedOf(List<String> arguments) {
        boolean asked = arguments.size() >= 2
                && arguments.getFirst().equals("device")
                && arguments.contains(DeviceProgram.PRINT_CAPABILITIES);
        return asked ? cli.loader().types().find(arguments.get(1)) : Optional.empty();
    }

    /** The whole command line. New commands are registered here and nowhere else. */
    private CommandLine commandLine() {
        CommandLine line = new CommandLine(new Root());
        line.addSubcommand("run", new RunCommand(cli));
        line.addSubcommand("check", new CheckCommand(cli));
        line.addSubcommand("status", new StatusCommand(cli));
        addAction(line, "start", "started", "Starts stopped or quarantined devices.", ControlRequest.Start::new);
        addAction(
                line,
                "stop",
                "stopped",
                "Stops devices behind their open sockets; requests wait.",
                ControlRequest.Stop::new);
        addAction(
                line,
                "restart",
                "restarted",
                "Closes and opens what stands behind devices, behind their open sockets.",
                ControlRequest.Restart::new);
        line.addSubcommand("command", new AnyVerbCommand(cli));
        line.addSubcommand("shutdown", new ShutdownCommand(cli));
        line.addSubcommand("qemu-args", new QemuArgsCommand(cli));
        line.addSubcommand("probe", new ProbeCommand(cli.loader().types(), cli.out(), cli.err()));
        line.addSubcommand("bench", benchCommand());
        line.addSubcommand("types", new TypesCommand(cli));
        line.addSubcommand("device", DeviceProgram.group(cli));
        line.addSubcommand("completion", new Completion(cli, line));
        addVerbs(line);
        line.getSubcommands()
                .values()
                .forEach(command -> command.getCommandSpec().mixinStandardHelpOptions(true));
        line.setOut(cli.out()).setErr(cli.err());
        line.setExecutionExceptionHandler((exception, command, parsed) -> tell(exception));
        return line;
    }

    private CommandLine benchCommand() {
        return new CommandLine(new BenchCommand(cli.loader().types(), cli.out(), cli.err()))
                .setCaseInsensitiveEnumValuesAllowed(true);
    }

    private void addAction(
            CommandLine line,
            String name,
            String pastTense,
            String description,
            Function<String, ControlRequest> request) {
        CommandLine action = new CommandLine(new DeviceActionCommand(cli, pastTense, request));
        action.getCommandSpec().usageMessage().description(description);
        line.addSubcommand(name, action);
    }

    /** Every command of every device type is a command of the program, unless that name is taken. */
    private void addVerbs(CommandLine line) {
        cli.loader().types().all().stream()
                .flatMap(factory -> factory.commands().stream())
                .filter(command -> !line.getSubcommands().containsKey(command.name()))
                .forEach(command -> {
                    CommandLine verb = new CommandLine(new VerbCommand(cli, command.name()));
                    verb.getCommandSpec()
                            .usageMessage()
                            .description(command.summary(), "It takes: DEVICE " + command.arguments());
                    line.addSubcommand(command.name(), verb);
                });
    }

    private int tell(Exception exception) {
        if (exception instanceof UserException user) {
            cli.err().println("troupe: " + user.getMessage());
            return user.exitCode();
        }
        cli.err().println("troupe: This is a bug in Troupe; please report it with what follows.");
        exception.printStackTrace(cli.err());
        return ExitCode.FAILED;
    }

    /** {@code troupe} without a command. */
    @Command(
            name = "troupe",
            mixinStandardHelpOptions = true,
            versionProvider = Version.class,
            description = "Runs virtio devices for virtual machines, over vhost-user.",
            exitCodeListHeading = "%nExit status:%n",
            exitCodeList = {
                "0:it was done",
                "1:it failed, or the daemon refused it",
                "2:the command line is wrong",
                "3:no daemon can be reached",
                "78:the configuration is wrong"
            })
    static final class Root implements Runnable {

        @CommandLine.Spec
        private CommandSpec spec = CommandSpec.create();

        @Override
        public void run() {
            throw new CommandLine.ParameterException(spec.commandLine(), "A command is needed.");
        }
    }

    /** The version that was built. */
    static final class Version implements CommandLine.IVersionProvider {

        @Override
        public String[] getVersion() {
            String version = Troupe.class.getPackage().getImplementationVersion();
            return new String[] {"troupe " + (version == null ? "(not packaged)" : version)};
        }
    }

    /** {@code troupe completion}: a script that completes commands and options. */
    @Command(description = "Prints a completion script for bash: source <(troupe completion)")
    static final class Completion implements Callable<Integer> {

        private final Cli cli;
        private final CommandLine line;

        Completion(Cli cli, CommandLine line) {
            this.cli = cli;
            this.line = line;
        }

        @Override
        public Integer call() {
            cli.out().print(AutoComplete.bash("troupe", line));
            return ExitCode.OK;
        }
    }
}
