package dev.troupe.config;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigValue;
import dev.troupe.actors.daemon.DeviceSpec;
import dev.troupe.actors.device.DeviceFactory;
import dev.troupe.actors.device.Option;
import dev.troupe.config.Problems.Place;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * A configuration file as it was loaded: what it says, and its defaults for devices that are added later, which are checked
 * as those in the file are. Immutable; any thread may use it. Reads files, so not on an event loop.
 */
public final class ConfigFile {

    private static final String COMMAND_LINE = "command line";

    private final ConfigLoader loader;
    private final Source alone;
    private final Source whole;
    private final NodeConfig config;

    ConfigFile(ConfigLoader loader, Source alone, Source whole, NodeConfig config) {
        this.loader = loader;
        this.alone = alone;
        this.whole = whole;
        this.config = config;
    }

    /** What it says. */
    public NodeConfig config() {
        return config;
    }

    /** Where changes made at run time are saved, whether there are any or not. */
    public Path runtimeFile() {
        return RuntimeFile.of(alone.file());
    }

    /**
     * One more device, from {@code key=value} pairs.
     *
     * @param name its name
     * @param settings its options as texts, {@code type} among them; lists are separated by commas, and an option within
     *     a named block is {@code option.block.inner}
     * @param folder where relative paths start
     * @param others the devices that there are
     * @throws InvalidConfigException with everything that is wrong
     */
    public DeviceSpec device(String name, Map<String, String> settings, Path folder, List<DeviceSpec> others)
            throws InvalidConfigException {
        List<Option<?>> options = loader.types()
                .find(settings.getOrDefault("type", ""))
                .map(DeviceFactory::options)
                .orElse(List.of());
        ConfigObject device = KeyValues.block(settings, options);
        Source written = new Source(
                Path.of(COMMAND_LINE),
                whole.root(),
                ConfigFactory.empty().root().withValue(name, device),
                Optional.empty());
        return read(written, Map.of(name, device), folder, others).getFirst();
    }

    /**
     * Further devices, from a file that holds their blocks, either at its top or in {@code troupe.devices}.
     *
     * @param file the file; relative paths in it start at its folder
     * @param others the devices that there are
     * @throws InvalidConfigException with everything that is wrong
     */
    public List<DeviceSpec> devices(Path file, List<DeviceSpec> others) throws InvalidConfigException {
        Problems problems = new Problems();
        Place place = new Place(file.toString(), 0);
        if (!Files.isReadable(file) || Files.isDirectory(file)) {
            problems.add(place, "", "There is no such file, or the daemon cannot read it.");
            problems.throwIfAny();
        }
        Path folder = Optional.ofNullable(file.toAbsolutePath().getParent()).orElse(Path.of("/"));
        try {
            Config snippet = Source.writtenIn(file, problems);
            ConfigObject top = snippet.resolveWith(
                            snippet.withFallback(whole.root().toConfig()))
                    .root();
            tellWhatIsNoDevice(file, top, problems);
            ConfigObject found = blocks(top);
            Source written = new Source(file, whole.root(), blocks(snippet.root()), Optional.empty());
            if (found.isEmpty()) {
                problems.add(place, "", "There is no device in it.");
            }
            problems.throwIfAny();
            return read(written, found, folder, others);
        } catch (ConfigException e) {
            problems.add(e.origin() == null ? place : Place.of(e.origin(), place), "", Source.sentence(e));
        }
        problems.throwIfAny();
        throw new IllegalStateException("a problem was added and not found");
    }

    private static void tellWhatIsNoDevice(Path file, ConfigObject top, Problems problems) {
        if (listed(top).isEmpty()) {
            Source.tellDuplicates(file, List.of(), problems);
            return;
        }
        block(top, "troupe").forEach((key, value) -> {
            if (!key.equals("devices")) {
                Place place = Place.of(value.origin(), new Place(file.toString(), 0));
                problems.add(
                        place, "troupe." + key, "Only devices can be added; this stands in the daemon's own file.");
            }
        });
    }

    private static ConfigObject blocks(ConfigObject top) {
        return listed(top).orElse(top);
    }

    private static Optional<ConfigObject> listed(ConfigObject top) {
        return top.get("troupe") instanceof ConfigObject troupe && troupe.get("devices") instanceof ConfigObject devices
                ? Optional.of(devices)
                : Optional.empty();
    }

    private List<DeviceSpec> read(
            Source written, Map<String, ? extends ConfigValue> devices, Path folder, List<DeviceSpec> others)
            throws InvalidConfigException {
        Problems problems = new Problems();
        Section troupe =
                new Section(whole, List.of("troupe"), block(whole.root(), "troupe"), folder(whole.file()), problems);
        DeviceReader reader = new DeviceReader(loader.types(), loader.documentation(), troupe);
        reader.readDefaults();
        SocketOwners sockets = new SocketOwners(config.controlSocket());
        others.forEach(sockets::add);
        List<DeviceSpec> specs = new ArrayList<>();
        devices.entrySet().stream().sorted(Map.Entry.comparingByKey()).forEach(device -> {
            if (!(device.getValue() instanceof ConfigObject block)) {
                problems.add(written.place(List.of(device.getKey())), device.getKey(), "A block { … } is needed here.");
                return;
            }
            Section section = new Section(written, List.of(device.getKey()), block, folder, problems);
            if (others.stream().anyMatch(other -> other.name().equals(device.getKey()))) {
                section.problem("", "There is a device '" + device.getKey() + "' already.");
            }
            reader.read(device.getKey(), section)
                    .flatMap(read -> DeviceReader.place(read, config.socketDirectory(), config.eventLoops()))
                    .ifPresent(spec -> {
                        sockets.claim(spec, section);
                        specs.add(spec);
                    });
        });
        problems.throwIfAny();
        return specs;
    }

    private static Path folder(Path file) {
        return Optional.ofNullable(file.toAbsolutePath().getParent()).orElse(Path.of("/"));
    }

    private static ConfigObject block(ConfigObject in, String key) {
        return in.get(key) instanceof ConfigObject block
                ? block
                : ConfigFactory.empty().root();
    }

    /**
     * What {@link #runtimeFile} must hold so that the file and it together say what runs; nothing if the file alone does.
     *
     * @param running the devices that run
     */
    public Optional<String> runtimeText(List<DeviceSpec> running) {
        NodeConfig now = config.withDevices(running);
        NodeConfig written = config.withDevices(loader.devicesOf(alone));
        ConfigDifference difference = ConfigDifference.between(written, now);
        if (difference.isEmpty()) {
            return Optional.empty();
        }
        DeviceWriter writer = new DeviceWriter(loader.documentation(), alone, config.socketDirectory());
        StringBuilder text = new StringBuilder("""
                # Written by 'troupe save': the devices that were added, changed or removed while the daemon ran.
                # It is read after %s, and what it says of a device counts in place of what stands there.
                # 'troupe save' writes it anew.

                troupe.devices {
                """.formatted(alone.file().getFileName()));
        difference.removed().forEach(spec -> text.append(writer.none(spec)));
        difference.added().forEach(spec -> text.append(writer.block(spec)));
        difference.changed().forEach(change -> text.append(writer.block(change.after())));
        return Optional.of(text.append("}\n").toString());
    }
}
