package dev.troupe.actors.connection;

import dev.troupe.actors.session.Session;
import dev.troupe.transport.protocol.BackEndMessage;
import dev.troupe.transport.socket.PeerNotReadingException;
import dev.troupe.transport.socket.StreamUnreadableException;
import dev.troupe.transport.socket.VhostSocket;
import dev.troupe.transport.socket.VhostSocketException;
import dev.troupe.transport.sys.Fd;
import dev.troupe.transport.sys.SysException;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.BooleanSupplier;
import java.util.function.LongFunction;
import org.apache.pekko.Done;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.jspecify.annotations.Nullable;

/**
 * The front end that is connected, if one is: its link, and the actor that obeys it. When the front end has gone, the visit
 * lasts until that actor has stopped the queues and ended. Belongs to the transport's actor.
 */
final class Visit {

    private final ActorContext<TransportActor.Command> context;
    private final Wiring wiring;
    private final Dialer dialer;
    private final Ledger ledger;
    private final DeviceHolder device;
    private @Nullable FrontEndLink link;
    private @Nullable ActorRef<ConnectionActor.Command> connection;

    /** Who waits for the actor, which may end with their question unread. */
    private final Map<Long, ActorRef<Done>> waiting = new LinkedHashMap<>();

    private long lastTicket;

    Visit(
            ActorContext<TransportActor.Command> context,
            Wiring wiring,
            Dialer dialer,
            Ledger ledger,
            DeviceHolder device) {
        this.context = context;
        this.wiring = wiring;
        this.dialer = dialer;
        this.ledger = ledger;
        this.device = device;
    }

    /** Whether a front end is there or is still being cleared away. */
    boolean lasts() {
        return connection != null;
    }

    /** Whether the front end has gone and is still being cleared away. */
    boolean ending() {
        return connection != null && link == null;
    }

    /** What the front end and we say to each other, while it is there. */
    @Nullable
    FrontEndLink link() {
        return link;
    }

    /** A front end is there. */
    FrontEndLink begin(VhostSocket connected, Session session) {
        ActorRef<TransportActor.Command> self = context.getSelf();
        FrontEndLink fresh = new FrontEndLink(
                wiring,
                connected,
                session,
                ledger,
                of -> self.tell(new TransportActor.SocketReadable(of)),
                of -> self.tell(new TransportActor.Stalled(of)));
        link = fresh;
        wiring.monitor().connected(fresh.peer());
        wiring.visits().say(wiring.spec().name() + ": front end connected (" + fresh.peer() + ")");
        ledger.connected(connected.readiness(), session);
        ActorRef<ConnectionActor.Command> serving =
                context.spawnAnonymous(ConnectionActor.create(wiring, session, ledger, device, self));
        context.watch(serving);
        connection = serving;
        lookForMore();
        return fresh;
    }

    /** Another front end came, which has no place. */
    void turnAway(VhostSocket second) {
        wiring.violations()
                .say("%s: a second front end (%s) was turned away; %s is connected"
                        .formatted(
                                wiring.spec().name(),
                                FrontEndSocket.describe(second),
                                wiring.monitor().connection().orElse("another")));
        second.close();
    }

    /** There may be something to receive that nothing tells of. */
    void lookForMore() {
        if (link != null) {
            context.getSelf().tell(new TransportActor.SocketReadable(link));
        }
    }

    /** Receives a message and passes it on. */
    void receive(FrontEndLink on) {
        if (on == link && !attempt(() -> on.receive(message -> tell(new ConnectionActor.Received(message))))) {
            disconnect();
        }
    }

    /** Sends the answer to the message that was received last; then the next one may be received. */
    void answer(TransportActor.Answered answer) {
        FrontEndLink to = link;
        if (to == null) {
            answer.reply().close();
        } else if (attempt(() -> to.answer(answer))) {
            lookForMore();
        } else {
            disconnect();
        }
    }

    /** Does something with a socket; false, logged, if the socket says no. */
    private boolean attempt(BooleanSupplier action) {
        try {
            return action.getAsBoolean();
        } catch (StreamUnreadableException | PeerNotReadingException e) {
            wiring.violated(String.valueOf(e.getMessage()));
            return false;
        } catch (VhostSocketException | SysException e) {
            wiring.visits().say(wiring.spec().name() + ": " + e.getMessage());
            return false;
        }
    }

    /** The front end has stalled for too long. */
    void stalled(FrontEndLink on) {
        if (on == link) {
            wiring.violated("the front end stalled in the middle of a message or does not read; it is disconnected");
            disconnect();
        }
    }

    /** Hangs up if the front end has done so. */
    void disconnectIfGone() {
        if (link != null && link.peerGone()) {
            disconnect();
        }
    }

    private void disconnect() {
        hangUp();
        ledger.disconnected();
        stop();
    }

    /** Stops the queues and the actor; {@link #ended} follows. */
    void stop() {
        tell(ConnectionActor.Disconnected.INSTANCE);
    }

    /** The session goes on where an earlier process left it. */
    void takeUp() {
        tell(ConnectionActor.TakeUp.INSTANCE);
    }

    /** The device goes away for a while. */
    void detachDevice(TransportActor.DetachDevice message) {
        tellOrAnswer(ticket -> new ConnectionActor.DetachDevice(message.hasty(), ticket), message.replyTo());
    }

    /** The device is there again. */
    void attachDevice(TransportActor.AttachDevice message) {
        tellOrAnswer(ticket -> new ConnectionActor.AttachDevice(message.device(), ticket), message.replyTo());
    }

    private void tellOrAnswer(LongFunction<ConnectionActor.Command> command, ActorRef<Done> replyTo) {
        if (connection == null) {
            replyTo.tell(Done.getInstance());
        } else {
            waiting.put(++lastTicket, replyTo);
            connection.tell(command.apply(lastTicket));
        }
    }

    /** The queues have given a device back, or have taken it. */
    void deviceMoved(long ticket) {
        ActorRef<Done> replyTo = waiting.remove(ticket);
        if (replyTo != null) {
            replyTo.tell(Done.getInstance());
        }
    }

    /** Nobody has to wait for the queues any more. */
    void answerAll() {
        waiting.values().forEach(replyTo -> replyTo.tell(Done.getInstance()));
        waiting.clear();
    }

    private void tell(ConnectionActor.Command command) {
        if (connection != null) {
            connection.tell(command);
        }
    }

    /** The front end gave us a socket to say something on unasked. */
    void openBackChannel(Fd fd) {
        FrontEndLink on = link;
        if (on == null) {
            fd.close();
        } else {
            attempt(() -> on.openBackChannel(fd));
        }
    }

    /** Says something unasked, if the front end wants to hear it. */
    void sayUnasked(BackEndMessage message) {
        if (link != null) {
            link.sayUnasked(message);
        }
    }

    /** The actor has ended: the visit is over. */
    void ended() {
        hangUp();
        ledger.disconnected();
        connection = null;
        answerAll();
        wiring.visits().say(wiring.spec().name() + ": front end disconnected");
    }

    /** Closes the front end's sockets. */
    void hangUp() {
        if (link != null) {
            dialer.ended(link.session().record());
            link.close();
            link = null;
        }
        wiring.monitor().disconnected();
    }
}
