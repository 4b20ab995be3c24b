package dev.troupe.devices.vsock;

import dev.troupe.actors.device.DeviceException;
import java.net.InetAddress;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** A place of the host that connections of a guest lead to. */
sealed interface Target {
    /** A Unix socket that listens at a path. */
    record Unix(Path path) implements Target {
        @Override
        public String toString() {
            return "unix " + path;
        }
    }

    /**
     * A TCP socket; its name is looked up when the device is opened, or when a change names it.
     *
     * @param host a name or an address
     */
    record Tcp(String host, int port) implements Target {
        private static final int LAST_PORT = 65_535;

        /** Reads {@code host:port}, where an IPv6 address stands in brackets. */
        static Optional<Target> parse(String text) {
            int colon = text.lastIndexOf(':');
            if (colon <= 0) {
                return Optional.empty();
            }
            String host = text.substring(0, colon);
            String bare = host.startsWith("[") && host.endsWith("]") ? host.substring(1, host.length() - 1) : host;
            try {
                int port = Integer.parseInt(text.substring(colon + 1));
                return port < 0 || port > LAST_PORT ? Optional.empty() : Optional.of(new Tcp(bare, port));
            } catch (NumberFormatException e) {
                return Optional.empty();
            }
        }

        /** Looks the name up, which may block; the address is unresolved if it is not known. */
        InetSocketAddress lookUp() {
            return new InetSocketAddress(host, port);
        }

        /** Looks the name up, which may block. */
        InetSocketAddress resolve() throws DeviceException {
            InetSocketAddress address = lookUp();
            if (address.isUnresolved()) {
                throw new DeviceException(problem());
            }
            return address;
        }

        /** The address, if it was given in place of a name. */
        Optional<InetSocketAddress> addressWithoutLookUp() {
            try {
                return Optional.of(new InetSocketAddress(InetAddress.ofLiteral(host), port));
            } catch (IllegalArgumentException e) {
                return Optional.empty();
            }
        }

        /** What operators are told when the name is not known. */
        String problem() {
            return "The host " + host + " is not known; give its address.";
        }

        @Override
        public String toString() {
            return "tcp " + host + ":" + port;
        }
    }

    /**
     * A program, started for each connection, whose standard input and output are the connection.
     *
     * @param command its path and its arguments
     */
    record Command(List<String> command) implements Target {
        boolean isAbsolute() {
            return Path.of(command.getFirst()).isAbsolute();
        }

        @Override
        public String toString() {
            return "command " + command.getFirst();
        }
    }
}
