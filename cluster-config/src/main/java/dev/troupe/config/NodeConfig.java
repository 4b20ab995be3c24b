package dev.troupe.config;

import dev.troupe.actors.daemon.DeviceSpec;
import java.nio.file.Path;
import java.util.Collections;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/**
 * What one daemon is to be: checked, with every default filled in.
 *
 * @param eventLoops the number of event loops; 0 takes one for each processor
 * @param backend how event loops talk to the kernel
 * @param blockingThreads the most threads that may wait for the host at once
 * @param socketDirectory where the sockets of devices are made that name none
 * @param controlSocket the daemon's control socket
 * @param actorRuntime the settings of the actor runtime, the block {@code pekko} as nested maps; empty if there are none
 * @param devices its devices, sorted by name
 */
public record NodeConfig(
        int eventLoops,
        BackendChoice backend,
        int blockingThreads,
        Path socketDirectory,
        Path controlSocket,
        Map<String, Object> actorRuntime,
        List<DeviceSpec> devices) {

    /** Copies the map and the list. */
    public NodeConfig {
        // A setting may be null, which Map.copyOf does not take.
        actorRuntime = Collections.unmodifiableMap(new LinkedHashMap<>(actorRuntime));
        devices = List.copyOf(devices);
    }

    /** The same daemon with other devices. */
    public NodeConfig withDevices(List<DeviceSpec> others) {
        return new NodeConfig(
                eventLoops, backend, blockingThreads, socketDirectory, controlSocket, actorRuntime, others);
    }
}
