package dev.troupe.config;

import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueType;
import dev.troupe.actors.device.DeviceSettings;
import dev.troupe.actors.device.Option;
import dev.troupe.actors.device.OptionKind;
import dev.troupe.actors.device.Sections;
import dev.troupe.config.Problems.Place;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Collection;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** One {@code { … }} of a configuration, and the options read from it so far. */
final class Section {
    private static final String CHOICE_NULL = "null";

    private static final Pattern BLOCK_NAME = Pattern.compile("[A-Za-z0-9][A-Za-z0-9_-]{0,63}");
    private static final Pattern SUBSTITUTION = Pattern.compile("\\$\\{[^}]*}");

    private final Source source;
    private final List<String> path;
    private final ConfigObject object;
    private final Path folder;
    private final Problems problems;
    private final Map<String, Optional<Object>> values = new HashMap<>();
    private final Set<String> wrong = new HashSet<>();
    private final Set<String> blockOptions = new HashSet<>();

    Section(Source source, List<String> path, ConfigObject object, Path folder, Problems problems) {
        this.source = source;
        this.path = List.copyOf(path);
        this.object = object;
        this.folder = folder;
        this.problems = problems;
    }

    /** The names of what stands in it; empty, and told, where that depends on a substitution that cannot be made. */
    Set<String> keys() {
        try {
            return Set.copyOf(object.keySet());
        } catch (ConfigException.NotResolved e) {
            problems.add(place(), key(), unresolved(object));
            return Set.of();
        }
    }

    String key() {
        return String.join(".", path);
    }

    String key(String name) {
        return path.isEmpty() ? name : name.isEmpty() ? key() : key() + "." + name;
    }

    Place place() {
        return source.place(path);
    }

    Place place(String name) {
        return source.place(pathOf(name));
    }

    /** Tells what is wrong with an option, or with one within a block: {@code option.block.inner}. */
    void problem(String name, String message) {
        wrong.add(name);
        boolean inBlock = blockOptions.stream().anyMatch(option -> name.startsWith(option + "."));
        List<String> whole = new ArrayList<>(path);
        whole.addAll(inBlock ? List.of(name.split("\\.", -1)) : List.of(name));
        problems.add(source.place(whole), key(name), message);
    }

    private List<String> pathOf(String name) {
        List<String> inner = new ArrayList<>(path);
        inner.add(name);
        return inner;
    }

    /** The section of that name within this one; an empty one where there is none. */
    Section inner(String name) {
        ConfigObject empty = com.typesafe.config.ConfigFactory.empty().root();
        ConfigObject found = empty;
        if (keys().contains(name)) {
            ConfigValue value = object.get(name);
            if (value instanceof ConfigObject block) {
                found = block;
            } else if (value != null && isResolved(name, value)) {
                problem(name, "A block { … } is needed here.");
            }
        }
        return new Section(source, pathOf(name), found, folder, problems);
    }

    /** What stands at a key, whatever it is; nothing if nothing does, or if it cannot be told, which is said then. */
    Optional<ConfigValue> any(String name) {
        ConfigValue value = keys().contains(name) ? object.get(name) : null;
        return value == null || !isResolved(name, value) ? Optional.empty() : Optional.of(value);
    }

    private boolean isResolved(String name, ConfigValue value) {
        try {
            value.valueType();
            return true;
        } catch (ConfigException.NotResolved e) {
            problem(name, unresolved(value));
            return false;
        }
    }

    private static String unresolved(ConfigValue value) {
        Matcher matcher = SUBSTITUTION.matcher(value.render());
        String what = matcher.find() ? matcher.group() : "something";
        return "This refers to " + what + ", which neither the file nor the environment defines.";
    }

    /** Tells of every key that is not among the known ones. */
    void checkKeys(Collection<String> known) {
        for (String key : keys()) {
            if (!known.contains(key)) {
                problems.add(place(key), key(key), "There is no such key here. " + Nearest.hint(key, known));
            }
        }
    }

    /** Reads the given options where they are set, and tells of values that are wrong. */
    void read(Collection<Option<?>> options, Defaults defaults) {
        Set<String> present = keys();
        for (Option<?> option : options) {
            ConfigValue value = present.contains(option.name()) ? object.get(option.name()) : null;
            if (value != null) {
                readOne(option, value, defaults);
            }
        }
    }

    private void readOne(Option<?> option, ConfigValue value, Defaults defaults) {
        if (!isResolved(option.name(), value)) {
            return;
        }
        if (isChoiceNull(option, value)) {
            values.put(option.name(), Optional.of(CHOICE_NULL));
            return;
        }
        if (value.valueType() == ConfigValueType.NULL) {
            if (defaults.of(option).isPresent()) {
                problem(option.name(), "This must have a value; leave the line out for the default.");
            } else {
                values.put(option.name(), Optional.empty());
            }
            return;
        }
        if (option.kind() == OptionKind.SECTIONS) {
            readSections(option, defaults.inEach(option))
                    .ifPresent(sections -> values.put(option.name(), Optional.of(sections)));
            return;
        }
        try {
            values.put(option.name(), Optional.of(OptionValues.read(option, value, folder)));
        } catch (ConfigException.NotResolved e) {
            problem(option.name(), unresolved(value));
        } catch (IllegalArgumentException e) {
            problem(option.name(), String.valueOf(e.getMessage()));
        }
    }

    /** Reads a block of named blocks; nothing if one of them is wrong, which is told then. */
    private Optional<Sections> readSections(Option<?> option, Defaults defaults) {
        blockOptions.add(option.name());
        Section blocks = inner(option.name());
        Map<String, DeviceSettings> byName = new LinkedHashMap<>();
        for (String name : new TreeSet<>(blocks.keys())) {
            blocks.readBlock(name, option.inner(), defaults).ifPresent(settings -> byName.put(name, settings));
        }
        if (blocks.anyWrong()) {
            wrong.add(option.name());
        }
        return isWrong(option.name()) ? Optional.empty() : Optional.of(new Sections(byName));
    }

    private Optional<DeviceSettings> readBlock(String name, List<Option<?>> options, Defaults defaults) {
        if (!BLOCK_NAME.matcher(name).matches()) {
            problem(name, "The name of a block has at most 64 letters, digits, dashes and underscores.");
            return Optional.empty();
        }
        Section block = inner(name);
        if (isWrong(name)) {
            return Optional.empty();
        }
        block.checkKeys(options.stream().<String>map(Option::name).toList());
        block.read(options, defaults);
        Map<String, Object> own = new HashMap<>();
        for (Option<?> option : options) {
            Optional<Object> value = block.value(option.name()).orElseGet(() -> defaults.of(option));
            value.ifPresent(found -> own.put(option.name(), found));
            if (option.required() && value.isEmpty() && !block.isWrong(option.name())) {
                block.problem(
                        option.name(), "This is missing here (" + option.kind().description() + ").");
            }
        }
        if (block.anyWrong()) {
            wrong.add(name);
        }
        return isWrong(name) ? Optional.empty() : Optional.of(new DeviceSettings(name, path.getLast(), own));
    }

    /** HOCON reads an unquoted null as no value; for an option that offers the word it is the word. */
    private static boolean isChoiceNull(Option<?> option, ConfigValue value) {
        return value.valueType() == ConfigValueType.NULL && option.choices().contains(CHOICE_NULL);
    }

    /** Where a default comes from. */
    @FunctionalInterface
    interface Defaults {
        /** The default value of an option; nothing if it has none. */
        Optional<Object> of(Option<?> option);

        /** The defaults of the options in each block of an option that is a block of blocks. */
        default Defaults inEach(Option<?> option) {
            throw new IllegalStateException(option.name() + " may not be a block of blocks here");
        }
    }

    /** What was read for an option; nothing if it is not set here, an empty value if it is set to {@code null}. */
    Optional<Optional<Object>> value(String option) {
        return Optional.ofNullable(values.get(option));
    }

    /** The text that stands at a key, if one does; whatever else stands there is told. */
    Optional<String> text(String name) {
        Option<String> option = Option.string(name);
        read(List.of(option), ignored -> Optional.of(""));
        return value(name).flatMap(value -> value).map(String.class::cast);
    }

    /** Whether something is set here that cannot be used. */
    boolean isWrong(String option) {
        return wrong.contains(option);
    }

    boolean anyWrong() {
        return !wrong.isEmpty();
    }
}
