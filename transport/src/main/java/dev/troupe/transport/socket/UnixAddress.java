package dev.troupe.transport.socket;

import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * Where a Unix socket is: a path, or a name in Linux' abstract namespace, which has no file and no permissions.
 *
 * @param name the path, or the abstract name without its mark
 * @param isAbstract whether it is an abstract name
 */
public record UnixAddress(String name, boolean isAbstract) {
    /** The longest name in bytes: sun_path less the terminating zero, or the leading one of an abstract name. */
    public static final int MAX_NAME_BYTES = 107;

    /** Checks the length. */
    public UnixAddress {
        int bytes = name.getBytes(StandardCharsets.UTF_8).length;
        if (bytes == 0 || bytes > MAX_NAME_BYTES) {
            throw new SocketSetupException(
                    SocketSetupException.Reason.BAD_ADDRESS,
                    "The socket name \"" + name + "\" is " + bytes + " bytes long; Linux allows 1 to " + MAX_NAME_BYTES
                            + ". Choose a shorter one.");
        }
    }

    /**
     * A socket in the file system.
     *
     * @param path where its file is
     * @return the address
     * @throws SocketSetupException if the path is too long
     */
    public static UnixAddress of(Path path) {
        return new UnixAddress(path.toString(), false);
    }

    /**
     * A socket without a file.
     *
     * @param name the name without a mark
     * @return the address
     * @throws SocketSetupException if the name is too long
     */
    public static UnixAddress abstractName(String name) {
        return new UnixAddress(name, true);
    }

    /**
     * Reads an address as people write it.
     *
     * @param text a path, or an abstract name after {@code @}
     * @return the address
     * @throws SocketSetupException if it is empty or too long
     */
    public static UnixAddress parse(String text) {
        return text.startsWith("@") ? abstractName(text.substring(1)) : new UnixAddress(text, false);
    }

    /**
     * The path of a socket in the file system.
     *
     * @return the path
     */
    Path path() {
        return Path.of(name);
    }

    /** As {@link #parse} reads it. */
    @Override
    public String toString() {
        return isAbstract ? "@" + name : name;
    }
}
