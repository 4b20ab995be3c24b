package dev.troupe.config;

import dev.troupe.actors.device.DeviceFactory;
import java.io.IOException;
import java.io.InputStream;
import java.net.URL;
import java.nio.charset.StandardCharsets;
import java.security.CodeSource;
import java.util.Collection;
import java.util.Collections;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.ServiceConfigurationError;
import java.util.ServiceLoader;
import java.util.SortedMap;
import java.util.TreeMap;
import java.util.regex.Pattern;

/** The device types that this program knows. Immutable; any thread may use it. */
public final class DeviceTypes {

    private static final String SERVICES = "META-INF/services/" + DeviceFactory.class.getName();
    private static final Pattern COMMENT = Pattern.compile("#.*");

    private final SortedMap<String, DeviceFactory> byName;

    private DeviceTypes(SortedMap<String, DeviceFactory> byName) {
        this.byName = byName;
    }

    /**
     * Finds the device types on the class path through {@link ServiceLoader}.
     *
     * @throws DeviceTypesException if there is one twice, or one cannot be loaded
     */
    public static DeviceTypes load() {
        return load(Thread.currentThread().getContextClassLoader());
    }

    static DeviceTypes load(ClassLoader loader) {
        try {
            refuseClassesThatAreThereTwice(loader);
            return of(ServiceLoader.load(DeviceFactory.class, loader).stream()
                    .map(ServiceLoader.Provider::get)
                    .toList());
        } catch (ServiceConfigurationError | IOException e) {
            throw new DeviceTypesException("The device types cannot be loaded: " + e.getMessage(), e);
        }
    }

    /** Of a class in two jar files, two versions of it perhaps, the first would be taken and the other one overlooked. */
    private static void refuseClassesThatAreThereTwice(ClassLoader loader) throws IOException {
        Map<String, URL> places = new HashMap<>();
        for (URL place : Collections.list(loader.getResources(SERVICES))) {
            for (String name : namesIn(place)) {
                URL other = places.put(name, place);
                if (other != null && !other.equals(place)) {
                    throw new DeviceTypesException("The device type " + name + " is there twice, in " + jar(other)
                            + " and in " + jar(place) + "; take one away.");
                }
            }
        }
    }

    private static List<String> namesIn(URL place) throws IOException {
        try (InputStream in = place.openStream()) {
            return new String(in.readAllBytes(), StandardCharsets.UTF_8)
                    .lines()
                    .map(line -> COMMENT.matcher(line).replaceFirst("").strip())
                    .filter(name -> !name.isEmpty())
                    .toList();
        }
    }

    private static String jar(URL place) {
        String path = place.getPath();
        int end = path.lastIndexOf("!/");
        return end < 0 ? path : path.substring(0, end).replaceFirst("^file:", "");
    }

    private static String origin(DeviceFactory factory) {
        CodeSource source = factory.getClass().getProtectionDomain().getCodeSource();
        return factory.getClass().getName() + (source == null ? "" : " in " + jar(source.getLocation()));
    }

    /**
     * The given device types.
     *
     * @throws DeviceTypesException if two of them have one name
     */
    public static DeviceTypes of(Collection<? extends DeviceFactory> factories) {
        SortedMap<String, DeviceFactory> byName = new TreeMap<>();
        for (DeviceFactory factory : factories) {
            DeviceFactory other = byName.put(factory.type(), factory);
            if (other != null) {
                throw new DeviceTypesException("Two device types are named '" + factory.type() + "': " + origin(other)
                        + " and " + origin(factory) + "; take one away.");
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
