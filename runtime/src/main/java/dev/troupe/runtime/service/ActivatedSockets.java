package dev.troupe.runtime.service;

import dev.troupe.actors.daemon.DeviceSpec;
import dev.troupe.actors.daemon.Endpoint;
import dev.troupe.transport.sys.Fd;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Socket activation: listening sockets that the service manager made, each named as the device that it is for. */
public final class ActivatedSockets {

    private static final Logger LOG = LoggerFactory.getLogger(ActivatedSockets.class);

    private ActivatedSockets() {}

    /**
     * Lets devices listen on the sockets that are named as they are, in place of making their own.
     *
     * @param devices what the configuration has
     * @param sockets open for as long as this process runs
     */
    public static List<DeviceSpec> apply(List<DeviceSpec> devices, Map<String, Fd> sockets) {
        sockets.keySet().stream()
                .filter(name ->
                        devices.stream().noneMatch(device -> device.name().equals(name)))
                .forEach(name -> LOG.warn(
                        "The service manager made a socket for '{}', but no device is called that"
                                + " (FileDescriptorName= of the .socket unit).",
                        name));
        return devices.stream()
                .map(device -> {
                    Fd socket = sockets.get(device.name());
                    return socket == null ? device : withEndpoint(device, inherited(socket));
                })
                .toList();
    }

    /** The number stays valid, as the descriptor is never closed. */
    private static Endpoint inherited(Fd socket) {
        return socket.withNumber(Endpoint.Inherited::new);
    }

    private static DeviceSpec withEndpoint(DeviceSpec device, Endpoint endpoint) {
        return new DeviceSpec(
                device.name(),
                device.factory(),
                device.settings(),
                endpoint,
                device.enabled(),
                device.eventLoop(),
                device.busyPoll(),
                device.drainTimeout(),
                device.restarts());
    }
}
