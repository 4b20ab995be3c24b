package dev.troupe.devices.vsock;

import dev.troupe.actors.device.DeviceContext;
import dev.troupe.actors.device.DeviceException;
import dev.troupe.transport.sys.ListeningSocket;
import dev.troupe.transport.sys.StreamSocket;
import dev.troupe.transport.sys.SysException;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.RejectedExecutionException;
import org.jspecify.annotations.Nullable;

/** What stands around one guest: the host's sockets that listen for it, the places it may connect to, and its siblings. */
final class HostSide implements Multiplexer.FarSide {
    private final CurrentSettings settings;
    private final DeviceContext context;
    private final Siblings siblings;
    private final EndTools tools;
    private final HostConnector connector;
    private final List<HostListener> listeners = new ArrayList<>();
    private Siblings.@Nullable Member self;

    private HostSide(CurrentSettings settings, DeviceContext context, Siblings siblings, HostConnector connector) {
        this.settings = settings;
        this.context = context;
        this.siblings = siblings;
        this.tools = connector.tools();
        this.connector = connector;
    }

    /**
     * Listens; may block.
     *
     * @throws DeviceException if the host does not let us
     */
    static HostSide open(CurrentSettings settings, DeviceContext context, Siblings siblings) throws DeviceException {
        EndTools tools = new EndTools(context.loop(), siblings.memory());
        HostSide side = new HostSide(settings, context, siblings, new HostConnector(settings, context, tools));
        try {
            side.listen(settings.now());
            return side;
        } catch (DeviceException | RuntimeException e) {
            side.listeners.forEach(HostListener::closeSocket);
            throw e;
        }
    }

    private void listen(VsockSettings now) throws DeviceException {
        if (now.udsPath().isPresent()) {
            listen(new Target.Unix(now.udsPath().get()), StreamSocket.Kind.STREAM, null);
        }
        if (now.seqpacketPath().isPresent()) {
            listen(new Target.Unix(now.seqpacketPath().get()), StreamSocket.Kind.MESSAGES, null);
        }
        for (VsockSettings.Listener listener : now.listeners()) {
            listen(listener.where(), StreamSocket.Kind.STREAM, listener.guestPort());
        }
    }

    private void listen(Target where, StreamSocket.Kind kind, @Nullable Integer guestPort) throws DeviceException {
        try {
            ListeningSocket socket = switch (where) {
                case Target.Unix unix -> ListeningSocket.listen(unix.path(), kind);
                case Target.Tcp tcp -> ListeningSocket.listen(tcp.resolve());
                case Target.Command command -> throw new IllegalArgumentException(command.toString());
            };
            listeners.add(new HostListener(socket, kind, guestPort, where.toString(), settings, tools));
        } catch (SysException e) {
            throw new DeviceException("Cannot listen on " + where + " for the guest: " + e.getMessage() + ".", e);
        }
    }

    /** Makes the guest known to its siblings; false if another guest has its CID. */
    boolean join(Multiplexer guest) {
        Siblings.Member member = new Siblings.Member(
                settings.now().guestCid(),
                () -> settings.now().groups(),
                call -> context.loop().execute(() -> attach(guest.ask(call.flow()), call.side(), "sibling")));
        self = member;
        return siblings.join(member);
    }

    /** Lets the host in; on the loop. */
    void start(Multiplexer guest) {
        listeners.forEach(listener -> listener.start(guest));
    }

    @Override
    public void find(Connection connection) {
        Flow flow = connection.flow();
        if (flow.peerCid == VsockWire.CID_HOST) {
            connector.connect(connection);
        } else {
            call(connection, flow);
        }
    }

    private void call(Connection connection, Flow flow) {
        Siblings.Member from = self;
        Siblings.Member other = from == null ? null : siblings.reach(from, flow.peerCid);
        if (other == null) {
            connection.farGone();
            return;
        }
        Link link = new Link(siblings.memory(), connection.isMessages());
        connection.attach(new LinkEnd(connection, link.caller(), tools.loop(), "sibling"));
        Flow asOtherNamesIt = new Flow().set(settings.now().guestCid(), flow.guestPort, flow.peerPort, flow.type);
        try {
            other.calls().accept(new Siblings.Call(asOtherNamesIt, link.callee()));
        } catch (RejectedExecutionException e) {
            // Its loop has ended.
            link.callee().close();
        }
    }

    /** Connects a side with a port of the guest's; on the loop. */
    void dial(Multiplexer guest, Link.Side side, int guestPort) {
        attach(guest.ask(StreamSocket.Kind.STREAM, guestPort), side, "operator");
    }

    private void attach(@Nullable Connection connection, Link.Side side, String description) {
        if (connection == null) {
            side.close();
        } else {
            connection.attach(new LinkEnd(connection, side, tools.loop(), description));
        }
    }

    Link newLink() {
        return new Link(siblings.memory(), false);
    }

    @Override
    public int lingering() {
        return tools.lingering() + HostListener.handshakes(listeners);
    }

    @Override
    public long lingeringBytes() {
        return tools.lingeringBytes();
    }

    @Override
    public void roomAgain() {
        listeners.forEach(HostListener::roomAgain);
    }

    /** Nobody new gets in; on the loop, before the connections are closed. */
    void stop() {
        Siblings.Member member = self;
        if (member != null) {
            siblings.leave(member);
        }
        listeners.forEach(HostListener::close);
    }

    /** Drops what is left when the connections are closed; on the loop. */
    void close() {
        tools.close();
        connector.close();
    }
}
