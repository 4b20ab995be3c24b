package dev.troupe.runtime.bench;

import java.nio.file.Path;
import java.util.Locale;

/**
 * What is done to a socket device.
 *
 * @param kind what kind of load
 * @param udsPath the back end's Unix socket for the host, by the convention of {@code CONNECT <port>}; the guest's connections
 *     go to this path with {@code _} and the port appended
 */
record VsockLoad(Kind kind, Path udsPath) {
    /** The guest's CID. */
    static final int GUEST_CID = 3;

    /** The port on either side. */
    static final int PORT = 5000;

    /**
     * The load that is asked for.
     *
     * @throws BenchException if there is none of that name
     */
    static VsockLoad of(Aim aim, Path udsPath) throws BenchException {
        String wanted = aim.requestOf(Kind.TO_HOST.toString(), Kind.TO_GUEST.toString(), Kind.CONNECT.toString());
        return new VsockLoad(Kind.valueOf(wanted.toUpperCase(Locale.ROOT).replace('-', '_')), udsPath);
    }

    /** What kind of load. */
    enum Kind {
        /** One stream from the guest to the host; a request is a block that the host has read. */
        TO_HOST,
        /** One stream from the host to the guest; a request is a block that the guest has taken. */
        TO_GUEST,
        /** The host connects, a byte goes there and back, the host closes: a request is all of it. */
        CONNECT;

        @Override
        public String toString() {
            return name().toLowerCase(Locale.ROOT).replace('_', '-');
        }
    }

    /** Where the guest's connections to the host go. */
    Path hostPath() {
        return Path.of(udsPath + "_" + PORT);
    }
}
