package dev.troupe.devices.scsi;

import dev.troupe.actors.device.DeviceException;
import dev.troupe.actors.device.DeviceSettings;
import dev.troupe.actors.device.Option;
import dev.troupe.actors.device.Problem;
import dev.troupe.devices.storage.SizeText;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.stream.Collectors;

/** Reads the options of a logical unit as an operator writes them behind a command: {@code target=0 lun=3 path=/a.img}. */
final class LunArguments {
    private LunArguments() {}

    /**
     * Reads and checks them.
     *
     * @throws DeviceException with a sentence that says what is wrong
     */
    static DeviceSettings parse(String name, List<String> arguments) throws DeviceException {
        Map<String, Object> values = new HashMap<>(LunSettings.defaults());
        for (String argument : arguments) {
            int split = argument.indexOf('=');
            Option<?> option = option(split < 0 ? argument : argument.substring(0, split));
            values.put(option.name(), value(option, split < 0 ? "" : argument.substring(split + 1)));
        }
        DeviceSettings settings = new DeviceSettings(name, "luns", values);
        List<Problem> problems = LunSettings.check(settings);
        if (!problems.isEmpty()) {
            throw new DeviceException(
                    problems.stream().map(p -> p.option() + ": " + p.message()).collect(Collectors.joining(" ")));
        }
        return settings;
    }

    private static Option<?> option(String key) throws DeviceException {
        return Arrays.stream(LunSettings.options())
                .filter(option -> option.name().equals(key))
                .findFirst()
                .orElseThrow(() -> new DeviceException(
                        "A unit has no option '" + key + "'; write options as key=value, as in a configuration."));
    }

    private static Object value(Option<?> option, String text) throws DeviceException {
        return switch (option.kind()) {
            case STRING -> text;
            case PATH -> absolute(text);
            case BOOLEAN -> {
                if (!text.equals("true") && !text.equals("false")) {
                    throw new DeviceException(option.name() + " is true or false.");
                }
                yield text.equals("true");
            }
            case INTEGER -> within(option, number(option, text));
            case BYTES -> within(option, SizeText.parse(text));
            case CHOICE -> {
                if (!option.choices().contains(text)) {
                    throw new DeviceException(
                            option.name() + " is one of " + String.join(", ", option.choices()) + ".");
                }
                yield text;
            }
            case DURATION, RATE, STRINGS, SECTIONS ->
                throw new DeviceException(option.name() + " can be given in the configuration only.");
        };
    }

    /** The daemon does not know where the operator stands. */
    static Path absolute(String text) throws DeviceException {
        Path path = Path.of(text);
        if (!path.isAbsolute()) {
            throw new DeviceException("Give an absolute path.");
        }
        return path;
    }

    private static long number(Option<?> option, String text) throws DeviceException {
        try {
            return Long.parseLong(text);
        } catch (NumberFormatException e) {
            throw new DeviceException(option.name() + " is a number.", e);
        }
    }

    private static long within(Option<?> option, long value) throws DeviceException {
        if (value < option.minimum() || value > option.maximum()) {
            throw new DeviceException(
                    option.name() + " lies between " + option.minimum() + " and " + option.maximum() + ".");
        }
        return value;
    }
}
