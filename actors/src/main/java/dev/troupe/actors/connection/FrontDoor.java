package dev.troupe.actors.connection;

import dev.troupe.actors.daemon.Endpoint;
import dev.troupe.transport.loop.EventLoop;
import dev.troupe.transport.loop.Watch;
import dev.troupe.transport.socket.SocketPermissions;
import dev.troupe.transport.socket.SocketSetupException;
import dev.troupe.transport.socket.UnixAddress;
import dev.troupe.transport.socket.VhostListener;
import dev.troupe.transport.socket.VhostSocket;
import dev.troupe.transport.sys.Fd;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where front ends come in: the socket that is listened on, if there is one. Control loop only. What sockets throw is passed
 * on to the caller.
 */
final class FrontDoor implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(FrontDoor.class);

    private final Wiring wiring;
    private final EventLoop loop;
    private final Runnable onAcceptable;
    private @Nullable VhostListener listener;
    private @Nullable Watch listening;

    /**
     * A door that is closed.
     *
     * @param onAcceptable runs when somebody may be waiting
     */
    FrontDoor(Wiring wiring, Runnable onAcceptable) {
        this.wiring = wiring;
        this.loop = wiring.loops().control();
        this.onAcceptable = onAcceptable;
    }

    /**
     * Opens as the endpoint has it.
     *
     * @param kept the listening socket of an earlier process for the same endpoint, if there is one
     * @return a connection, if the endpoint is one
     */
    @Nullable
    VhostSocket open(@Nullable Fd kept) {
        switch (wiring.spec().endpoint()) {
            case Endpoint.Listen listen -> listenOn(kept == null ? bind(listen) : resume(kept, listen));
            case Endpoint.Connect _ -> {}
            case Endpoint.Inherited inherited -> {
                Fd fd = kept == null ? Fd.duplicate(inherited.number()) : kept;
                if (!VhostListener.isListening(fd)) {
                    return VhostSocket.adopt(fd);
                }
                listenOn(VhostListener.adopt(fd));
            }
        }
        return null;
    }

    private static VhostListener bind(Endpoint.Listen listen) {
        return VhostListener.bind(
                UnixAddress.of(listen.path()),
                new SocketPermissions(listen.mode(), listen.group().orElse(null)));
    }

    private VhostListener resume(Fd kept, Endpoint.Listen listen) {
        try {
            return VhostListener.resume(kept, UnixAddress.of(listen.path()));
        } catch (SocketSetupException e) {
            LOG.warn("{}: {} It is made anew.", wiring.spec().name(), e.getMessage());
            return bind(listen);
        }
    }

    private void listenOn(VhostListener opened) {
        listener = opened;
        wake();
    }

    /** Whether front ends come to us. */
    boolean listens() {
        return listener != null;
    }

    /** The listening socket, owned by the door, if there is one. */
    @Nullable
    Fd socket() {
        return listener == null ? null : listener.readiness();
    }

    /** The next front end that waits, if one does. */
    @Nullable
    VhostSocket accept() {
        return listener == null ? null : listener.accept();
    }

    /** Who may connect from now on, where we bound the socket. */
    void permit(SocketPermissions permissions) {
        if (listener != null) {
            listener.permit(permissions);
        }
    }

    /** Whoever comes waits from now on. */
    void rest() {
        if (listening != null) {
            listening.cancel();
            listening = null;
        }
    }

    /** Whoever comes is noticed again. */
    void wake() {
        if (listener != null && listening == null) {
            listening = loop.watch(listener.readiness(), onAcceptable::run);
        }
    }

    /** Closes this end and leaves the socket to a successor. */
    void leave() {
        rest();
        if (listener != null) {
            listener.closeForHandOver();
            listener = null;
        }
    }

    /** Closes, and removes the socket's file if it is ours. */
    @Override
    public void close() {
        rest();
        if (listener != null) {
            listener.close();
            listener = null;
        }
    }
}
