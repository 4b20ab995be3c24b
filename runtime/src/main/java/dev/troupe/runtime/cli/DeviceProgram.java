package dev.troupe.runtime.cli;

import com.fasterxml.jackson.databind.node.JsonNodeFactory;
import com.fasterxml.jackson.databind.node.ObjectNode;
import dev.troupe.actors.daemon.CommonOptions;
import dev.troupe.actors.daemon.DeviceSpec;
import dev.troupe.actors.daemon.Endpoint;
import dev.troupe.actors.device.DeviceFactory;
import dev.troupe.actors.device.Option;
import dev.troupe.actors.device.OptionKind;
import dev.troupe.config.BackendChoice;
import dev.troupe.config.DeviceTypes;
import dev.troupe.config.Documentation.OptionEntry;
import dev.troupe.config.InvalidConfigException;
import dev.troupe.config.NodeConfig;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.Callable;
import picocli.CommandLine;
import picocli.CommandLine.Model.CommandSpec;
import picocli.CommandLine.Model.OptionSpec;
import picocli.CommandLine.ParameterException;
import picocli.CommandLine.ParseResult;

/**
 * {@code troupe device TYPE}: one device as a program of its own, by QEMU's conventions for vhost-user back ends. The
 * conventional flags and one flag for every option are made from what the type tells of itself.
 */
final class DeviceProgram implements Callable<Integer> {

    static final String PRINT_CAPABILITIES = "--print-capabilities";
    private static final String SOCKET_PATH = "--socket-path";
    private static final String FD = "--fd";
    /** Where the device listens is told by the conventional flags, and a program that is started is enabled. */
    private static final Set<Option<?>> NOT_FLAGS =
            Set.of(CommonOptions.SOCKET, CommonOptions.SOCKET_ROLE, CommonOptions.ENABLED);

    private final Cli cli;
    private final DeviceFactory factory;
    private final CommandSpec spec;
    private final Map<String, Option<?>> optionByFlag = new HashMap<>();

    private DeviceProgram(Cli cli, DeviceFactory factory) {
        this.cli = cli;
        this.factory = factory;
        this.spec = CommandSpec.wrapWithoutInspection(this);
    }

    /** The command line of one type. */
    static CommandSpec spec(Cli cli, DeviceFactory factory) {
        DeviceProgram program = new DeviceProgram(cli, factory);
        program.describe();
        return program.spec;
    }

    private void describe() {
        spec.name(factory.type()).mixinStandardHelpOptions(true);
        spec.usageMessage().description(factory.summary());
        spec.addOption(OptionSpec.builder(SOCKET_PATH)
                .paramLabel("PATH")
                .type(Path.class)
                .description("Listen at this Unix socket.")
                .build());
        spec.addOption(OptionSpec.builder(FD)
                .paramLabel("N")
                .type(Integer.class)
                .description("Use this inherited socket, connected or listening.")
                .build());
        spec.addOption(OptionSpec.builder(PRINT_CAPABILITIES)
                .type(boolean.class)
                .arity("0")
                .description("Print what this back end can do as JSON, and end.")
                .build());
        List<OptionEntry> entries = new ArrayList<>(cli.loader().documentation().type(factory));
        entries.addAll(cli.loader().documentation().common());
        entries.stream()
                .filter(entry -> !NOT_FLAGS.contains(entry.option())
                        && entry.key().equals(entry.option().name()))
                .forEach(entry -> addFlag(entry.option().name(), entry.option(), sentence(entry)));
        Map<String, Option<?>> byName = new HashMap<>();
        entries.forEach(entry -> byName.put(entry.option().name(), entry.option()));
        factory.program().flags().entrySet().stream()
                .sorted(Map.Entry.comparingByKey())
                .forEach(flag -> {
                    Option<?> option = byName.get(flag.getValue());
                    if (option != null) {
                        addFlag(flag.getKey(), option, "The same as --" + option.name() + ".");
                    }
                });
    }

    private static String sentence(OptionEntry entry) {
        String value =
                entry.defaultValue().map(text -> " Default: " + text + ".").orElse("");
        // A percent sign would be taken for a format.
        return (entry.sentence() + value).replace("%", "%%");
    }

    private void addFlag(String flag, Option<?> option, String description) {
        String name = "--" + flag;
        if (spec.findOption(name) != null) {
            return;
        }
        optionByFlag.put(name, option);
        boolean list = option.kind() == OptionKind.STRINGS || option.kind() == OptionKind.SECTIONS;
        OptionSpec.Builder builder = OptionSpec.builder(name)
                .paramLabel(
                        switch (option.kind()) {
                            case CHOICE -> String.join("|", option.choices());
                            case SECTIONS -> "BLOCK.KEY=VALUE";
                            default -> "VALUE";
                        })
                .description(description);
        if (list) {
            builder.type(List.class).auxiliaryTypes(String.class).arity("1");
        } else if (option.kind() == OptionKind.BOOLEAN) {
            builder.type(String.class).arity("0..1").fallbackValue("true");
        } else {
            builder.type(String.class).arity("1");
        }
        spec.addOption(builder.build());
    }

    @Override
    public Integer call() throws UserException {
        ParseResult parsed = spec.commandLine().getParseResult();
        Path socket = parsed.matchedOptionValue(SOCKET_PATH, Path.of(""));
        boolean byPath = parsed.hasMatchedOption(SOCKET_PATH);
        if (byPath == parsed.hasMatchedOption(FD)) {
            throw new ParameterException(spec.commandLine(), "Either --socket-path or --fd is needed.");
        }
        Map<String, Object> values = new HashMap<>();
        optionByFlag.forEach((flag, option) -> {
            if (parsed.hasMatchedOption(flag)) {
                put(values, option, parsed, flag);
            }
        });
        int number = parsed.matchedOptionValue(FD, 0);
        Path path = socket.toAbsolutePath();
        DeviceSpec device = device(values, byPath ? listen(path, values) : new Endpoint.Inherited(number));
        Path folder = Optional.ofNullable(path.getParent()).orElse(Path.of("/"));
        NodeConfig config = new NodeConfig(
                1, BackendChoice.AUTO, 4, folder, folder.resolve("control.sock"), Map.of(), List.of(device));
        new Foreground(cli.launcher(), config).runDevice();
        return ExitCode.OK;
    }

    private void put(Map<String, Object> values, Option<?> option, ParseResult parsed, String flag) {
        if (option.kind() != OptionKind.SECTIONS) {
            values.put(option.name(), parsed.matchedOptionValue(flag, ""));
            return;
        }
        for (String pair : parsed.matchedOptionValue(flag, List.<String>of())) {
            int equals = pair.indexOf('=');
            if (equals < 1) {
                throw new ParameterException(spec.commandLine(), flag + " takes BLOCK.KEY=VALUE, not '" + pair + "'.");
            }
            values.put(option.name() + "." + pair.substring(0, equals), pair.substring(equals + 1));
        }
    }

    private static Endpoint listen(Path path, Map<String, Object> values) {
        Object mode = values.getOrDefault(CommonOptions.SOCKET_MODE.name(), "0600");
        Optional<String> group = Optional.ofNullable(values.get(CommonOptions.SOCKET_GROUP.name()))
                .map(Object::toString);
        // A mode that is none is refused when the options are checked.
        boolean octal = mode.toString().matches("[0-7]{3,4}");
        return new Endpoint.Listen(path, octal ? Integer.parseInt(mode.toString(), 8) : 0600, group);
    }

    private DeviceSpec device(Map<String, Object> values, Endpoint endpoint) throws UserException {
        try {
            return cli.loader()
                    .device(
                            factory.type(),
                            factory,
                            values,
                            endpoint,
                            Path.of("").toAbsolutePath());
        } catch (InvalidConfigException e) {
            e.problems().forEach(problem -> cli.err().println("troupe: --" + problem.key() + ": " + problem.message()));
            throw new UserException(ExitCode.USAGE, "The command line is wrong; see above.");
        }
    }

    /** What {@code --print-capabilities} prints. */
    static String capabilities(DeviceFactory factory) {
        ObjectNode json = JsonNodeFactory.instance.objectNode();
        json.put("type", factory.program().type());
        factory.program().features().forEach(json.putArray("features")::add);
        return json.toString();
    }

    /**
     * The group of all types; of one alone where it is named, because a type's many options are all made with it.
     *
     * @param arguments the whole command line
     */
    static CommandLine group(Cli cli, List<String> arguments) {
        CommandSpec group = CommandSpec.create().name("device").mixinStandardHelpOptions(true);
        group.usageMessage()
                .description(
                        "Runs one device as a program of its own, by QEMU's conventions for vhost-user back ends.");
        CommandLine line = new CommandLine(group);
        DeviceTypes types = cli.loader().types();
        Optional<DeviceFactory> named = arguments.size() < 2 ? Optional.empty() : types.find(arguments.get(1));
        named.map(List::of)
                .orElseGet(types::all)
                .forEach(factory -> line.addSubcommand(factory.type(), spec(cli, factory)));
        return line;
    }
}
