package dev.troupe.config;

import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigValueFactory;
import dev.troupe.actors.device.Option;
import dev.troupe.actors.device.OptionKind;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * Settings given one by one as {@code key=value}, on a command line, as the block that would stand in a file: lists are
 * separated by commas, an option within a named block is {@code option.block.inner}.
 */
final class KeyValues {

    private static final String COMMAND_LINE = "command line";

    private KeyValues() {}

    /** The block; keys that no option has are in it too, to be refused with the others. */
    static ConfigObject block(Map<String, ?> settings, List<Option<?>> options) {
        Map<String, Object> values = new HashMap<>();
        settings.forEach((key, value) -> put(values, key, value, options));
        return ConfigValueFactory.fromMap(values, COMMAND_LINE);
    }

    private static void put(Map<String, Object> block, String key, Object value, List<Option<?>> options) {
        String[] parts = key.split("\\.", 3);
        Optional<Option<?>> option =
                options.stream().filter(known -> known.name().equals(parts[0])).findFirst();
        OptionKind kind = option.<OptionKind>map(Option::kind).orElse(OptionKind.STRING);
        if (kind == OptionKind.SECTIONS && parts.length == 3) {
            put(
                    inner(inner(block, parts[0]), parts[1]),
                    parts[2],
                    value,
                    option.orElseThrow().inner());
        } else if (kind == OptionKind.STRINGS && value instanceof String text) {
            block.put(key, List.of(text.split(",", -1)));
        } else {
            block.put(key, value);
        }
    }

    @SuppressWarnings("unchecked") // Only blocks made here are found here.
    private static Map<String, Object> inner(Map<String, Object> block, String name) {
        return (Map<String, Object>) block.computeIfAbsent(name, _ -> new HashMap<String, Object>());
    }
}
