package dev.troupe.devices.vsock;

import dev.troupe.transport.loop.Watch;
import dev.troupe.transport.sys.ListeningSocket;
import dev.troupe.transport.sys.StreamSocket;
import dev.troupe.transport.sys.SysException;
import java.util.HashSet;
import java.util.List;
import java.util.Set;
import org.jspecify.annotations.Nullable;

/**
 * A socket of the host that listens for the guest: for one port of it, or for whichever each client names first (see
 * {@link Handshake}). While the guest has as many connections as it may, clients wait in the socket's backlog.
 */
final class HostListener implements Watch.Listener {
    /** After how long clients are looked at again that could not be accepted. */
    private static final long RETRY_NANOS = 100_000_000;

    private final ListeningSocket socket;
    private final StreamSocket.Kind kind;
    private final @Nullable Integer guestPort;
    private final String description;
    private final CurrentSettings settings;
    private final EndTools tools;
    private final Set<Handshake> handshakes = new HashSet<>();
    private @Nullable Multiplexer guest;
    private @Nullable Watch watch;
    private boolean mayHaveMore;
    private boolean outOfDescriptors;

    HostListener(
            ListeningSocket socket,
            StreamSocket.Kind kind,
            @Nullable Integer guestPort,
            String description,
            CurrentSettings settings,
            EndTools tools) {
        this.socket = socket;
        this.kind = kind;
        this.guestPort = guestPort;
        this.description = description;
        this.settings = settings;
        this.tools = tools;
    }

    /** How many clients have not yet said which port they want. */
    static int handshakes(List<HostListener> listeners) {
        int count = 0;
        for (HostListener listener : listeners) {
            count += listener.handshakes.size();
        }
        return count;
    }

    void start(Multiplexer forGuest) {
        guest = forGuest;
        watch = tools.loop().watch(socket.fd(), this);
    }

    @Override
    public void ready() {
        mayHaveMore = true;
        accept();
    }

    /** There may be one more connection. */
    void roomAgain() {
        if (mayHaveMore) {
            accept();
        }
    }

    private void accept() {
        Multiplexer to = guest;
        while (to != null && mayHaveMore && to.hasRoom()) {
            StreamSocket client = next();
            if (outOfDescriptors) {
                return;
            }
            if (client == null) {
                mayHaveMore = false;
            } else if (guestPort != null) {
                connect(to, client, guestPort, false);
            } else {
                handshakes.add(
                        new Handshake(this, client, kind, tools, settings.now().connectTimeout()));
            }
        }
    }

    private @Nullable StreamSocket next() {
        outOfDescriptors = false;
        try {
            return socket.accept();
        } catch (SysException e) {
            // Nothing tells when there are descriptors again.
            outOfDescriptors = true;
            tools.loop().schedule(RETRY_NANOS, this::roomAgain);
            return null;
        }
    }

    /** A client has said which port it wants, or nothing that makes sense (null). */
    void named(Handshake handshake, StreamSocket client, @Nullable Integer port) {
        handshakes.remove(handshake);
        Multiplexer to = guest;
        if (port == null || to == null) {
            client.close();
            roomAgain();
        } else {
            connect(to, client, port, true);
        }
    }

    private void connect(Multiplexer to, StreamSocket client, int port, boolean answered) {
        Connection connection = to.ask(kind, port);
        if (connection == null) {
            client.close();
            return;
        }
        Runnable greeting = answered ? () -> Handshake.grant(client, connection.flow().peerPort) : () -> {};
        connection.attach(
                SocketEnd.of(tools, connection, client, new SocketEnd.Origin(description, greeting, () -> {})));
    }

    /** Ends it, before it was started or on the loop. */
    void close() {
        Watch running = watch;
        if (running != null) {
            running.cancel();
        }
        guest = null;
        List.copyOf(handshakes).forEach(Handshake::refuse);
        closeSocket();
    }

    void closeSocket() {
        socket.close();
    }
}
