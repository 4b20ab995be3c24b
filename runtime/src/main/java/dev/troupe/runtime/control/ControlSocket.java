package dev.troupe.runtime.control;

import java.io.IOException;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.channels.OverlappingFileLockException;
import java.nio.channels.ServerSocketChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.nio.file.attribute.UserPrincipal;
import java.util.Optional;
import java.util.Set;

/**
 * A control socket's place in the file system: in a directory that nobody else may write to, open to its owner only,
 * and held by one daemon at a time. A lock on a file beside the socket tells a living owner from a dead one, so two
 * daemons that start together cannot take the socket from each other.
 */
final class ControlSocket implements AutoCloseable {

    private final Path path;
    private final FileChannel lockFile;
    private final ServerSocketChannel channel;
    private final UserPrincipal owner;

    private ControlSocket(Path path, FileChannel lockFile, ServerSocketChannel channel, UserPrincipal owner) {
        this.path = path;
        this.lockFile = lockFile;
        this.channel = channel;
        this.owner = owner;
    }

    /**
     * Binds the socket.
     *
     * @throws IOException if it cannot be had, with a sentence that says why
     */
    static ControlSocket bind(Path path) throws IOException {
        Path directory = Optional.ofNullable(path.toAbsolutePath().getParent()).orElse(Path.of("/"));
        prepare(directory);
        FileChannel lockFile = lock(path);
        ServerSocketChannel channel = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
        try {
            removeStale(path);
            channel.bind(UnixDomainSocketAddress.of(path));
            Files.setPosixFilePermissions(path, PosixFilePermissions.fromString("rw-------"));
            return new ControlSocket(path, lockFile, channel, Files.getOwner(path, LinkOption.NOFOLLOW_LINKS));
        } catch (IOException | RuntimeException e) {
            channel.close();
            lockFile.close();
            throw e;
        }
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

    private static FileChannel lock(Path path) throws IOException {
        Path file = path.resolveSibling(path.getFileName() + ".lock");
        FileChannel channel = FileChannel.open(
                file,
                Set.of(StandardOpenOption.CREATE, StandardOpenOption.WRITE, LinkOption.NOFOLLOW_LINKS),
                PosixFilePermissions.asFileAttribute(PosixFilePermissions.fromString("rw-------")));
        try {
            FileLock lock = channel.tryLock();
            if (lock != null) {
                return channel;
            }
        } catch (OverlappingFileLockException e) {
            // Another server of this process holds it: told in the same words as one of another process.
            channel.close();
            throw inUse(path);
        }
        channel.close();
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
        Files.deleteIfExists(path);
        lockFile.close();
    }
}
