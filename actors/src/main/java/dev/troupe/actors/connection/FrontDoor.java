package dev.troupe.actors.connection;

import dev.troupe.actors.daemon.Endpoint;
import dev.troupe.transport.loop.EventLoop;
import dev.troupe.transport.loop.Timer;
import dev.troupe.transport.loop.Watch;
import dev.troupe.transport.socket.SocketPermissions;
import dev.troupe.transport.socket.SocketSetupException;
import dev.troupe.transport.socket.UnixAddress;
import dev.troupe.transport.socket.VhostListener;
import dev.troupe.transport.socket.VhostSocket;
import dev.troupe.transport.socket.VhostSocketException;
import dev.troupe.transport.sys.Fd;
import dev.troupe.transport.sys.SysException;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Where front ends come in: the socket that is listened on, if there is one. Control loop only. What sockets throw is passed
 * on to the caller, but by {@link #letIn}.
 */
final class FrontDoor implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(FrontDoor.class);
    private static final int ACCEPTED_A_TURN = 16;
    private static final long LOOK_AGAIN_NANOS = 100_000_000L;

    private final Wiring wiring;
    private final EventLoop loop;
    private final Runnable onAcceptable;
    private @Nullable VhostListener listener;
    private @Nullable Watch listening;
    private @Nullable Timer nextLook;
    private @Nullable RuntimeException failure;

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

    /** Why the door could not be opened, if it stays closed though a front end is served. */
    @Nullable
    RuntimeException failure() {
        return failure;
    }

    /** The door stays closed. */
    void failed(RuntimeException cause) {
        close();
        failure = cause;
    }

    /**
     * Lets in those who wait, some at a time, so that others on the control loop have their turn. Whoever cannot be let in
     * yet is looked for again.
     */
    void letIn(Consumer<VhostSocket> onAccepted) {
        try {
            for (int taken = 0; taken < ACCEPTED_A_TURN; taken++) {
                VhostSocket accepted = listener == null ? null : listener.accept();
                if (accepted == null) {
                    return;
                }
                onAccepted.accept(accepted);
            }
            onAcceptable.run();
        } catch (VhostSocketException | SysException e) {
            wiring.visits().say(wiring.spec().name() + ": " + e.getMessage());
            lookAgain();
        }
    }

    /** The socket does not tell twice of somebody who waits. */
    private void lookAgain() {
        if (listening != null && nextLook == null) {
            nextLook = loop.schedule(LOOK_AGAIN_NANOS, () -> {
                nextLook = null;
                onAcceptable.run();
            });
        }
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
        if (nextLook != null) {
            nextLook.cancel();
            nextLook = null;
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
