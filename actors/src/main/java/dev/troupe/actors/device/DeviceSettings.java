package dev.troupe.actors.device;

import java.util.Map;
import java.util.Optional;

/**
 * The checked settings of one device: values of the kinds its options ask for, defaults filled in.
 *
 * @param name the device's name, unique in its daemon
 * @param type the name of its type
 * @param values the values by option name; an option without a value is absent
 */
public record DeviceSettings(String name, String type, Map<String, Object> values) {

    /** Copies the values. */
    public DeviceSettings {
        values = Map.copyOf(values);
    }

    /** The value of an option that always has one. */
    public <T> T get(Option<T> option) {
        return find(option)
                .orElseThrow(() -> new IllegalStateException(name + ": option " + option.name() + " has no value"));
    }

    /** The value of an option, if it has one. */
    public <T> Optional<T> find(Option<T> option) {
        return Optional.ofNullable(values.get(option.name())).map(option.valueType()::cast);
    }
}
