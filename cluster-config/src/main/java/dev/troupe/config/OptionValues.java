package dev.troupe.config;

import com.typesafe.config.ConfigList;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueType;
import dev.troupe.actors.device.DeviceSettings;
import dev.troupe.actors.device.Option;
import dev.troupe.actors.device.OptionKind;
import dev.troupe.actors.device.Quantities;
import dev.troupe.actors.device.Sections;
import java.nio.file.InvalidPathException;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.stream.Collectors;

/** Turns what stands in a file into the value of an option, and a value into what an operator would write. */
final class OptionValues {

    private OptionValues() {}

    /**
     * Reads one value.
     *
     * @param folder where relative paths start
     * @throws IllegalArgumentException if it is not of the option's kind or outside its limits, with a sentence that
     *     says what would be right
     */
    static Object read(Option<?> option, ConfigValue value, Path folder) {
        if (option.kind() == OptionKind.STRINGS) {
            return readTexts(value);
        }
        ConfigValueType type = value.valueType();
        if (type == ConfigValueType.OBJECT || type == ConfigValueType.LIST) {
            String found = type == ConfigValueType.OBJECT ? "{ … }" : "[ … ]";
            throw new IllegalArgumentException(
                    "A " + option.kind().description() + " is needed here, not " + found + ".");
        }
        return readText(option, text(value), folder);
    }

    private static Object readText(Option<?> option, String text, Path folder) {
        return switch (option.kind()) {
            case STRING, STRINGS, SECTIONS -> text;
            case PATH -> readPath(text, folder);
            case BOOLEAN -> readBoolean(text);
            case INTEGER -> within(option, Quantities.parseInteger(text));
            case BYTES -> within(option, Quantities.parseBytes(text));
            case RATE -> within(option, Quantities.parseRate(text));
            case DURATION -> {
                Duration time = Quantities.parseDuration(text);
                within(option, time.toNanos());
                yield time;
            }
            case CHOICE -> readChoice(option, text);
        };
    }

    private static List<String> readTexts(ConfigValue value) {
        if (!(value instanceof ConfigList list)) {
            throw new IllegalArgumentException("A list is needed here, such as [ \"a\", \"b\" ].");
        }
        List<String> texts = new ArrayList<>();
        for (ConfigValue element : list) {
            ConfigValueType type = element.valueType();
            if (type == ConfigValueType.OBJECT || type == ConfigValueType.LIST || type == ConfigValueType.NULL) {
                throw new IllegalArgumentException("Every element of this list must be a text.");
            }
            texts.add(text(element));
        }
        return List.copyOf(texts);
    }

    /** A scalar as it was written: a number keeps its leading zeros. */
    private static String text(ConfigValue scalar) {
        return scalar.atKey("value").getString("value");
    }

    private static Path readPath(String text, Path folder) {
        if (text.isEmpty()) {
            throw new IllegalArgumentException("A path is needed here, not an empty text.");
        }
        try {
            return folder.resolve(text).toAbsolutePath();
        } catch (InvalidPathException e) {
            throw new IllegalArgumentException("This is not a path: " + e.getReason() + ".", e);
        }
    }

    private static boolean readBoolean(String text) {
        return switch (text) {
            case "true", "yes", "on" -> true;
            case "false", "no", "off" -> false;
            default -> throw new IllegalArgumentException("'" + text + "' is neither true nor false.");
        };
    }

    private static String readChoice(Option<?> option, String text) {
        if (option.choices().contains(text)) {
            return text;
        }
        throw new IllegalArgumentException("'" + text + "' is none of " + String.join(", ", option.choices()) + "."
                + Nearest.to(text, option.choices())
                        .map(near -> " Did you mean '" + near + "'?")
                        .orElse(""));
    }

    private static long within(Option<?> option, long value) {
        if (value < option.minimum()) {
            throw new IllegalArgumentException(showNumber(option, value) + " is too small; the least is "
                    + showNumber(option, option.minimum()) + ".");
        }
        if (value > option.maximum()) {
            throw new IllegalArgumentException(showNumber(option, value) + " is too large; the most is "
                    + showNumber(option, option.maximum()) + ".");
        }
        return value;
    }

    /** The value as it would be written in a configuration. */
    static String show(Option<?> option, Object value) {
        return switch (value) {
            case Duration time -> Quantities.formatDuration(time);
            case Long number -> showNumber(option, number);
            case Sections blocks -> showBlocks(option, blocks);
            default -> value.toString();
        };
    }

    private static String showBlocks(Option<?> option, Sections blocks) {
        return blocks.byName().entrySet().stream()
                .map(block -> block.getKey() + " { " + showBlock(option, block.getValue()) + " }")
                .collect(Collectors.joining(", ", "{", "}"));
    }

    private static String showBlock(Option<?> option, DeviceSettings block) {
        return option.inner().stream()
                .filter(inner -> block.values().containsKey(inner.name()))
                .map(inner -> inner.name() + " = "
                        + show(inner, Objects.requireNonNull(block.values().get(inner.name()))))
                .collect(Collectors.joining(", "));
    }

    private static String showNumber(Option<?> option, long number) {
        return switch (option.kind()) {
            case BYTES -> Quantities.formatBytes(number);
            case RATE -> Quantities.formatBytes(number) + "/s";
            case DURATION -> Quantities.formatDuration(Duration.ofNanos(number));
            case STRING, PATH, BOOLEAN, INTEGER, CHOICE, STRINGS, SECTIONS -> Long.toString(number);
        };
    }

    /** The limits or choices of an option as shown to an operator; empty if it has none. */
    static String limits(Option<?> option) {
        return switch (option.kind()) {
            case CHOICE -> String.join(", ", option.choices());
            case INTEGER, BYTES, RATE, DURATION -> numericLimits(option);
            case STRING, PATH, BOOLEAN, STRINGS, SECTIONS -> "";
        };
    }

    private static String numericLimits(Option<?> option) {
        String least = showNumber(option, option.minimum());
        if (option.maximum() == Long.MAX_VALUE) {
            return option.minimum() == 0 ? "" : least + " or more";
        }
        return least + " to " + showNumber(option, option.maximum());
    }
}
