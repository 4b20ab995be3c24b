package dev.troupe.transport.sys;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.InetSocketAddress;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.nio.file.attribute.PosixFilePermissions;
import org.jspecify.annotations.Nullable;

/**
 * A socket that accepts connections and never blocks. One at a path of the host takes the place of what a dead process left
 * there, gives its file the mode 0660 before anybody can connect, and removes it when it is closed, while it is still its own.
 */
public final class ListeningSocket implements AutoCloseable {
    private static final int BACKLOG = 128;
    private static final int SO_REUSEADDR = 2;
    private static final String MODE = "rw-rw----";
    private static final int SOCKADDR_BYTES = 128;

    private final Fd fd;
    private final @Nullable Path path;
    private final @Nullable Object identity;

    private ListeningSocket(Fd fd, @Nullable Path path) {
        this.fd = fd;
        this.path = path;
        this.identity = path == null ? null : identity(path);
    }

    /**
     * Listens at a path. May block, as file systems do.
     *
     * @throws SysException {@link Errno#EADDRINUSE} if another process listens there, or what is there is no socket
     */
    public static ListeningSocket listen(Path path, StreamSocket.Kind kind) {
        Fd fd = socket(SocketName.AF_UNIX, kind, path);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment name = SocketName.of(arena, path);
            int errno = bind(fd, name);
            if (errno == Errno.EADDRINUSE && isStale(path, kind)) {
                Files.deleteIfExists(path);
                errno = bind(fd, name);
            }
            if (errno != 0) {
                throw new SysException("bind", path.toString(), errno);
            }
            Files.setPosixFilePermissions(path, PosixFilePermissions.fromString(MODE));
            return listening(fd, path);
        } catch (IOException e) {
            fd.close();
            throw new SysException("bind", path + ", " + e.getMessage(), Errno.EACCES);
        } catch (RuntimeException e) {
            fd.close();
            throw e;
        }
    }

    /**
     * Listens at a TCP address.
     *
     * @param address resolved; port 0 is one of the kernel's choice
     */
    public static ListeningSocket listen(InetSocketAddress address) {
        Fd fd = socket(SocketName.family(address), StreamSocket.Kind.STREAM, address);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment name = SocketName.of(arena, address);
            // What was connected to it before may not keep the address from whoever listens anew.
            new StreamSocket(fd).set(StreamSocket.SOL_SOCKET, SO_REUSEADDR, 1);
            int errno = bind(fd, name);
            if (errno != 0) {
                throw new SysException("bind", address.toString(), errno);
            }
            return listening(fd, null);
        } catch (RuntimeException e) {
            fd.close();
            throw e;
        }
    }

    private static Fd socket(int family, StreamSocket.Kind kind, Object address) {
        return Fd.own(LibC.check(LibC.socket(family, kind.type | StreamSocket.SOCK_FLAGS, 0), "socket", address));
    }

    private static int bind(Fd fd, MemorySegment name) {
        return LibC.bind(fd.number(), name.address(), (int) name.byteSize()) < 0 ? LibC.errno() : 0;
    }

    private static ListeningSocket listening(Fd fd, @Nullable Path path) {
        LibC.check(LibC.listen(fd.number(), BACKLOG), "listen", fd);
        return new ListeningSocket(fd, path);
    }

    /** Whether it is a socket that nobody listens to. */
    private static boolean isStale(Path path, StreamSocket.Kind kind) {
        try {
            StreamSocket.connect(path, kind).close();
            return false;
        } catch (SysException e) {
            // Anything but a socket refuses too, and must not be removed.
            return e.errno() == Errno.ECONNREFUSED && isSocket(path);
        }
    }

    private static boolean isSocket(Path path) {
        try {
            return Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
                    .isOther();
        } catch (IOException e) {
            return false;
        }
    }

    private static @Nullable Object identity(Path path) {
        try {
            return Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
                    .fileKey();
        } catch (IOException e) {
            return null;
        }
    }

    /** Its descriptor, readable while connections wait. */
    public Fd fd() {
        return fd;
    }

    /** The port of a TCP address. */
    public int port() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment name = arena.allocate(SOCKADDR_BYTES + (long) Integer.BYTES, Long.BYTES);
            name.set(ValueLayout.JAVA_INT, SOCKADDR_BYTES, SOCKADDR_BYTES);
            int raw = fd.acquire();
            try {
                long length = name.address() + SOCKADDR_BYTES;
                LibC.check(LibC.getsockname(raw, name.address(), length), "getsockname", fd);
                return SocketName.port(name);
            } finally {
                fd.release();
            }
        }
    }

    /**
     * The next connection that waits.
     *
     * @return owned by the caller, or {@code null} if none waits
     * @throws SysException if there are too many descriptors; the connection waits on
     */
    public @Nullable StreamSocket accept() {
        int raw = fd.acquire();
        try {
            int accepted = LibC.accept4(raw, 0, 0, StreamSocket.SOCK_FLAGS);
            if (accepted >= 0) {
                return new StreamSocket(Fd.own(accepted));
            }
            int errno = LibC.errno();
            if (errno == Errno.EMFILE || errno == Errno.ENFILE || errno == Errno.ENOMEM) {
                throw new SysException("accept4", fd.toString(), errno);
            }
            // Whatever else befell a connection that waited, it is gone; EAGAIN says that there is none.
            return errno == Errno.EAGAIN || errno == Errno.EBADF || errno == Errno.EINVAL ? null : accept();
        } finally {
            fd.release();
        }
    }

    /** Ends it and removes its file; a second call does nothing. */
    @Override
    public void close() {
        if (!fd.isOpen()) {
            return;
        }
        fd.close();
        try {
            if (path != null && identity != null && identity.equals(identity(path))) {
                Files.deleteIfExists(path);
            }
        } catch (IOException e) {
            // What stays is recognised as stale by who listens there next.
        }
    }
}
