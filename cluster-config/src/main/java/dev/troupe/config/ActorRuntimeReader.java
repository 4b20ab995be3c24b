package dev.troupe.config;

import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigRenderOptions;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueType;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;

/**
 * Reads the block of the actor runtime's settings, {@code pekko}, which stands beside {@code troupe} and is passed on as
 * it is. Each setting must be one that the runtime's own reference has, and of the same kind.
 */
final class ActorRuntimeReader {

    static final String BLOCK = "pekko";

    /** Where the runtime lets an operator name things: what stands in them cannot be checked against its reference. */
    private static final Set<String> OPEN_BLOCKS = Set.of(
            "pekko.actor.deployment",
            "pekko.actor.serializers",
            "pekko.actor.serialization-bindings",
            "pekko.actor.serialization-identifiers",
            "pekko.actor.mailbox.requirements",
            "pekko.coordinated-shutdown.phases");

    private static final Pattern DURATION =
            Pattern.compile("\\d+(\\.\\d+)?\\s*(ns|us|ms|s|m|h|d|[a-z]*seconds?|minutes?)");
    /** Words that the runtime takes in the place of a number or a time, to switch something off or without end. */
    private static final Set<String> SWITCHES =
            Set.of("on", "off", "true", "false", "infinite", "unlimited", "default");

    private ActorRuntimeReader() {}

    /**
     * The settings that a file has for the actor runtime; what is wrong with them has been told.
     *
     * @param top the file
     * @param reference what the runtime and all others say of themselves
     */
    static Map<String, Object> read(Section top, ConfigObject reference) {
        ConfigValue known = reference.get(BLOCK);
        Section block = top.inner(BLOCK);
        if (!(known instanceof ConfigObject settings) || !check(block, settings)) {
            return Map.of();
        }
        return top.any(BLOCK)
                .filter(ConfigObject.class::isInstance)
                .map(value -> ((ConfigObject) value).unwrapped())
                .orElse(Map.of());
    }

    /** Whether all of a block is known and of the right kind. */
    private static boolean check(Section block, ConfigObject known) {
        if (OPEN_BLOCKS.contains(block.key())) {
            return true;
        }
        boolean right = true;
        for (String key : block.keys()) {
            ConfigValue expected = known.get(key);
            if (expected == null) {
                block.problem(key, "The actor runtime has no such setting. " + Nearest.hint(key, known.keySet()));
                right = false;
            } else if (expected instanceof ConfigObject inner) {
                Section section = block.inner(key);
                right &= !block.isWrong(key) && check(section, inner);
            } else {
                right &= block.any(key)
                        .filter(value -> fits(block, key, value, expected))
                        .isPresent();
            }
        }
        return right;
    }

    private static boolean fits(Section block, String key, ConfigValue value, ConfigValue expected) {
        String kind = mismatch(value, expected);
        if (!kind.isEmpty()) {
            block.problem(key, show(value) + " is not " + kind + ", such as " + show(expected) + ".");
        }
        return kind.isEmpty();
    }

    /** What is expected in the place of a value; empty if the value will do. */
    private static String mismatch(ConfigValue value, ConfigValue expected) {
        if (value.valueType() == ConfigValueType.NULL) {
            return "";
        }
        boolean list = value.valueType() == ConfigValueType.LIST;
        if (expected.valueType() == ConfigValueType.LIST) {
            return list ? "" : "a list";
        }
        if (list || value.valueType() == ConfigValueType.OBJECT) {
            return "a single value";
        }
        String text = String.valueOf(value.unwrapped());
        String example = String.valueOf(expected.unwrapped());
        if (SWITCHES.contains(text) || SWITCHES.contains(example)) {
            return SWITCHES.contains(text) || !isWord(text) ? "" : "one of on and off, or a number,";
        }
        if (DURATION.matcher(example).matches()) {
            return isDuration(value) ? "" : "a time";
        }
        boolean number = expected.valueType() == ConfigValueType.NUMBER;
        return number && isWord(text) ? "a number" : "";
    }

    private static boolean isWord(String text) {
        return text.isEmpty() || !Character.isDigit(text.charAt(text.startsWith("-") && text.length() > 1 ? 1 : 0));
    }

    private static boolean isDuration(ConfigValue value) {
        try {
            value.atKey("x").getDuration("x");
            return true;
        } catch (ConfigException e) {
            return false;
        }
    }

    private static String show(ConfigValue value) {
        return value.valueType() == ConfigValueType.STRING
                ? "'" + value.unwrapped() + "'"
                : value.render(ConfigRenderOptions.concise());
    }
}
