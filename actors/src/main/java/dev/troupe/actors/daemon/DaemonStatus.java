package dev.troupe.actors.daemon;

import java.time.Instant;
import java.util.List;

/**
 * The state of a daemon.
 *
 * @param startedAt when it started
 * @param eventLoops its event loops, as they describe themselves
 * @param devices its devices, by name
 */
public record DaemonStatus(Instant startedAt, List<String> eventLoops, List<DeviceStatus> devices) {

    /** Copies the lists. */
    public DaemonStatus {
        eventLoops = List.copyOf(eventLoops);
        devices = List.copyOf(devices);
    }
}
