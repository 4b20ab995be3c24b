package dev.troupe.devices.vsock;

import dev.troupe.actors.device.DeviceContext;
import dev.troupe.transport.sys.Errno;
import dev.troupe.transport.sys.StreamSocket;
import dev.troupe.transport.sys.SysException;
import java.nio.file.Path;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * Leads a guest's connections to the host where its ports say: to a Unix socket, to a TCP socket, or to a program. A port that
 * leads nowhere is refused. On the device's event loop.
 */
final class HostConnector {
    private static final long FIRST_RETRY_NANOS = 1_000_000;
    private static final int MOST_RETRY_SHIFT = 6;

    private final CurrentSettings settings;
    private final DeviceContext context;
    private final EndTools tools;
    private final Set<Program> programs = new HashSet<>();

    /** Programs that have not ended, and those that are to be started. */
    private int busyPrograms;

    HostConnector(CurrentSettings settings, DeviceContext context, EndTools tools) {
        this.settings = settings;
        this.context = context;
        this.tools = tools;
    }

    EndTools tools() {
        return tools;
    }

    /** Finds the far end of a connection that the guest wants to a port of the host's. */
    void connect(Connection connection) {
        Optional<Target> target = target(connection);
        if (target.isEmpty()) {
            connection.farGone();
            return;
        }
        switch (target.get()) {
            case Target.Unix unix -> connectUnix(connection, unix.path(), 0);
            case Target.Tcp tcp when !connection.isMessages() -> connectTcp(connection, tcp);
            case Target.Command command when !connection.isMessages() -> startProgram(connection, command);
            default -> connection.farGone();
        }
    }

    private Optional<Target> target(Connection connection) {
        int port = connection.flow().peerPort;
        VsockSettings now = settings.now();
        Target named = now.ports().get(port);
        if (named != null) {
            return Optional.of(named);
        }
        Optional<Path> beginning = connection.isMessages() ? now.seqpacketPath() : now.udsPath();
        return beginning.map(path -> new Target.Unix(Path.of(path + "_" + Integer.toUnsignedString(port))));
    }

    /** A listener that is behind with accepting refuses for the moment, and nothing tells when it no longer does. */
    private void connectUnix(Connection connection, Path path, int retries) {
        if (!connection.awaitsFar()) {
            return;
        }
        try {
            StreamSocket.Kind kind = connection.isMessages() ? StreamSocket.Kind.MESSAGES : StreamSocket.Kind.STREAM;
            open(connection, StreamSocket.connect(path, kind), "unix " + path, () -> {});
        } catch (SysException e) {
            if (e.errno() == Errno.EAGAIN) {
                long pause = FIRST_RETRY_NANOS << Math.min(retries, MOST_RETRY_SHIFT);
                tools.loop().schedule(pause, () -> connectUnix(connection, path, retries + 1));
            } else {
                refused(connection, e);
            }
        }
    }

    private void connectTcp(Connection connection, Target.Tcp target) {
        try {
            StreamSocket socket = StreamSocket.connect(settings.address(target));
            connection.attach(new TcpAttempt(connection, socket, target.toString()));
        } catch (SysException e) {
            refused(connection, e);
        }
    }

    /** There are never more than connections, though a program may outlive its own. */
    private void startProgram(Connection connection, Target.Command command) {
        if (busyPrograms >= settings.now().maxConnections()) {
            connection.farGone();
            return;
        }
        busyPrograms++;
        Program.start(command, context, connection::awaitsFar, new Program.Watcher() {
            @Override
            public void started(Program program) {
                programs.add(program);
                if (connection.awaitsFar()) {
                    open(connection, program.socket(), command.toString(), program::expectEnd);
                } else {
                    program.socket().close();
                    program.expectEnd();
                }
            }

            @Override
            public void ended(Program program) {
                programs.remove(program);
                busyPrograms--;
            }

            @Override
            public void notStarted(@Nullable SysException why) {
                busyPrograms--;
                refused(connection, why);
            }
        });
    }

    private void open(Connection connection, StreamSocket socket, String description, Runnable whenClosed) {
        SocketEnd.Origin origin = new SocketEnd.Origin(description, () -> {}, whenClosed);
        try {
            connection.attach(SocketEnd.of(tools, connection, socket, origin));
            connection.farOpened();
        } catch (SysException e) {
            // The loop cannot watch it.
            socket.close();
            whenClosed.run();
            refused(connection, e);
        }
    }

    private void refused(Connection connection, @Nullable SysException why) {
        context.log().debug("Port {} of the host: {}", connection.flow().peerPort, why == null ? "" : why.getMessage());
        connection.farGone();
    }

    /** Programs that still run are killed. */
    void close() {
        List.copyOf(programs).forEach(Program::kill);
    }

    /** A TCP connection that has not come about yet. */
    private final class TcpAttempt extends PendingEnd {
        private final Connection connection;
        private final StreamSocket socket;
        private final String description;

        TcpAttempt(Connection connection, StreamSocket socket, String description) {
            super(tools.loop(), socket);
            this.connection = connection;
            this.socket = socket;
            this.description = description;
        }

        @Override
        void connected() {
            open(connection, socket, description, () -> {});
        }

        @Override
        void failed(int errno) {
            refused(connection, new SysException("connect", description, errno));
        }
    }
}
