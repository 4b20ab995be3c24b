package dev.troupe.config;

import dev.troupe.actors.daemon.DeviceSpec;
import java.nio.file.Path;
import java.util.List;

/**
 * What one daemon is to be: checked, with every default filled in.
 *
 * @param eventLoops the number of event loops; 0 takes one for each processor
 * @param backend how event loops talk to the kernel
 * @param blockingThreads the most threads that may wait for the host at once
 * @param socketDirectory where the sockets of devices are made that name none
 * @param controlSocket the daemon's control socket
 * @param devices its devices, sorted by name
 */
public record NodeConfig(
        int eventLoops,
        BackendChoice backend,
        int blockingThreads,
        Path socketDirectory,
        Path controlSocket,
        List<DeviceSpec> devices) {

    /** Copies the list. */
    public NodeConfig {
        devices = List.copyOf(devices);
    }
}
