package dev.troupe.actors.connection;

import dev.troupe.actors.daemon.Endpoint;
import dev.troupe.actors.daemon.Outcome;
import dev.troupe.actors.session.DeviceOffer;
import dev.troupe.transport.protocol.BackEndMessage;
import dev.troupe.transport.protocol.BackEndReply;
import dev.troupe.transport.socket.SocketPermissions;
import dev.troupe.transport.socket.VhostSocket;
import dev.troupe.transport.socket.VhostSocketException;
import dev.troupe.transport.sys.Fd;
import dev.troupe.transport.sys.SysException;
import java.time.Duration;
import org.apache.pekko.Done;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.PostStop;
import org.apache.pekko.actor.typed.Signal;
import org.apache.pekko.actor.typed.SupervisorStrategy;
import org.apache.pekko.actor.typed.Terminated;
import org.apache.pekko.actor.typed.javadsl.AbstractMatchingBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.jspecify.annotations.Nullable;

/**
 * Owns a device's sockets: the listening one, the front end's, the back channel. Hands messages to a
 * {@link ConnectionActor} one at a time and sends its answers, so that each message is answered before the next is read.
 * A socket is closed only when the front end closes it, when its stream has become unreadable, or when the device is
 * removed. Runs on the control loop.
 */
public final class TransportActor extends AbstractMatchingBehavior<TransportActor.Command> {

    private static final Duration LOOK_AGAIN_AFTER = Duration.ofMillis(5);

    private final Wiring wiring;
    private final ActorRef<Event> parent;
    private final DeviceHolder device = new DeviceHolder();
    private final FrontDoor door;
    private final Dialer dialer;
    private final Ledger ledger;
    private final Pause pause;
    private final Visit visit;
    private DeviceOffer offer;

    /** What a transport is told. */
    public sealed interface Command {}

    /**
     * The device goes away for a while; its sockets stay.
     *
     * @param hasty whether unfinished requests are left in the in-flight logs at once
     * @param replyTo answered when no queue uses the device any more
     */
    public record DetachDevice(boolean hasty, ActorRef<Done> replyTo) implements Command {}

    /** The device is there again. Answered when the queues have taken it. */
    public record AttachDevice(OpenDevice device, ActorRef<Done> replyTo) implements Command {}

    /** Who may connect to the listening socket from now on. */
    public record SetPermissions(SocketPermissions permissions, ActorRef<Outcome> replyTo) implements Command {}

    /** The configuration space changed by itself: the front end is told, if it wants to know. */
    public enum ConfigChanged implements Command {
        /** The only one. */
        INSTANCE
    }

    /**
     * Obey no message and accept nobody from now on, for a hand-over. Ended by {@link GoOn} or {@link AttachDevice}.
     *
     * @param quietSinceNanos since when nothing is served
     * @param replyTo answered when no message is in hand any more and all is written down
     */
    public record Rest(long quietSinceNanos, ActorRef<Done> replyTo) implements Command {}

    /** Go on with or without a device. */
    public enum GoOn implements Command {
        /** The only one. */
        INSTANCE
    }

    /** End, and leave every socket to a successor. The device must be detached. */
    public enum Leave implements Command {
        /** The only one. */
        INSTANCE
    }

    /** Close every socket and end; queues are drained first. */
    public enum Close implements Command {
        /** The only one. */
        INSTANCE
    }

    record Answered(BackEndReply reply, Kind kind) implements Command {
        enum Kind {
            /** Sent only if the front end asked for one. */
            ACKNOWLEDGEMENT,
            /** Always sent. */
            REPLY,
            /** Sent where something is waited for. */
            REFUSAL
        }
    }

    /** The queues have given a device back, or have taken it. */
    record DeviceMoved(long ticket) implements Command {}

    record OpenBackChannel(Fd fd) implements Command {}

    record SayUnasked(BackEndMessage message) implements Command {}

    record QueueGaveUp(Throwable cause) implements Command {}

    private record Acceptable() implements Command {}

    record SocketReadable(FrontEndLink on) implements Command {}

    record Stalled(FrontEndLink on) implements Command {}

    private record Connect() implements Command {}

    private record RestWhenIdle() implements Command {}

    /** What a transport says. */
    public sealed interface Event {}

    /** The socket cannot be had; the transport has ended. */
    public record SocketFailed(String reason) implements Event {}

    /** The front end has gone and its queues have ended. */
    public enum FrontEndLeft implements Event {
        /** The only one. */
        INSTANCE
    }

    /** A queue failed too often; it rests until a device is attached. */
    public record QueueFailed(Throwable cause) implements Event {}

    /**
     * Creates the behaviour that owns the sockets of a device. What an earlier process left of them is taken up; then it
     * rests until a device is attached, or until it is told to go on without.
     *
     * @param wiring the device's surroundings
     * @param device the device, if it is open
     * @param offer what the device offers
     * @param parent hears what happens
     */
    public static Behavior<Command> create(
            Wiring wiring, @Nullable OpenDevice device, DeviceOffer offer, ActorRef<Event> parent) {
        return Behaviors.supervise(opened(wiring, device, offer, parent))
                .onFailure(RuntimeException.class, SupervisorStrategy.resume());
    }

    private static Behavior<Command> opened(
            Wiring wiring, @Nullable OpenDevice device, DeviceOffer offer, ActorRef<Event> parent) {
        return Behaviors.setup(context -> {
            TransportActor transport = new TransportActor(context, wiring, device, offer, parent);
            try {
                transport.open();
                return transport;
            } catch (VhostSocketException | SysException e) {
                transport.giveUp();
                parent.tell(new SocketFailed(String.valueOf(e.getMessage())));
                return Behaviors.stopped();
            } catch (RuntimeException e) {
                transport.giveUp();
                throw e;
            }
        });
    }

    private TransportActor(
            ActorContext<Command> context,
            Wiring wiring,
            @Nullable OpenDevice device,
            DeviceOffer offer,
            ActorRef<Event> parent) {
        super(context);
        ActorRef<Command> self = context.getSelf();
        this.wiring = wiring;
        this.parent = parent;
        this.offer = offer;
        this.door = new FrontDoor(wiring, () -> self.tell(new Acceptable()));
        this.dialer = new Dialer(wiring);
        this.ledger = new Ledger(wiring, offer);
        this.pause = new Pause(door, ledger);
        this.visit = new Visit(context, wiring, dialer, ledger, this.device);
        this.device.set(device);
    }

    private void open() {
        TakeOver takeOver = new TakeOver(wiring, door, ledger);
        pause.begin(device.current() == null);
        VhostSocket given = takeOver.openDoor();
        takeOver.takeUp(offer, visit::begin);
        ledger.write();
        takeOver.done();
        if (visit.lasts()) {
            visit.takeUp();
        } else if (door.failure() != null) {
            throw door.failure();
        } else if (given != null) {
            begin(given);
        } else if (!door.listens()) {
            getContext().getSelf().tell(new Connect());
        }
    }

    /** What was opened in vain is closed, or else nobody could open it again. */
    private void giveUp() {
        closeSockets();
        ledger.closed();
    }

    @Override
    public Behavior<Command> onMessage(Command message) {
        switch (message) {
            case Acceptable _ -> onAcceptable();
            case Connect _ -> onConnect();
            case SocketReadable m -> onReadable(m.on());
            case Stalled m -> visit.stalled(m.on());
            case Answered m -> visit.answer(m);
            case DetachDevice m -> onDetachDevice(m);
            case AttachDevice m -> onAttachDevice(m);
            case DeviceMoved m -> visit.deviceMoved(m.ticket());
            case SetPermissions m -> onSetPermissions(m);
            case OpenBackChannel m -> visit.openBackChannel(m.fd());
            case ConfigChanged _ -> visit.sayUnasked(new BackEndMessage.ConfigChange());
            case SayUnasked m -> visit.sayUnasked(m.message());
            case QueueGaveUp m -> parent.tell(new QueueFailed(m.cause()));
            case Rest m -> onRest(m);
            case RestWhenIdle _ -> restWhenIdle();
            case GoOn _ -> goOn();
            case Leave _ -> {
                return onLeave();
            }
            case Close _ -> {
                return onClose();
            }
        }
        return this;
    }

    @Override
    public Behavior<Command> onSignal(Signal signal) {
        if (signal instanceof PostStop) {
            closeSockets();
        }
        return signal instanceof Terminated ? onVisitEnded() : this;
    }

    private void onAcceptable() {
        if (pause.isOn()) {
            return;
        }
        visit.disconnectIfGone();
        if (visit.ending()) {
            // Whoever waits is accepted when the front end before has been cleared away.
            return;
        }
        door.letIn(accepted -> {
            if (visit.lasts()) {
                visit.turnAway(accepted);
            } else {
                begin(accepted);
            }
        });
    }

    private void onConnect() {
        if (pause.isOn() || visit.lasts()) {
            return;
        }
        if (!dialer.dial(this::begin)) {
            connectLater();
        }
    }

    private void connectLater() {
        if (wiring.spec().endpoint() instanceof Endpoint.Connect) {
            getContext().scheduleOnce(dialer.nextWait(), getContext().getSelf(), new Connect());
        }
    }

    private void begin(VhostSocket connected) {
        visit.begin(connected, dialer.begin(offer));
        ledger.write();
    }

    private void onReadable(FrontEndLink on) {
        if (!pause.isOn() || on.midMessage()) {
            visit.receive(on);
        }
    }

    private Behavior<Command> onVisitEnded() {
        visit.ended();
        parent.tell(FrontEndLeft.INSTANCE);
        RuntimeException failure = door.failure();
        if (failure != null) {
            parent.tell(new SocketFailed(String.valueOf(failure.getMessage())));
            return Behaviors.stopped();
        }
        if (door.listens()) {
            getContext().getSelf().tell(new Acceptable());
        } else {
            connectLater();
        }
        return this;
    }

    private void onDetachDevice(DetachDevice message) {
        device.set(null);
        visit.detachDevice(message);
    }

    private void onAttachDevice(AttachDevice message) {
        device.set(message.device());
        offer = DeviceOffer.of(message.device().device());
        ledger.offer(offer);
        visit.attachDevice(message);
        goOn();
    }

    private void onRest(Rest message) {
        pause.begin(message.quietSinceNanos(), message.replyTo());
        restWhenIdle();
    }

    private void restWhenIdle() {
        if (!pause.settled(visit.link())) {
            getContext().scheduleOnce(LOOK_AGAIN_AFTER, getContext().getSelf(), new RestWhenIdle());
        }
    }

    private void goOn() {
        if (pause.end(visit.link())) {
            visit.lookForMore();
            getContext().getSelf().tell(door.listens() ? new Acceptable() : new Connect());
        }
    }

    private Behavior<Command> onLeave() {
        door.leave();
        return Behaviors.stopped();
    }

    private void onSetPermissions(SetPermissions message) {
        try {
            door.permit(message.permissions());
            message.replyTo().tell(new Outcome.Done(""));
        } catch (VhostSocketException e) {
            message.replyTo().tell(new Outcome.Refused(String.valueOf(e.getMessage())));
        }
    }

    private Behavior<Command> onClose() {
        door.rest();
        ledger.closed();
        if (!visit.lasts()) {
            return Behaviors.stopped();
        }
        visit.stop();
        return Behaviors.<Command>receive(Command.class)
                .onMessage(DeviceMoved.class, m -> {
                    visit.deviceMoved(m.ticket());
                    return Behaviors.same();
                })
                .onAnyMessage(TransportActor::discard)
                .onSignal(Terminated.class, _ -> {
                    visit.answerAll();
                    return Behaviors.stopped();
                })
                .onSignal(PostStop.class, _ -> {
                    closeSockets();
                    return Behaviors.same();
                })
                .build();
    }

    /** Ends what a message carries that comes too late. */
    private static Behavior<Command> discard(Command message) {
        switch (message) {
            case Answered m -> m.reply().close();
            case OpenBackChannel m -> m.fd().close();
            case DetachDevice m -> m.replyTo().tell(Done.getInstance());
            case AttachDevice m -> m.replyTo().tell(Done.getInstance());
            case SetPermissions m -> m.replyTo().tell(new Outcome.Refused("The device is being removed."));
            case Rest m -> m.replyTo().tell(Done.getInstance());
            default -> {}
        }
        return Behaviors.same();
    }

    private void closeSockets() {
        visit.hangUp();
        door.close();
    }
}
