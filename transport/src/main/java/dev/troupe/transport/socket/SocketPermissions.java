package dev.troupe.transport.socket;

import org.jspecify.annotations.Nullable;

/**
 * Who may connect to a socket in the file system: whoever may write to its file.
 *
 * @param mode the permission bits, such as 0660
 * @param group the group's name, or null for the process's own
 */
public record SocketPermissions(int mode, @Nullable String group) {
    /** Only this user. */
    public static final SocketPermissions PRIVATE = new SocketPermissions(0600, null);

    /** Checks the bits. */
    public SocketPermissions {
        if ((mode & ~0777) != 0) {
            throw new SocketSetupException(
                    SocketSetupException.Reason.BAD_ADDRESS,
                    "The socket mode 0" + Integer.toOctalString(mode) + " has more than permission bits.");
        }
    }
}
