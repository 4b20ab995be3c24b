package dev.troupe.transport.socket;

import dev.troupe.transport.socket.SocketSetupException.Reason;
import dev.troupe.transport.sys.Fd;
import java.io.FileDescriptor;
import java.io.FileInputStream;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.lang.ref.Reference;
import java.net.ConnectException;
import java.net.SocketAddress;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import org.newsclub.net.unix.AFUNIXServerSocketChannel;
import org.newsclub.net.unix.AFUNIXSocketAddress;
import org.newsclub.net.unix.AFUNIXSocketChannel;
import org.newsclub.net.unix.AFUNIXSocketCredentials;
import org.newsclub.net.unix.ConnectionRefusedSocketException;
import org.newsclub.net.unix.FileDescriptorCast;

/**
 * What is asked of junixsocket, and its peculiarities. Every descriptor it makes is adopted: duplicated, and the original
 * closed through it as a plain file, because closing a channel shuts the connection down for every duplicate (also with
 * shutdownOnClose off), and because it later closes numbers it has handed out.
 */
final class Junix {
    private Junix() {}

    static SocketAddress address(UnixAddress address) throws IOException {
        return address.isAbstract()
                ? AFUNIXSocketAddress.inAbstractNamespace(address.name())
                : AFUNIXSocketAddress.of(address.name().getBytes(StandardCharsets.UTF_8));
    }

    /** Connects at once or not at all: a listener that accepts nobody must not hold whoever calls it. */
    static Fd connect(UnixAddress address) {
        try {
            AFUNIXSocketChannel channel = AFUNIXSocketChannel.open();
            boolean connected = false;
            try {
                channel.configureBlocking(false);
                connected = channel.connect(address(address));
            } finally {
                if (!connected) {
                    closeQuietly(channel.getFileDescriptor());
                    Reference.reachabilityFence(channel);
                }
            }
            if (!connected) {
                throw new SocketSetupException(
                        Reason.NOT_ACCEPTING,
                        "Whoever listens on " + address + " does not accept those who wait already.");
            }
            return adopt(channel);
        } catch (IOException e) {
            boolean nobody = e instanceof ConnectException
                    || e instanceof ConnectionRefusedSocketException
                    || (!address.isAbstract() && Files.notExists(address.path()));
            throw nobody
                    ? new SocketSetupException(
                            Reason.NOBODY_LISTENS, "Nobody listens on " + address + ": start the other side first.", e)
                    : new SocketSetupException(
                            Reason.FAILED, "Cannot connect to " + address + ": " + e.getMessage() + ".", e);
        }
    }

    /** A listening channel over a duplicate of an inherited socket. */
    static AFUNIXServerSocketChannel serverOver(Fd listening) throws IOException {
        return duplicateOf(listening).as(AFUNIXServerSocketChannel.class);
    }

    static PeerCredentials credentials(Fd socket) {
        try {
            AFUNIXSocketChannel channel = duplicateOf(socket).as(AFUNIXSocketChannel.class);
            try {
                AFUNIXSocketCredentials peer = channel.getPeerCredentials();
                return new PeerCredentials(peer.getPid(), peer.getUid(), peer.getGid());
            } finally {
                closeQuietly(channel.getFileDescriptor());
                Reference.reachabilityFence(channel);
            }
        } catch (IOException | UncheckedIOException e) {
            throw new SocketSetupException(
                    Reason.WRONG_DESCRIPTOR, "Cannot tell who is at the other end of " + socket + ".", e);
        }
    }

    private static FileDescriptorCast duplicateOf(Fd fd) {
        return fd.withNumber(number -> {
            try {
                return FileDescriptorCast.duplicating(
                        FileDescriptorCast.unsafeUsing(number).getFileDescriptor());
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        });
    }

    /** A descriptor of our own beside one that junixsocket keeps. */
    static Fd duplicate(FileDescriptor foreign) throws IOException {
        return Fd.duplicate(FileDescriptorCast.using(foreign).as(Integer.class));
    }

    /** Makes a junixsocket channel's descriptor ours. */
    static Fd adopt(AFUNIXSocketChannel channel) throws IOException {
        FileDescriptor foreign = channel.getFileDescriptor();
        try {
            return duplicate(foreign);
        } finally {
            closeQuietly(foreign);
            // A channel that nobody can reach any more closes its descriptor, even while we still duplicate it.
            Reference.reachabilityFence(channel);
        }
    }

    /** Closes without shutting down; afterwards the channel holds no number that it could close by mistake. */
    static void closeQuietly(FileDescriptor foreign) throws IOException {
        FileDescriptorCast.using(foreign).as(FileInputStream.class).close();
    }
}
