package dev.troupe.actors.device;

import java.util.List;
import java.util.Map;

/**
 * How a device type looks as a program of its own, by the back-end program conventions of QEMU's vhost-user document.
 *
 * @param type the type that {@code --print-capabilities} names, from QEMU's vhost-user.json, for example
 *     {@code "block"}
 * @param features the features that {@code --print-capabilities} lists, for example {@code "read-only"}
 * @param flags conventional flags, without dashes, and the option each one sets, for example {@code blk-file} →
 *     {@code path}
 */
public record ProgramConvention(String type, List<String> features, Map<String, String> flags) {

    /** Copies the collections. */
    public ProgramConvention {
        features = List.copyOf(features);
        flags = Map.copyOf(flags);
    }
}
