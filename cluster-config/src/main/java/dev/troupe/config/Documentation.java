package dev.troupe.config;

import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueType;
import dev.troupe.actors.daemon.CommonOptions;
import dev.troupe.actors.device.DeviceFactory;
import dev.troupe.actors.device.Option;
import dev.troupe.actors.device.OptionKind;
import dev.troupe.actors.device.Sections;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * What is to be known of every option: its kind, limits, default and sentence. Kinds and limits come from the options
 * themselves, defaults and sentences from the {@code reference.conf} files on the class path, which the checks use too,
 * so what is shown is what is done. Immutable; any thread may use it.
 */
public final class Documentation {

    private static final Path ROOT = Path.of("/");
    private static final String EACH = "*";

    private final ConfigObject reference;

    /**
     * One option as shown to an operator.
     *
     * @param key its name; within the blocks of another option, that one's name and a star before it
     * @param option the option
     * @param limits its limits or choices, empty if it has none
     * @param defaultValue its default as it would be written; absent if it has no value unless one is given
     * @param sentence what it is for
     */
    public record OptionEntry(
            String key, Option<?> option, String limits, Optional<String> defaultValue, String sentence) {}

    private Documentation(ConfigObject reference) {
        this.reference = reference;
    }

    /** Reads the {@code reference.conf} files of the class path. */
    public static Documentation load() {
        // The library keeps what it parsed; the actor system asks for the same.
        return new Documentation(ConfigFactory.defaultReferenceUnresolved(Documentation.class.getClassLoader())
                .resolve()
                .root());
    }

    ConfigObject reference() {
        return reference;
    }

    /** The daemon's own options. */
    public List<OptionEntry> node() {
        return entries(NodeOptions.all(), "troupe", "");
    }

    /** The options that every device has. */
    public List<OptionEntry> common() {
        return entries(CommonOptions.all(), "troupe.device-defaults", "");
    }

    /**
     * The options of one device type beside the common ones.
     *
     * @throws IllegalStateException if the type's {@code reference.conf} lacks one of them
     */
    public List<OptionEntry> type(DeviceFactory factory) {
        return entries(factory.options(), typeSection(factory), "");
    }

    static String typeSection(DeviceFactory factory) {
        return "troupe.types." + factory.type();
    }

    static String eachOf(String section, Option<?> sections) {
        return section + "." + sections.name() + "." + EACH;
    }

    private List<OptionEntry> entries(List<Option<?>> options, String section, String before) {
        List<OptionEntry> entries = new ArrayList<>();
        for (Option<?> option : options) {
            entries.add(new OptionEntry(
                    before + option.name(),
                    option,
                    OptionValues.limits(option),
                    defaultOf(option, section).map(value -> OptionValues.show(option, value)),
                    sentence(option, section)));
            entries.addAll(entries(inner(option), eachOf(section, option), before + option.name() + "." + EACH + "."));
        }
        return entries;
    }

    /** The options of each block: blocks are compared, and so change, as a whole. */
    private static List<Option<?>> inner(Option<?> blocks) {
        return blocks.inner().stream()
                .<Option<?>>map(option -> option.changing(blocks.effect()))
                .toList();
    }

    /** The default value of an option. */
    Optional<Object> defaultOf(Option<?> option, String section) {
        ConfigValue value = value(option, section);
        if (option.kind() == OptionKind.SECTIONS) {
            return Optional.of(Sections.NONE);
        }
        if (value.valueType() == ConfigValueType.NULL) {
            return Optional.empty();
        }
        return Optional.of(OptionValues.read(option, value, ROOT));
    }

    private String sentence(Option<?> option, String section) {
        return value(option, section).origin().comments().stream()
                .map(String::strip)
                .collect(Collectors.joining(" "));
    }

    private ConfigValue value(Option<?> option, String section) {
        ConfigValue at = reference;
        for (String key : (section + "." + option.name()).split("\\.", -1)) {
            ConfigValue next = at instanceof ConfigObject object ? object.get(key) : null;
            if (next == null) {
                throw new IllegalStateException("reference.conf lacks " + section + "." + option.name());
            }
            at = next;
        }
        return at;
    }
}
