package dev.troupe.transport.socket;

import dev.troupe.transport.socket.SocketSetupException.Reason;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFileAttributeView;
import java.nio.file.attribute.PosixFileAttributes;
import java.nio.file.attribute.PosixFilePermission;
import java.util.EnumSet;
import java.util.Map;
import java.util.Set;
import java.util.stream.Stream;
import org.jspecify.annotations.Nullable;

/**
 * The place in the file system where a socket is bound: checked before, given its permissions after, and removed only while
 * it is still ours. Symbolic links at the place itself are never followed.
 */
final class SocketPlace {
    /** Belongs to the user and group that this program runs as. */
    private static final Path OWN_PROCESS = Path.of("/proc/self");

    private static final int S_IFMT = 0170000;
    private static final int S_IFSOCK = 0140000;
    private static final int S_IFLNK = 0120000;
    private static final int S_IFDIR = 0040000;
    private static final int S_ISVTX = 01000;
    private static final int OTHERS_WRITE = 0002;

    private final Path path;

    SocketPlace(Path path) {
        this.path = path.toAbsolutePath();
    }

    /** Refuses an unsafe place, respects a live owner, and clears away what a dead process of ours has left. */
    void prepare() {
        checkDirectory();
        Entry there = lstat(path);
        if (there == null) {
            return;
        }
        if (there.isType(S_IFLNK)) {
            throw unsafe("is a symbolic link. Links are not followed: remove it, or name its target.");
        }
        if (!there.isType(S_IFSOCK)) {
            throw unsafe("exists and is not a socket. Remove it, or choose another path.");
        }
        int self = ownUid();
        if (there.uid != self) {
            throw unsafe("belongs to user " + there.uid + ", not to this program's user " + self
                    + ". Remove it, or choose another path.");
        }
        refuseLiveOwner();
        try {
            Files.deleteIfExists(path);
        } catch (IOException e) {
            throw new SocketSetupException(
                    Reason.FAILED, "Cannot remove the stale socket " + path + ": " + e.getMessage() + ".", e);
        }
    }

    private void checkDirectory() {
        Path directory = path.getParent();
        Entry entry = directory == null ? null : lstat(directory);
        if (entry == null || directory == null) {
            throw new SocketSetupException(
                    Reason.BAD_ADDRESS,
                    "The directory of the socket " + path + " does not exist. Create it, owned by this program's user"
                            + " and closed to others (under systemd: RuntimeDirectory=).");
        }
        if (entry.isType(S_IFLNK)) {
            throw new SocketSetupException(
                    Reason.UNSAFE_PLACE,
                    "The directory " + directory + " is a symbolic link. Links are not followed: name its target.");
        }
        if (!entry.isType(S_IFDIR)) {
            throw new SocketSetupException(Reason.BAD_ADDRESS, directory + " is not a directory.");
        }
        int self = ownUid();
        if (entry.uid != self && entry.uid != 0) {
            throw new SocketSetupException(
                    Reason.UNSAFE_PLACE,
                    "The directory " + directory + " belongs to user " + entry.uid + ", who could replace the socket."
                            + " Use a directory of root or of this program's user (" + self + ").");
        }
        if ((entry.mode & OTHERS_WRITE) != 0 && (entry.mode & S_ISVTX) == 0) {
            throw new SocketSetupException(
                    Reason.UNSAFE_PLACE,
                    "Everybody can replace files in " + directory + ": take the right to write from others (chmod o-w "
                            + directory + ").");
        }
    }

    private void refuseLiveOwner() {
        try {
            Junix.connect(UnixAddress.of(path)).close();
        } catch (SocketSetupException e) {
            if (e.reason() == Reason.NOBODY_LISTENS) {
                return;
            }
            if (e.reason() != Reason.NOT_ACCEPTING) {
                throw new SocketSetupException(
                        Reason.IN_USE, "Cannot tell whether somebody listens on " + path + ": " + e.getMessage(), e);
            }
        }
        throw new SocketSetupException(
                Reason.IN_USE,
                "Another process already listens on " + path + ". Stop it, or choose another path for this device.");
    }

    /** Gives the bound socket its group and mode, the group first so that the mode never opens it to the wrong one. */
    void applyPermissions(SocketPermissions permissions) {
        String group = permissions.group();
        try {
            if (group != null) {
                PosixFileAttributeView view =
                        Files.getFileAttributeView(path, PosixFileAttributeView.class, LinkOption.NOFOLLOW_LINKS);
                view.setGroup(
                        path.getFileSystem().getUserPrincipalLookupService().lookupPrincipalByGroupName(group));
            }
            Files.setPosixFilePermissions(path, permissionSet(permissions.mode()));
        } catch (IOException e) {
            throw new SocketSetupException(
                    Reason.BAD_ADDRESS,
                    "Cannot give the socket " + path + " the mode 0" + Integer.toOctalString(permissions.mode())
                            + (group == null ? "" : " and the group " + group) + ": " + e.getMessage()
                            + ". Check that the group exists and that this program's user is in it.",
                    e);
        }
    }

    /** Gives the socket another group and mode later on; without a group it becomes this program's own again. */
    void changePermissions(SocketPermissions permissions) {
        if (permissions.group() == null) {
            try {
                Files.getFileAttributeView(path, PosixFileAttributeView.class, LinkOption.NOFOLLOW_LINKS)
                        .setGroup(Files.readAttributes(OWN_PROCESS, PosixFileAttributes.class)
                                .group());
            } catch (IOException e) {
                throw new SocketSetupException(
                        Reason.FAILED, "Cannot take the group of the socket " + path + " back: " + e.getMessage(), e);
            }
        }
        applyPermissions(permissions);
    }

    private static Set<PosixFilePermission> permissionSet(int mode) {
        PosixFilePermission[] highestFirst = PosixFilePermission.values();
        EnumSet<PosixFilePermission> set = EnumSet.noneOf(PosixFilePermission.class);
        for (int i = 0; i < highestFirst.length; i++) {
            if ((mode >>> (highestFirst.length - 1 - i) & 1) != 0) {
                set.add(highestFirst[i]);
            }
        }
        return set;
    }

    /** What is at the place now, to be recognised later; null if nothing is. */
    @Nullable
    Identity identity() {
        Entry entry = lstat(path);
        return entry == null ? null : new Identity(entry.device, entry.inode);
    }

    /** Removes the file if it is still the one that was bound. */
    void removeIfStill(Identity bound) {
        try {
            if (bound.equals(identity())) {
                Files.deleteIfExists(path);
            }
        } catch (IOException | SocketSetupException e) {
            // A file that stays behind is recognised as stale at the next start; there is nobody to tell now.
        }
    }

    private SocketSetupException unsafe(String what) {
        return new SocketSetupException(Reason.UNSAFE_PLACE, "The socket path " + path + " " + what);
    }

    private static @Nullable Entry lstat(Path path) {
        try {
            Map<String, Object> now = Files.readAttributes(path, "unix:mode,uid,dev,ino", LinkOption.NOFOLLOW_LINKS);
            return new Entry(
                    (int) number(now, "mode"), (int) number(now, "uid"), number(now, "dev"), number(now, "ino"));
        } catch (NoSuchFileException e) {
            return null;
        } catch (IOException e) {
            throw new SocketSetupException(Reason.FAILED, "Cannot look at " + path + ": " + e.getMessage() + ".", e);
        }
    }

    private static long number(Map<String, Object> attributes, String name) {
        return attributes.get(name) instanceof Number number ? number.longValue() : -1;
    }

    /** The effective user, from the line "Uid: real effective saved file-system". */
    private static int ownUid() {
        try (Stream<String> lines = Files.lines(Path.of("/proc/self/status"))) {
            String line = lines.filter(l -> l.startsWith("Uid:")).findFirst().orElseThrow();
            return Integer.parseUnsignedInt(line.split("\\s+", -1)[2]);
        } catch (IOException | RuntimeException e) {
            throw new SocketSetupException(
                    Reason.FAILED, "Cannot read this program's user from /proc: " + e.getMessage() + ".", e);
        }
    }

    /** A file, recognisable. */
    record Identity(long device, long inode) {}

    private record Entry(int mode, int uid, long device, long inode) {
        boolean isType(int type) {
            return (mode & S_IFMT) == type;
        }
    }
}
