package dev.troupe.runtime.probe;

import dev.troupe.actors.device.DeviceFactory;
import dev.troupe.actors.device.FeatureName;
import java.util.List;
import java.util.function.Predicate;

/**
 * Which device type a back end has. The protocol does not tell, so this compares what was offered with what each known type
 * could offer. Any thread.
 */
public final class TypeGuess {

    /** The bits that belong to device types; the others are the same for all (virtio 1.4, section 2.2). */
    static final long DEVICE_BITS = 0xff_ffffL | 0xfffc_0000_0000_0000L;

    private TypeGuess() {}

    /**
     * The types that could have given these answers.
     *
     * @param known all types to choose from
     * @param features the offered feature bits
     * @param config the configuration space
     * @return none, one, or several
     */
    public static List<DeviceFactory> candidates(List<DeviceFactory> known, long features, ConfigSpace config) {
        return known.stream()
                .filter(type -> type.configFields().isEmpty() == config.isBlank())
                .filter(type -> (features & DEVICE_BITS & ~bitsOf(type, _ -> true)) == 0)
                .filter(type -> (bitsOf(type, FeatureName::mandatory) & ~features) == 0)
                .toList();
    }

    private static long bitsOf(DeviceFactory type, Predicate<FeatureName> which) {
        return type.featureNames().stream()
                .filter(which)
                .mapToInt(FeatureName::bit)
                .filter(bit -> bit < Long.SIZE)
                .mapToLong(bit -> 1L << bit)
                .reduce(0, (a, b) -> a | b);
    }
}
