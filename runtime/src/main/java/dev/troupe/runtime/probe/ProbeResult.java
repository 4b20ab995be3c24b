package dev.troupe.runtime.probe;

import dev.troupe.actors.device.DeviceFactory;
import java.nio.file.Path;
import java.util.List;

/**
 * What a back end answered. Any thread may use it.
 *
 * @param socket where it listens
 * @param features the feature bits it offers
 * @param protocolFeatures the protocol feature bits it offers
 * @param maxQueues how many queues it serves
 * @param maxMemSlots how many memory regions it holds
 * @param config the beginning of its configuration space
 * @param types the device types it may be: one if it was named or could be told, none or several otherwise
 * @param typeGiven whether the one that asked has named the type
 */
public record ProbeResult(
        Path socket,
        long features,
        long protocolFeatures,
        long maxQueues,
        long maxMemSlots,
        ConfigSpace config,
        List<DeviceFactory> types,
        boolean typeGiven) {

    /** Keeps a copy of the list. */
    public ProbeResult {
        types = List.copyOf(types);
    }

    /** The type, if exactly one is left: a list of none or one. */
    public List<DeviceFactory> certainType() {
        return types.size() == 1 ? types : List.of();
    }
}
