package dev.troupe.actors.daemon;

import dev.troupe.actors.device.DeviceFactory;
import dev.troupe.actors.device.DeviceSettings;
import java.time.Duration;
import java.util.OptionalInt;

/**
 * What is wanted of one device.
 *
 * @param name its name, unique in the daemon
 * @param factory its type
 * @param settings its type's settings, checked
 * @param endpoint where it meets its front end
 * @param enabled whether it is started with the daemon
 * @param eventLoop the event loop of its first queue; the others follow round robin. Chosen by the daemon if empty
 * @param busyPoll how long a loop looks for further requests of this device before it sleeps; zero is off
 * @param drainTimeout how long unfinished requests are waited for when a queue stops
 * @param restarts when a failing device is given up
 */
public record DeviceSpec(
        String name,
        DeviceFactory factory,
        DeviceSettings settings,
        Endpoint endpoint,
        boolean enabled,
        OptionalInt eventLoop,
        Duration busyPoll,
        Duration drainTimeout,
        RestartPolicy restarts) {

    /** The same at another socket. */
    public DeviceSpec at(Endpoint socket) {
        return new DeviceSpec(name, factory, settings, socket, enabled, eventLoop, busyPoll, drainTimeout, restarts);
    }

    /** The same, but unfinished requests are waited for this long. */
    public DeviceSpec withDrainTimeout(Duration timeout) {
        return new DeviceSpec(name, factory, settings, endpoint, enabled, eventLoop, busyPoll, timeout, restarts);
    }
}
