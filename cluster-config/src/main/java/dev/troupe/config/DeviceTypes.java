package dev.troupe.config;

import dev.troupe.actors.device.DeviceFactory;
import java.util.Collection;
import java.util.List;
import java.util.Optional;
import java.util.ServiceLoader;
import java.util.SortedMap;
import java.util.TreeMap;

/** The device types that this program knows. Immutable; any thread may use it. */
public final class DeviceTypes {

    private final SortedMap<String, DeviceFactory> byName;

    private DeviceTypes(SortedMap<String, DeviceFactory> byName) {
        this.byName = byName;
    }

    /** Finds the device types on the class path through {@link ServiceLoader}. */
    public static DeviceTypes load() {
        return of(ServiceLoader.load(DeviceFactory.class).stream()
                .map(ServiceLoader.Provider::get)
                .toList());
    }

    /**
     * The given device types.
     *
     * @throws IllegalStateException if two of them have one name
     */
    public static DeviceTypes of(Collection<? extends DeviceFactory> factories) {
        SortedMap<String, DeviceFactory> byName = new TreeMap<>();
        for (DeviceFactory factory : factories) {
            DeviceFactory other = byName.put(factory.type(), factory);
            if (other != null) {
                throw new IllegalStateException("Two device types are named '" + factory.type() + "': "
                        + other.getClass().getName() + " and "
                        + factory.getClass().getName());
            }
        }
        return new DeviceTypes(byName);
    }

    /** The type of that name, if there is one. */
    public Optional<DeviceFactory> find(String name) {
        return Optional.ofNullable(byName.get(name));
    }

    /** The names of all types, sorted. */
    public List<String> names() {
        return List.copyOf(byName.keySet());
    }

    /** All types, sorted by name. */
    public List<DeviceFactory> all() {
        return List.copyOf(byName.values());
    }
}
