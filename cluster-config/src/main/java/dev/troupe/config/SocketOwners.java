package dev.troupe.config;

import dev.troupe.actors.daemon.DeviceSpec;
import dev.troupe.actors.daemon.Endpoint;
import java.nio.file.Path;
import java.util.HashMap;
import java.util.Map;

/** Which sockets are taken already. */
final class SocketOwners {

    private final Map<Path, String> owners = new HashMap<>();

    SocketOwners(Path control) {
        owners.put(control.normalize(), "The daemon's control socket");
    }

    /** A device that has its socket already. */
    void add(DeviceSpec spec) {
        owners.putIfAbsent(socket(spec).normalize(), "The device '" + spec.name() + "'");
    }

    /** A device that is being read; tells if another one has its socket. */
    void claim(String name, Path socket, Section section) {
        String other = owners.putIfAbsent(socket.normalize(), "The device '" + name + "'");
        if (other != null) {
            section.problem("socket", other + " has the socket " + socket + " already. Give this device another one.");
        }
    }

    /** A device that has been read; tells if another one has its socket. */
    void claim(DeviceSpec spec, Section section) {
        claim(spec.name(), socket(spec), section);
    }

    private static Path socket(DeviceSpec spec) {
        return switch (spec.endpoint()) {
            case Endpoint.Listen listen -> listen.path();
            case Endpoint.Connect connect -> connect.path();
            case Endpoint.Inherited inherited -> Path.of("fd " + inherited.number());
        };
    }
}
