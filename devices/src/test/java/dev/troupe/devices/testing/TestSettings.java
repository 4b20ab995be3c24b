package dev.troupe.devices.testing;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import dev.troupe.actors.device.DeviceFactory;
import dev.troupe.actors.device.DeviceSettings;
import dev.troupe.actors.device.Option;
import dev.troupe.actors.device.Sections;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;

/** Settings of a device as the configuration would make them: what a test gives, and the defaults of reference.conf. */
public final class TestSettings {
    private TestSettings() {}

    /**
     * Settings of a device called {@code test0}.
     *
     * @param given what differs from the defaults; for an option that is a block of blocks a map of each block's name to
     *     what differs in it
     */
    public static DeviceSettings of(DeviceFactory factory, Map<String, Object> given) {
        Config defaults = ConfigFactory.parseResources(factory.getClass(), "/reference.conf")
                .resolve()
                .getConfig("troupe.types." + factory.type());
        return new DeviceSettings("test0", factory.type(), values(factory.options(), defaults, given));
    }

    private static Map<String, Object> values(List<Option<?>> options, Config defaults, Map<?, ?> given) {
        Map<String, Object> values = new HashMap<>();
        for (Option<?> option : options) {
            Object own = given.get(option.name());
            if (own instanceof Map<?, ?> blocks) {
                values.put(option.name(), sections(option, defaults.getConfig(option.name() + ".\"*\""), blocks));
            } else if (own != null) {
                values.put(option.name(), own);
            } else if (!defaults.getIsNull(option.name())) {
                values.put(option.name(), value(defaults, option));
            }
        }
        return values;
    }

    private static Sections sections(Option<?> option, Config defaults, Map<?, ?> blocks) {
        Map<String, DeviceSettings> byName = new TreeMap<>();
        blocks.forEach((name, given) -> byName.put(
                name.toString(),
                new DeviceSettings(
                        name.toString(), option.name(), values(option.inner(), defaults, (Map<?, ?>) given))));
        return new Sections(byName);
    }

    private static Object value(Config config, Option<?> option) {
        String name = option.name();
        return switch (option.kind()) {
            case STRING, CHOICE -> config.getString(name);
            case PATH -> Path.of(config.getString(name));
            case BOOLEAN -> config.getBoolean(name);
            case INTEGER -> config.getLong(name);
            case BYTES, RATE -> config.getMemorySize(name).toBytes();
            case DURATION -> config.getDuration(name);
            case STRINGS -> config.getStringList(name);
            case SECTIONS -> Sections.NONE;
        };
    }
}
