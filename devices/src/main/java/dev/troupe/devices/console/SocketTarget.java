package dev.troupe.devices.console;

import dev.troupe.actors.device.DeviceContext;
import dev.troupe.actors.device.DeviceException;
import java.io.IOException;
import java.net.ConnectException;
import java.net.InetSocketAddress;
import java.net.SocketAddress;
import java.net.StandardProtocolFamily;
import java.net.UnixDomainSocketAddress;
import java.nio.channels.ServerSocketChannel;
import java.nio.channels.SocketChannel;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Optional;

/** A socket of the host, Unix or TCP; whoever connects is a visitor of the port. */
final class SocketTarget implements PortTarget {
    private static final String MODE = "rw-rw----";
    private static final int S_IFMT = 0170000;
    private static final int S_IFSOCK = 0140000;

    private final Port port;
    private final ServerSocketChannel server;
    private final String address;
    private final Optional<Path> path;
    private final DeviceContext context;

    private SocketTarget(
            Port port, ServerSocketChannel server, String address, Optional<Path> path, DeviceContext context) {
        this.port = port;
        this.server = server;
        this.address = address;
        this.path = path;
        this.context = context;
    }

    /** Listens at a path; what a dead process left there is removed. */
    static SocketTarget at(Port port, Path path, DeviceContext context) throws DeviceException {
        UnixDomainSocketAddress address = UnixDomainSocketAddress.of(path);
        try {
            ServerSocketChannel server = ServerSocketChannel.open(StandardProtocolFamily.UNIX);
            try {
                if (isStale(address)) {
                    Files.delete(path);
                }
                server.bind(address);
                Files.setPosixFilePermissions(path, PosixFilePermissions.fromString(MODE));
                return new SocketTarget(port, server, path.toString(), Optional.of(path), context);
            } catch (IOException e) {
                server.close();
                throw e;
            }
        } catch (IOException e) {
            throw new DeviceException("Cannot listen at " + path + ": " + e.getMessage() + ".", e);
        }
    }

    /** Whether a dead process has left it; what is no socket, or may be somebody's, is not removed. */
    private static boolean isStale(UnixDomainSocketAddress address) throws IOException {
        if (!isSocket(address.getPath())) {
            return false;
        }
        try (SocketChannel probe = SocketChannel.open(address)) {
            return !probe.isConnected();
        } catch (ConnectException e) {
            return true;
        }
    }

    /** Links are not followed: who made one may mean somebody else's socket. */
    private static boolean isSocket(Path path) throws IOException {
        return Files.exists(path, LinkOption.NOFOLLOW_LINKS)
                && ((int) Files.getAttribute(path, "unix:mode", LinkOption.NOFOLLOW_LINKS) & S_IFMT) == S_IFSOCK;
    }

    /** Listens for TCP connections. */
    static SocketTarget at(Port port, InetSocketAddress unresolved, DeviceContext context) throws DeviceException {
        String name = unresolved.getHostString() + ":" + unresolved.getPort();
        InetSocketAddress address = new InetSocketAddress(unresolved.getHostString(), unresolved.getPort());
        if (address.isUnresolved()) {
            throw new DeviceException("There is no host of the name in " + name + ".");
        }
        try {
            ServerSocketChannel server = ServerSocketChannel.open();
            try {
                server.bind(address);
                return new SocketTarget(port, server, name, Optional.empty(), context);
            } catch (IOException e) {
                server.close();
                throw e;
            }
        } catch (IOException e) {
            throw new DeviceException("Cannot listen at " + name + ": " + e.getMessage() + ".", e);
        }
    }

    @Override
    public String describe() {
        return (path.isPresent() ? "unix " : "tcp ") + address;
    }

    /** Where it listens; a TCP port of 0 is another one here. */
    SocketAddress address() throws IOException {
        return server.getLocalAddress();
    }

    @Override
    public void start() {
        Thread.startVirtualThread(this::accept);
    }

    @Override
    public void resize(int columns, int rows) {}

    private void accept() {
        try {
            while (server.isOpen()) {
                SocketChannel client = server.accept();
                Thread.startVirtualThread(() -> serve(client));
            }
        } catch (IOException e) {
            if (server.isOpen()) {
                context.hostFailed(e);
            }
        }
    }

    private void serve(SocketChannel client) {
        try (client) {
            new Visit(port, context.loop(), client).stay(false, port.settings().holdsGuest());
        } catch (DeviceException e) {
            context.log().warn("{}: a client was turned away: {}", describe(), e.getMessage());
        } catch (IOException e) {
            context.log().debug("{}: a client has gone: {}", describe(), e.getMessage());
        }
    }

    @Override
    public void close() {
        try {
            server.close();
            if (path.isPresent()) {
                Files.deleteIfExists(path.orElseThrow());
            }
        } catch (IOException e) {
            context.log().warn("{} is not closed cleanly: {}", describe(), e.getMessage());
        }
    }
}
