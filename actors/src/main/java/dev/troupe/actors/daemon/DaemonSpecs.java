package dev.troupe.actors.daemon;

import java.util.List;

/**
 * What is wanted of each device of a daemon now.
 *
 * @param devices in the order in which they were added
 */
public record DaemonSpecs(List<DeviceSpec> devices) {

    /** Copies the list. */
    public DaemonSpecs {
        devices = List.copyOf(devices);
    }
}
