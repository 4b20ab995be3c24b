package dev.troupe.config;

import com.typesafe.config.ConfigUtil;
import dev.troupe.actors.daemon.CommonOptions;
import dev.troupe.actors.daemon.DeviceSpec;
import dev.troupe.actors.device.Option;
import dev.troupe.actors.device.Sections;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.StringJoiner;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;

/** Writes devices as an operator would, so that reading them gives the same again. */
final class DeviceWriter {

    private static final String COMMON = "troupe.device-defaults";

    private final Documentation documentation;
    private final Source defaults;
    private final Path socketDirectory;

    /** A writer for devices that are read over the defaults of a file. */
    DeviceWriter(Documentation documentation, Source defaults, Path socketDirectory) {
        this.documentation = documentation;
        this.defaults = defaults;
        this.socketDirectory = socketDirectory;
    }

    /** That there is no such device. */
    String none(DeviceSpec spec) {
        return "  " + ConfigUtil.quoteString(spec.name()) + " = null\n";
    }

    /** A device's block: its type, and every option that the defaults would not make the same. */
    String block(DeviceSpec spec) {
        StringBuilder text = new StringBuilder("  " + ConfigUtil.quoteString(spec.name()) + " {\n    type = "
                + ConfigUtil.quoteString(spec.factory().type()) + "\n");
        String typeSection = Documentation.typeSection(spec.factory());
        for (Option<?> option : spec.factory().options()) {
            Optional<Object> byDefault = documentation.defaultOf(option, typeSection);
            boolean set = defaults.sets("troupe", "types", spec.factory().type(), option.name());
            append(text, option, typeSection, spec.settings().values().get(option.name()), byDefault, set);
        }
        Map<String, Object> common = ConfigDifference.common(spec);
        for (Option<?> option : CommonOptions.all()) {
            Optional<Object> byDefault = option.equals(CommonOptions.SOCKET)
                    ? Optional.of(socketDirectory.resolve(spec.name() + ".sock"))
                    : documentation.defaultOf(option, COMMON);
            boolean set = defaults.sets("troupe", "device-defaults", option.name());
            append(text, option, COMMON, common.get(option.name()), byDefault, set);
        }
        return text.append("  }\n").toString();
    }

    private void append(
            StringBuilder text,
            Option<?> option,
            String section,
            @Nullable Object value,
            Optional<Object> byDefault,
            boolean set) {
        // An option that always has a value and has none here does not concern this device: a mode, of a socket that
        // the
        // front end makes.
        boolean without = value == null && byDefault.isPresent();
        if (!without && (set || !Optional.ofNullable(value).equals(byDefault))) {
            text.append("    ")
                    .append(option.name())
                    .append(" = ")
                    .append(written(option, section, value))
                    .append('\n');
        }
    }

    private String written(Option<?> option, String section, @Nullable Object value) {
        if (value == null) {
            return "null";
        }
        return switch (option.kind()) {
            case STRING, PATH, CHOICE -> ConfigUtil.quoteString(value.toString());
            case STRINGS ->
                value instanceof List<?> list
                        ? list.stream()
                                .map(element -> ConfigUtil.quoteString(element.toString()))
                                .collect(Collectors.joining(", ", "[", "]"))
                        : ConfigUtil.quoteString(value.toString());
            case SECTIONS -> blocks((Sections) value, option, Documentation.eachOf(section, option));
            case BOOLEAN, INTEGER, BYTES, RATE, DURATION -> OptionValues.show(option, value);
        };
    }

    /** Blocks in one line each, with every option that the defaults would not make the same. */
    private String blocks(Sections blocks, Option<?> option, String section) {
        StringBuilder text = new StringBuilder("{\n");
        blocks.byName().forEach((name, block) -> {
            StringJoiner pairs = new StringJoiner(", ", " { ", " }\n");
            for (Option<?> inner : option.inner()) {
                @Nullable Object value = block.values().get(inner.name());
                if (!Optional.ofNullable(value).equals(documentation.defaultOf(inner, section))) {
                    pairs.add(inner.name() + " = " + written(inner, section, value));
                }
            }
            text.append("      ").append(ConfigUtil.quoteString(name)).append(pairs);
        });
        return text.append("    }").toString();
    }
}
