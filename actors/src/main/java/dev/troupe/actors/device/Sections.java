package dev.troupe.actors.device;

import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.Map;

/**
 * The value of an option that is a block of named blocks, such as the ports of a console.
 *
 * @param byName the settings of each block by its name, in the order of their names
 */
public record Sections(Map<String, DeviceSettings> byName) {

    /** No block at all. */
    public static final Sections NONE = new Sections(Map.of());

    /** Copies the map, with its order. */
    public Sections {
        byName = Collections.unmodifiableMap(new LinkedHashMap<>(byName));
    }
}
