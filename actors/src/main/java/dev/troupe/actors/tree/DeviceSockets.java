package dev.troupe.actors.tree;

import dev.troupe.actors.connection.OpenDevice;
import dev.troupe.actors.connection.TransportActor;
import dev.troupe.actors.connection.Wiring;
import dev.troupe.actors.daemon.Endpoint;
import dev.troupe.actors.daemon.Outcome;
import dev.troupe.actors.session.DeviceOffer;
import dev.troupe.transport.socket.SocketPermissions;
import java.util.function.Consumer;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.jspecify.annotations.Nullable;

/**
 * The sockets of one device, as its supervisor sees them: the transport's actor, which stays while devices come and go.
 * What follows an answer of the actor is one of the supervisor's {@link Steps}; without an actor it follows at once.
 */
final class DeviceSockets {

    private final ActorContext<DeviceSupervisor.Command> context;
    private final Wiring wiring;
    private final Steps steps;
    private final ActorRef<TransportActor.Event> events;
    private @Nullable ActorRef<TransportActor.Command> transport;
    private int opened;

    DeviceSockets(ActorContext<DeviceSupervisor.Command> context, Wiring wiring, Steps steps) {
        this.context = context;
        this.wiring = wiring;
        this.steps = steps;
        this.events = context.messageAdapter(TransportActor.Event.class, DeviceSupervisor.TransportSays::new);
    }

    /** Whether a transport's actor is there. */
    boolean open() {
        return transport != null;
    }

    /** Goes on with the sockets that an earlier process left, before the device is there. */
    void takeUp(DeviceOffer offered) {
        spawn(null, offered);
    }

    private ActorRef<TransportActor.Command> spawn(@Nullable OpenDevice open, DeviceOffer offered) {
        ActorRef<TransportActor.Command> spawned =
                context.spawn(TransportActor.create(wiring, open, offered, events), "transport-" + opened++);
        context.watch(spawned);
        transport = spawned;
        return spawned;
    }

    /** Gives the queues a device, and opens the sockets if they are not open. */
    void attach(OpenDevice open, DeviceOffer offered, Runnable next) {
        ActorRef<TransportActor.Command> to = transport == null ? spawn(open, offered) : transport;
        to.tell(new TransportActor.AttachDevice(open, steps.done()));
        steps.then(next);
    }

    /**
     * Takes the device away from the queues.
     *
     * @param hasty whether unfinished requests are left in the in-flight logs at once
     */
    void detach(boolean hasty, Runnable next) {
        ask(new TransportActor.DetachDevice(hasty, steps.done()), next);
    }

    /** Lets the sockets rest, for a hand-over. */
    void rest(long quietSinceNanos, Runnable next) {
        ask(new TransportActor.Rest(quietSinceNanos, steps.done()), next);
    }

    private void ask(TransportActor.Command question, Runnable next) {
        if (transport == null) {
            next.run();
        } else {
            transport.tell(question);
            steps.then(next);
        }
    }

    /** No device comes for the time being. */
    void goOnWithoutDevice() {
        tell(TransportActor.GoOn.INSTANCE);
    }

    /** The configuration space changed by itself. */
    void configChanged() {
        tell(TransportActor.ConfigChanged.INSTANCE);
    }

    private void tell(TransportActor.Command command) {
        if (transport != null) {
            transport.tell(command);
        }
    }

    /** Gives the socket's file other permissions, if that is all that changes of it. */
    void permit(Endpoint before, Endpoint now, Consumer<Outcome> next) {
        if (transport == null
                || before.equals(now)
                || !(before instanceof Endpoint.Listen old)
                || !(now instanceof Endpoint.Listen listen)
                || !old.path().equals(listen.path())) {
            next.accept(new Outcome.Done(""));
            return;
        }
        SocketPermissions permissions =
                new SocketPermissions(listen.mode(), listen.group().orElse(null));
        transport.tell(new TransportActor.SetPermissions(permissions, steps.answer(Outcome.class, next)));
    }

    /** Closes the sockets; the queues are drained first, so that nobody uses the device any more. */
    void close(Runnable next) {
        end(TransportActor.Close.INSTANCE, next);
    }

    /** Ends the actor and leaves the sockets to a successor. */
    void leave(Runnable next) {
        end(TransportActor.Leave.INSTANCE, next);
    }

    private void end(TransportActor.Command how, Runnable next) {
        ActorRef<TransportActor.Command> ending = transport;
        if (ending == null) {
            next.run();
            return;
        }
        transport = null;
        steps.afterwards(ending, next);
        ending.tell(how);
    }

    /** The actor has ended unasked; false if that is known. */
    boolean lost() {
        if (transport == null) {
            return false;
        }
        context.unwatch(transport);
        transport = null;
        return true;
    }
}
