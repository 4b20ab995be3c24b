package dev.troupe.config;

import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigValueFactory;
import dev.troupe.actors.daemon.DeviceSpec;
import dev.troupe.actors.daemon.Endpoint;
import dev.troupe.actors.device.DeviceFactory;
import dev.troupe.actors.device.Option;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Loads and checks configurations. Every problem is found in one pass; a configuration that comes out of here is right
 * in every way that can be told without touching the host. Immutable; any thread may use it. Reads files, so not on an
 * event loop.
 */
public final class ConfigLoader {

    private static final Path DEFAULT_SOCKET_DIRECTORY = Path.of("/run/troupe");

    /** A successor binds its own beside it first, with {@code .next} after the name. */
    private static final int LONGEST_CONTROL_PATH_BYTES = DeviceReader.LONGEST_SOCKET_PATH_BYTES - ".next".length();

    private static final List<String> TOP_KEYS = List.of("troupe", ActorRuntimeReader.BLOCK);

    private final DeviceTypes types;
    private final Documentation documentation;
    private final Map<String, String> environment;

    /**
     * A loader for the given device types and this process's environment.
     *
     * @param types the types a device may have
     */
    public ConfigLoader(DeviceTypes types) {
        this(types, System.getenv());
    }

    /**
     * A loader with another environment for the default socket directory. Substitutions in files always see the
     * environment of the process.
     */
    ConfigLoader(DeviceTypes types, Map<String, String> environment) {
        this.types = types;
        this.documentation = Documentation.load();
        this.environment = Map.copyOf(environment);
    }

    /** What is to be known of every option. */
    public Documentation documentation() {
        return documentation;
    }

    /** The types a device may have. */
    public DeviceTypes types() {
        return types;
    }

    /**
     * Loads the configuration of a daemon.
     *
     * @param file the file; relative paths in it start at its folder
     * @throws InvalidConfigException with everything that is wrong
     */
    public NodeConfig load(Path file) throws InvalidConfigException {
        return open(file).config();
    }

    /**
     * Loads the configuration of a daemon, with what was saved at run time beside it, and keeps it at hand for devices to
     * be added later.
     *
     * @param file the file; relative paths in it start at its folder
     * @throws InvalidConfigException with everything that is wrong
     */
    public ConfigFile open(Path file) throws InvalidConfigException {
        Problems problems = new Problems();
        Optional<Source> source = Source.parse(file, documentation.reference(), problems);
        problems.throwIfAnyUnless(source.isPresent());
        Source alone = source.orElseThrow();
        Source whole = RuntimeFile.lay(alone, problems);
        return new ConfigFile(this, alone, whole, load(whole, problems));
    }

    /** The devices of a file alone, without what was saved beside it; none if it is not right by itself. */
    List<DeviceSpec> devicesOf(Source alone) {
        try {
            return load(alone, new Problems()).devices();
        } catch (InvalidConfigException e) {
            return List.of();
        }
    }

    private NodeConfig load(Source source, Problems problems) throws InvalidConfigException {
        try {
            NodeConfig config = readNode(source, problems);
            problems.throwIfAny();
            if (source.unresolved().isPresent()) {
                // A substitution outside of what is read here; nothing depends on it, but it was meant to say
                // something.
                throw source.unresolved().get();
            }
            return config;
        } catch (ConfigException e) {
            problems.add(Problems.Place.of(e.origin(), source.place(List.of())), "", Source.sentence(e));
        } catch (StackOverflowError e) {
            problems.add(source.place(List.of()), "", "The file is nested too deeply.");
        }
        problems.throwIfAny();
        throw new IllegalStateException("a problem was added and not found");
    }

    private NodeConfig readNode(Source source, Problems problems) {
        Path folder =
                Optional.ofNullable(source.file().toAbsolutePath().getParent()).orElse(Path.of("/"));
        Section top = new Section(source, List.of(), source.root(), folder, problems);
        checkTop(top);
        Section troupe = top.inner("troupe");
        List<String> known = new ArrayList<>();
        NodeOptions.all().forEach(option -> known.add(option.name()));
        known.addAll(List.of("device-defaults", "types", "devices"));
        troupe.checkKeys(known);
        troupe.read(NodeOptions.all(), this::nodeDefault);

        Path socketDirectory = find(troupe, NodeOptions.SOCKET_DIRECTORY).orElseGet(this::defaultSocketDirectory);
        int eventLoops = Math.toIntExact(find(troupe, NodeOptions.EVENT_LOOPS).orElse(0L));
        Path control =
                find(troupe, NodeOptions.CONTROL_SOCKET).orElseGet(() -> socketDirectory.resolve("control.sock"));
        checkControl(control, troupe);
        List<DeviceSpec> devices = readDevices(troupe, socketDirectory, eventLoops, control);
        return new NodeConfig(
                eventLoops,
                BackendChoice.ofWord(
                        find(troupe, NodeOptions.EVENT_LOOP_BACKEND).orElse("auto")),
                Math.toIntExact(find(troupe, NodeOptions.BLOCKING_THREADS).orElse(1L)),
                socketDirectory,
                control,
                ActorRuntimeReader.read(top, documentation.reference()),
                devices);
    }

    /** Beside {@code troupe}, a file may hold settings of the actor runtime and values to substitute elsewhere. */
    private static void checkTop(Section top) {
        boolean there = top.keys().contains("troupe");
        if (!there) {
            top.problem("troupe", "The file has no block troupe { … }.");
        }
        for (String key : top.keys()) {
            // Keys of the operator's own may be short words too: beside the block that counts, one letter is a slip.
            Optional<String> meant = there ? Nearest.to(key, TOP_KEYS, 1) : Nearest.to(key, TOP_KEYS);
            if (!TOP_KEYS.contains(key) && meant.isPresent()) {
                top.problem(key, "There is no such key here. Did you mean '" + meant.get() + "'?");
            }
        }
    }

    private static void checkControl(Path control, Section troupe) {
        if (control.toString().getBytes(StandardCharsets.UTF_8).length > LONGEST_CONTROL_PATH_BYTES) {
            troupe.problem(
                    NodeOptions.CONTROL_SOCKET.name(),
                    "The path " + control + " is longer than the " + LONGEST_CONTROL_PATH_BYTES
                            + " bytes that the control socket's may have.");
        }
    }

    private List<DeviceSpec> readDevices(Section troupe, Path socketDirectory, int eventLoops, Path control) {
        DeviceReader reader = new DeviceReader(types, documentation, troupe);
        reader.readDefaults();
        Section devices = troupe.inner("devices");
        SocketOwners sockets = new SocketOwners(control);
        List<DeviceSpec> specs = new ArrayList<>();
        for (String name : devices.keys().stream().sorted().toList()) {
            Section section = devices.inner(name);
            if (devices.isWrong(name)) {
                continue;
            }
            Optional<DeviceSpec> spec = reader.read(name, section)
                    .flatMap(device -> DeviceReader.place(device, socketDirectory, eventLoops));
            // Also of a device that is wrong in other ways: all problems are told at once.
            reader.socket(name, section, socketDirectory).ifPresent(socket -> sockets.claim(name, socket, section));
            spec.ifPresent(specs::add);
        }
        specs.sort(Comparator.comparing(DeviceSpec::name));
        return specs;
    }

    /**
     * Makes one device out of the flags of a command line, with the same checks as for a file.
     *
     * @param name its name
     * @param factory its type
     * @param values the values by option name, each a text or, for a list, a list of texts; an option within a named
     *     block is {@code option.block.inner}
     * @param endpoint where it meets its front end
     * @param folder where relative paths start
     * @throws InvalidConfigException with everything that is wrong; its keys are the flags
     */
    public DeviceSpec device(String name, DeviceFactory factory, Map<String, ?> values, Endpoint endpoint, Path folder)
            throws InvalidConfigException {
        Problems problems = new Problems();
        ConfigObject nothing = ConfigValueFactory.fromMap(Map.of());
        ConfigObject flags = KeyValues.block(values, factory.options());
        Source source = new Source(Path.of("command line"), flags, flags, Optional.empty());
        Section troupe = new Section(source, List.of(), nothing, folder, problems);
        DeviceReader reader = new DeviceReader(types, documentation, troupe);
        reader.readDefaults();
        ConfigObject typed = flags.withValue("type", ConfigValueFactory.fromAnyRef(factory.type()));
        Section section = new Section(source, List.of(), typed, folder, problems);
        Optional<DeviceReader.Read> read = reader.read(name, section);
        problems.throwIfAny();
        return DeviceReader.spec(read.orElseThrow(), endpoint);
    }

    private Optional<Object> nodeDefault(Option<?> option) {
        return documentation.defaultOf(option, "troupe");
    }

    private <T> Optional<T> find(Section section, Option<T> option) {
        Optional<Object> value = section.value(option.name()).orElseGet(() -> nodeDefault(option));
        return value.map(option.valueType()::cast);
    }

    /** The service manager's directory if there is one, else the user's, else the system's. */
    private Path defaultSocketDirectory() {
        String fromServiceManager = environment.getOrDefault("RUNTIME_DIRECTORY", "");
        if (!fromServiceManager.isEmpty()) {
            // Several directories are separated by colons; the first is the service's own.
            return Path.of(fromServiceManager.split(":", 2)[0]);
        }
        String ofUser = environment.getOrDefault("XDG_RUNTIME_DIR", "");
        return ofUser.isEmpty() ? DEFAULT_SOCKET_DIRECTORY : Path.of(ofUser, "troupe");
    }
}
