package dev.troupe.config;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigObject;
import com.typesafe.config.ConfigValue;
import com.typesafe.config.ConfigValueType;
import dev.troupe.config.Problems.Place;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * The file beside a configuration that holds the devices that were changed at run time and saved: {@code
 * troupe.runtime.conf} beside {@code troupe.conf}. A device that it names is wholly what it says, whatever the
 * configuration says of it; {@code null} is no device. The configuration itself is never written to.
 */
final class RuntimeFile {

    /** The way to the devices from the top of a file. */
    static final List<String> DEVICES = List.of("troupe", "devices");

    private RuntimeFile() {}

    /** Where it is, or would be. */
    static Path of(Path file) {
        String name = file.getFileName().toString();
        String stem = name.endsWith(".conf") ? name.substring(0, name.length() - ".conf".length()) : name;
        return file.resolveSibling(stem + ".runtime.conf");
    }

    /** Lays it over a configuration, if it is there. */
    static Source lay(Source under, Problems problems) {
        Path file = of(under.file());
        if (!Files.exists(file)) {
            return under;
        }
        Place whole = new Place(file.toString(), 0);
        try {
            Config over = Source.writtenIn(file, problems).resolve();
            Optional<ConfigObject> devices = devices(over.root());
            if (devices.isEmpty() || over.root().size() != 1) {
                problems.add(whole, "", "This file may hold troupe.devices { … } only.");
                return under;
            }
            return under.withDevices(devices.get());
        } catch (ConfigException e) {
            problems.add(e.origin() == null ? whole : Place.of(e.origin(), whole), "", Source.sentence(e));
            return under;
        }
    }

    private static Optional<ConfigObject> devices(ConfigObject root) {
        return root.get(DEVICES.get(0)) instanceof ConfigObject troupe
                        && troupe.size() == 1
                        && troupe.get(DEVICES.get(1)) instanceof ConfigObject devices
                ? Optional.of(devices)
                : Optional.empty();
    }

    /** The same top level with these devices in the place of those of the same name. */
    static ConfigObject replace(ConfigObject top, ConfigObject devices) {
        ConfigObject troupe = block(top, DEVICES.get(0));
        ConfigObject all = block(troupe, DEVICES.get(1));
        for (Map.Entry<String, ConfigValue> device : devices.entrySet()) {
            all = device.getValue().valueType() == ConfigValueType.NULL
                    ? all.withoutKey(device.getKey())
                    : all.withValue(device.getKey(), device.getValue());
        }
        return top.withValue(DEVICES.get(0), troupe.withValue(DEVICES.get(1), all));
    }

    private static ConfigObject block(ConfigObject in, String key) {
        return in.get(key) instanceof ConfigObject block
                ? block
                : ConfigFactory.empty().root();
    }
}
