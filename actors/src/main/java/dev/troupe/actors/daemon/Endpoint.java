package dev.troupe.actors.daemon;

import java.nio.file.Path;
import java.util.Optional;

/** Where a device meets its front end. */
public sealed interface Endpoint {

    /**
     * The device listens on a Unix socket.
     *
     * @param path the socket's path
     * @param mode its permission bits, for example 0600
     * @param group the group it is given to, if any
     */
    record Listen(Path path, int mode, Optional<String> group) implements Endpoint {
        @Override
        public String toString() {
            return path.toString();
        }
    }

    /**
     * The front end listens and the device connects to it, again and again.
     *
     * @param path the front end's socket
     */
    record Connect(Path path) implements Endpoint {
        @Override
        public String toString() {
            return "to " + path;
        }
    }

    /**
     * A socket that the program was started with, listening or connected.
     *
     * @param number the descriptor's number in this process
     */
    record Inherited(int number) implements Endpoint {
        @Override
        public String toString() {
            return "descriptor " + number;
        }
    }
}
