package dev.troupe.transport.socket;

import dev.troupe.transport.socket.SocketSetupException.Reason;
import dev.troupe.transport.sys.Fd;
import dev.troupe.transport.sys.SocketFd;
import dev.troupe.transport.sys.SysException;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.ref.Reference;
import java.net.BindException;
import org.jspecify.annotations.Nullable;
import org.newsclub.net.unix.AFUNIXServerSocketChannel;
import org.newsclub.net.unix.AFUNIXSocketChannel;

/**
 * A listening Unix socket: bound by us at a path or an abstract name, or inherited. One thread at a time.
 *
 * <p>A socket file is bound only in a directory of root or of our own user that others cannot write to; a symbolic link, a
 * file that is no socket and a stranger's socket are refused; a socket on which somebody listens is respected; one left by
 * a dead process is replaced. Closing removes the file only if it is still the one bound here.
 */
public final class VhostListener implements AutoCloseable {
    private static final int BACKLOG = 16;

    private final String name;
    private final AFUNIXServerSocketChannel channel;
    private final Fd readiness;
    private final @Nullable SocketPlace place;
    private final SocketPlace.@Nullable Identity bound;

    private VhostListener(
            String name,
            AFUNIXServerSocketChannel channel,
            @Nullable SocketPlace place,
            SocketPlace.@Nullable Identity bound)
            throws IOException {
        this.name = name;
        this.channel = channel;
        this.place = place;
        this.bound = bound;
        channel.configureBlocking(false);
        this.readiness = Junix.duplicate(channel.getFileDescriptor());
    }

    /**
     * Binds and listens.
     *
     * @param address a path or an abstract name
     * @param permissions who may connect; without meaning for an abstract name
     * @return the listener
     * @throws SocketSetupException if it cannot be, saying what to do about it
     */
    public static VhostListener bind(UnixAddress address, SocketPermissions permissions) {
        SocketPlace place = address.isAbstract() ? null : new SocketPlace(address.path());
        if (place != null) {
            place.prepare();
        }
        AFUNIXServerSocketChannel channel = null;
        SocketPlace.Identity bound = null;
        try {
            channel = AFUNIXServerSocketChannel.open();
            channel.setDeleteOnClose(false);
            channel.bind(Junix.address(address), BACKLOG);
            if (place != null) {
                bound = place.identity();
                place.applyPermissions(permissions);
            }
            return new VhostListener(address.toString(), channel, place, bound);
        } catch (IOException | RuntimeException e) {
            giveUp(channel, place, bound);
            throw failure(address, e);
        }
    }

    /**
     * Loads what sockets are made with, so that the first of them need not wait for it. Need not be called; any thread may
     * do so, also beside others that make sockets already.
     */
    public static void prepare() {
        try {
            Junix.closeQuietly(AFUNIXServerSocketChannel.open().getFileDescriptor());
        } catch (IOException e) {
            // Whoever makes the first socket meets the same and tells of it.
        }
    }

    private static RuntimeException failure(UnixAddress address, Exception e) {
        if (e instanceof SocketSetupException known) {
            return known;
        }
        if (e instanceof BindException || String.valueOf(e.getMessage()).contains("in use")) {
            return new SocketSetupException(
                    Reason.IN_USE,
                    "Another process already listens on " + address + ". Stop it, or choose another address.",
                    e);
        }
        return new SocketSetupException(Reason.FAILED, "Cannot listen on " + address + ": " + e.getMessage() + ".", e);
    }

    private static void giveUp(
            @Nullable AFUNIXServerSocketChannel channel,
            @Nullable SocketPlace place,
            SocketPlace.@Nullable Identity bound) {
        try {
            if (channel != null) {
                Junix.closeQuietly(channel.getFileDescriptor());
            }
        } catch (IOException e) {
            // The failure that led here is the one to report.
        } finally {
            Reference.reachabilityFence(channel);
        }
        if (place != null && bound != null) {
            place.removeIfStill(bound);
        }
    }

    /**
     * Takes over a listening socket that this process has inherited (socket activation). Its file, if it has one, is left
     * alone, also when closing.
     *
     * @param fd the socket; owned by the result, and closed if this fails
     * @return the listener
     * @throws SocketSetupException if it is no listening Unix stream socket
     */
    public static VhostListener adopt(Fd fd) {
        return over(fd, null, null);
    }

    /**
     * Goes on listening where an earlier process bound a socket, as if it had been bound here: closing removes its file.
     *
     * @param fd the socket; owned by the result, and closed if this fails
     * @param address where it was bound
     * @return the listener
     * @throws SocketSetupException if it is no listening Unix stream socket, or if its file is gone, so that nobody can
     *     reach it
     */
    public static VhostListener resume(Fd fd, UnixAddress address) {
        if (address.isAbstract()) {
            return adopt(fd);
        }
        SocketPlace place = new SocketPlace(address.path());
        return over(fd, place, stillThere(fd, place, address));
    }

    private static SocketPlace.Identity stillThere(Fd fd, SocketPlace place, UnixAddress address) {
        try {
            SocketPlace.Identity bound = place.identity();
            if (bound == null) {
                throw new SocketSetupException(Reason.BAD_ADDRESS, "The socket " + address + " has been removed.");
            }
            return bound;
        } catch (SocketSetupException e) {
            fd.close();
            throw e;
        }
    }

    private static VhostListener over(Fd fd, @Nullable SocketPlace place, SocketPlace.@Nullable Identity bound) {
        AFUNIXServerSocketChannel channel = null;
        try {
            if (!isListening(fd)) {
                throw new SocketSetupException(
                        Reason.WRONG_DESCRIPTOR,
                        "The descriptor handed over (" + fd + ") is not a listening Unix stream socket.");
            }
            channel = Junix.serverOver(fd);
            channel.setDeleteOnClose(false);
            return new VhostListener(fd.toString(), channel, place, bound);
        } catch (IOException | UncheckedIOException | SysException e) {
            // Left to the collector, the channel would shut the socket down for its other owners too.
            giveUp(channel, null, null);
            throw new SocketSetupException(
                    Reason.WRONG_DESCRIPTOR, "Cannot listen on the descriptor handed over (" + fd + ").", e);
        } finally {
            fd.close();
        }
    }

    /**
     * Whether an inherited descriptor is a listening Unix stream socket (SO_ACCEPTCONN), for {@link #adopt}; a connected
     * one is for {@link VhostSocket#adopt}.
     *
     * @param fd any descriptor
     * @return true if it accepts connections
     */
    public static boolean isListening(Fd fd) {
        return SocketFd.isUnixStream(fd) && SocketFd.isListening(fd);
    }

    /**
     * Takes the next connection, if there is one. Does not block.
     *
     * @return the connection, owned by the caller, or null if nobody waits
     * @throws SocketSetupException if accepting fails, for example because too many files are open
     */
    public @Nullable VhostSocket accept() {
        try {
            AFUNIXSocketChannel accepted = channel.accept();
            return accepted == null ? null : VhostSocket.adopt(Junix.adopt(accepted));
        } catch (IOException e) {
            throw new SocketSetupException(
                    Reason.FAILED, "Cannot accept a connection on " + name + ": " + e.getMessage() + ".", e);
        }
    }

    /**
     * Lets others connect from now on. Does nothing for a socket that was not bound here: its file is somebody else's.
     *
     * @param permissions who may connect
     * @throws SocketSetupException if the file cannot be given them
     */
    public void permit(SocketPermissions permissions) {
        if (place != null && bound != null) {
            place.changePermissions(permissions);
        }
    }

    /**
     * The descriptor to watch for readability: a connection waits. Still owned by this listener; another process may be
     * given a duplicate.
     *
     * @return the listening socket's descriptor
     */
    public Fd readiness() {
        return readiness;
    }

    /** Stops listening and removes the socket's file if it was bound here and is still the same. May be called again. */
    @Override
    public void close() {
        if (readiness.isOpen() && place != null && bound != null) {
            place.removeIfStill(bound);
        }
        closeForHandOver();
    }

    /**
     * Closes this end but leaves the file, for a successor that holds a duplicate of {@link #readiness()} and goes on
     * listening. May be called again.
     */
    public void closeForHandOver() {
        if (readiness.isOpen()) {
            readiness.close();
            giveUp(channel, null, null);
        }
    }

    /** The address. */
    @Override
    public String toString() {
        return "listener on " + name;
    }
}
