package dev.troupe.runtime.cli;

import dev.troupe.runtime.bench.BenchCommand;
import dev.troupe.runtime.control.ControlRequest;
import dev.troupe.runtime.probe.ProbeCommand;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.concurrent.Callable;
import java.util.function.Function;
import java.util.function.Supplier;
import picocli.AutoComplete;
import picocli.CommandLine;
import picocli.CommandLine.Command;
import picocli.CommandLine.Model.CommandSpec;

/**
 * The command line: every command by its name, each made only when it is needed, because making one means looking
 * through its class. Where the first argument names a command that one is enough; help and completion need all.
 */
final class CommandTree {

    private final Cli cli;
    private final List<String> arguments;
    private final Map<String, Supplier<CommandLine>> commands = new LinkedHashMap<>();

    private CommandTree(Cli cli, List<String> arguments) {
        this.cli = cli;
        this.arguments = arguments;
    }

    /**
     * The command line that understands some arguments.
     *
     * @param arguments what it is going to be given
     */
    static CommandLine of(Cli cli, List<String> arguments) {
        CommandTree tree = new CommandTree(cli, arguments);
        tree.addCommands();
        tree.addTypes();
        Supplier<CommandLine> named = arguments.isEmpty() ? null : tree.commands.get(arguments.getFirst());
        return tree.line(named == null ? tree.commands : Map.of(arguments.getFirst(), named));
    }

    private CommandLine line(Map<String, Supplier<CommandLine>> wanted) {
        CommandLine line = new CommandLine(new Root());
        wanted.forEach((name, command) -> line.addSubcommand(name, command.get()));
        line.getSubcommands()
                .values()
                .forEach(command -> command.getCommandSpec().mixinStandardHelpOptions(true));
        line.setOut(cli.out()).setErr(cli.err());
        line.setExecutionExceptionHandler((exception, command, parsed) -> cli.tell(exception));
        return line;
    }

    /** New commands are registered here and nowhere else. */
    private void addCommands() {
        add("run", () -> new RunCommand(cli));
        add("check", () -> new CheckCommand(cli));
        add("status", () -> new StatusCommand(cli));
        addAction("start", "started", "Starts stopped or quarantined devices.", ControlRequest.Start::new);
        addAction(
                "stop", "stopped", "Stops devices behind their open sockets; requests wait.", ControlRequest.Stop::new);
        addAction(
                "restart",
                "restarted",
                "Closes and opens what stands behind devices, behind their open sockets.",
                ControlRequest.Restart::new);
        add("reload", () -> new ReloadCommand(cli));
        add("add", () -> new AddCommand(cli));
        add("remove", () -> new RemoveCommand(cli));
        add("save", () -> new SaveCommand(cli));
        add("resize", () -> new ResizeCommand(cli));
        add("command", () -> new AnyVerbCommand(cli));
        add("upgrade", () -> new UpgradeCommand(cli));
        add("shutdown", () -> new ShutdownCommand(cli));
        add("qemu-args", () -> new QemuArgsCommand(cli));
        add("probe", () -> new ProbeCommand(cli.loader().types(), cli.out(), cli.err()));
        commands.put("bench", this::benchCommand);
        add("types", () -> new TypesCommand(cli));
        commands.put("device", () -> DeviceProgram.group(cli, arguments));
        add("completion", () -> new Completion(cli, () -> line(commands)));
    }

    private void add(String name, Supplier<Object> command) {
        commands.put(name, () -> new CommandLine(command.get()));
    }

    private CommandLine benchCommand() {
        return new CommandLine(new BenchCommand(cli.loader().types(), cli.out(), cli.err()))
                .setCaseInsensitiveEnumValuesAllowed(true);
    }

    private void addAction(
            String name, String pastTense, String description, Function<String, ControlRequest> request) {
        commands.put(name, () -> {
            CommandLine action = new CommandLine(new DeviceActionCommand(cli, pastTense, request));
            action.getCommandSpec().usageMessage().description(description);
            return action;
        });
    }

    /** Every device type that has commands is a command of the program, unless that name is taken. */
    private void addTypes() {
        cli.loader().types().all().stream()
                .filter(factory -> !factory.commands().isEmpty())
                .forEach(factory -> commands.putIfAbsent(factory.type(), () -> TypeCommand.of(cli, factory)));
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
            String version = CommandTree.class.getPackage().getImplementationVersion();
            return new String[] {"troupe " + (version == null ? "(not packaged)" : version)};
        }
    }

    /** {@code troupe completion}: a script that completes commands and options. */
    @Command(description = "Prints a completion script for bash: source <(troupe completion)")
    static final class Completion implements Callable<Integer> {

        private final Cli cli;
        private final Supplier<CommandLine> whole;

        Completion(Cli cli, Supplier<CommandLine> whole) {
            this.cli = cli;
            this.whole = whole;
        }

        @Override
        public Integer call() {
            cli.out().print(AutoComplete.bash("troupe", whole.get()));
            return ExitCode.OK;
        }
    }
}
