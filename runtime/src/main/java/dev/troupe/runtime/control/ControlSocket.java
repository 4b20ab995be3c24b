package dev.troupe.runtime.control;

import dev.troupe.transport.sys.ByteLocks;
import dev.troupe.transport.sys.Fd;
import dev.troupe.transport.sys.HostFile;
import dev.troupe.transport.sys.OpenFlag;
import dev.troupe.transport.sys.SysException;
import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.file.attribute.UserPrincipal;
import java.util.Optional;
import java.util.Set;

/**
 * A control socket's place in the file system: in a directory that nobody else may write to, open to its owner only,
 * and held by one daemon at a time. A lock on a file beside the socket tells a living owner from a dead one, so two
 * daemons that start together cannot take the socket from each other. The lock belongs to the opening of that file, so a
 * successor that is given the descriptor holds it together with its predecessor, and there is no moment without an owner.
 */
final class ControlSocket implements AutoCloseable {

    private final Path path;
    private final Fd lock;
    private final ServerSocketChannel channel;
    private final UserPrincipal owner;
    /** Where the socket's file is: at the path, or beside it until {@link #takePlace}. */
    private volatile Path file;
    /** Whether a successor has the path. */
    private volatile boolean left;

    private ControlSocket(Path path, Fd lock, ServerSocketChannel channel, Path file) throws IOException {
        this.path = path;
        this.lock = lock;
        this.channel = channel;
        this.file = file;
        this.owner = Files.getOwner(file, LinkOption.NOFOLLOW_LINKS);
    }

    /**
     * Binds the socket.
     *
     * @throws IOException if it cannot be had, with a sentence that says why
     */
    static ControlSocket bind(Path path) throws IOException {
        prepare(Optional.ofNullable(path.toAbsolutePath().getParent()).orElse(Path.of("/")));
        return bindAt(path, path, lock(path));
    }

    /**
     * Binds a socket beside one that another process has, until {@link #takePlace}.
     *
     * @param lock the other's lock, owned by the result, and closed if this fails
     * @throws IOException if it cannot be had, with a sentence that says why
     */
    static ControlSocket bindBeside(Path path, Fd lock) throws IOException {
        return bindAt(path, path.resolveSibling(path.getFileName() + ".next"), lock);
    }

    private static ControlSocket bindAt(Path path, Path file, Fd lock) throws IOException {
        ServerSocketChannel channel = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        try {
            removeStale(file);
            channel.bind(UnixDomainSocketAddress.of(file));
            Files.setPosixFilePermissions(file, PosixFilePermissions.fromString("rw-------"));
            return new ControlSocket(path, lock, channel, file);
        } catch (IOException | RuntimeException e) {
            channel.close();
            lock.close();
            throw e;
        }
    }

    /** Puts a socket that was bound beside the path in the place of the one there, without a moment between. */
    void takePlace() throws IOException {
        Files.move(file, path, StandardCopyOption.ATOMIC_MOVE);
        file = path;
    }

    /** From now on the path and what is there belong to a successor. */
    void leave() {
        left = true;
    }

    /** The lock, to be given to a successor. */
    Fd lock() {
        return lock;
    }

    private static void prepare(Path directory) throws IOException {
        if (!Files.isDirectory(directory)) {
            Files.createDirectories(
                    directory, PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rwx------")));
        }
        Set<PosixFilePermission> permissions = Files.getPosixFilePermissions(directory);
        if (permissions.contains(PosixFilePermission.OTHERS_WRITE)
                || permissions.contains(PosixFilePermission.GROUP_WRITE)) {
            throw new IOException("Others may write to the directory " + directory
                    + "; the control socket needs one that only its owner may write to.");
        }
    }

    private static Fd lock(Path path) throws IOException {
        Path file = path.resolveSibling(path.getFileName() + ".lock");
        Fd lock;
        try {
            lock = HostFile.open(file, OpenFlag.WRITE, OpenFlag.CREATE, OpenFlag.NO_FOLLOW);
        } catch (SysException e) {
            throw new IOException("The lock of the control socket cannot be had: " + e.getMessage(), e);
        }
        try {
            if (ByteLocks.tryOwn(lock, 0)) {
                return lock;
            }
        } catch (SysException e) {
            lock.close();
            throw new IOException("The lock of the control socket cannot be had: " + e.getMessage(), e);
        }
        lock.close();
        throw inUse(path);
    }

    private static IOException inUse(Path path) {
        return new IOException("Another daemon owns the control socket " + path + ".");
    }

    private static void removeStale(Path path) throws IOException {
        if (!Files.exists(path, LinkOption.NOFOLLOW_LINKS)) {
            return;
        }
        if (!Files.readAttributes(path, java.nio.file.attribute.BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
                .isOther()) {
            throw new IOException("There is a file " + path + " that is not a socket; it is left alone.");
        }
        Files.delete(path);
    }

    ServerSocketChannel channel() {
        return channel;
    }

    /** The user that this process runs as. */
    UserPrincipal owner() {
        return owner;
    }

    @Override
    public void close() throws IOException {
        // The socket file goes first and the lock last, so that whoever gets the lock finds no socket of ours.
        channel.close();
        if (!left) {
            Files.deleteIfExists(file);
        }
        lock.close();
    }
}
