package dev.troupe.devices.testing;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import dev.troupe.actors.device.DeviceFactory;
import dev.troupe.actors.device.DeviceSettings;
import dev.troupe.actors.device.Option;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/** Settings of a device as the configuration would make them: what a test gives, and the defaults of reference.conf. */
public final class TestSettings {
    private TestSettings() {}

    /** Settings of a device called {@code test0}. */
    public static DeviceSettings of(DeviceFactory factory, Map<String, Object> given) {
        Config defaults = ConfigFactory.parseResources(factory.getClass(), "/reference.conf")
                .resolve()
                .getConfig("troupe.types." + factory.type());
        Map<String, Object> values = new HashMap<>();
        for (Option<?> option : factory.options()) {
            if (!defaults.getIsNull(option.name())) {
                values.put(option.name(), value(defaults, option));
            }
        }
        values.putAll(given);
        return new DeviceSettings("test0", factory.type(), values);
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
        };
    }
}
