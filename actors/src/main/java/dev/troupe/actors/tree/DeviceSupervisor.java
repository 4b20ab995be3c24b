package dev.troupe.actors.tree;

import dev.troupe.actors.connection.OpenDevice;
import dev.troupe.actors.connection.TransportActor;
import dev.troupe.actors.connection.Wiring;
import dev.troupe.actors.daemon.ConversationAnswer;
import dev.troupe.actors.daemon.DaemonCommand;
import dev.troupe.actors.daemon.DeviceSpec;
import dev.troupe.actors.daemon.Outcome;
import dev.troupe.actors.daemon.Removal;
import dev.troupe.actors.daemon.RestartCause;
import dev.troupe.actors.device.ChangeEffect;
import dev.troupe.actors.host.DeviceActor;
import dev.troupe.actors.session.DeviceOffer;
import dev.troupe.actors.vault.DeviceRecord;
import java.time.Duration;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.concurrent.atomic.AtomicBoolean;
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
import org.apache.pekko.actor.typed.javadsl.StashBuffer;

/**
 * Brings one device into the state that is wanted and keeps it there: passes on what it is told to the parts that do it.
 * Does one thing at a time; what it is told meanwhile waits.
 */
final class DeviceSupervisor extends AbstractMatchingBehavior<DeviceSupervisor.Command> {

    /** Of operators; what the daemon and the device's own parts say is little, and never refused. */
    private static final int STASHED_COMMANDS = 1000;

    private final ActorRef<DaemonCommand> daemon;
    private final Wiring wiring;
    private final StashBuffer<Command> waiting;
    private final Steps steps;
    private final DeviceSockets sockets;
    private final DeviceInstance instance;
    private final DeviceLifecycle lifecycle;
    private final Quiescence quiescence;
    private boolean takingUp;
    private boolean frontEndLeft;
    private boolean ended;
    private String farewell = " has been removed.";

    /** What a supervisor is told. */
    sealed interface Command {}

    record Start(ActorRef<Outcome> replyTo) implements Command {}

    record Stop(ActorRef<Outcome> replyTo) implements Command {}

    record Restart(ActorRef<Outcome> replyTo) implements Command {}

    record Execute(String verb, List<String> arguments, ActorRef<Outcome> replyTo) implements Command {}

    record Converse(String verb, List<String> arguments, ActorRef<ConversationAnswer> replyTo) implements Command {}

    /** Stop the device, close its socket, end, now or when no front end is connected. The daemon answers for it. */
    record Remove(Removal how) implements Command {}

    /** Become what is wanted now, or stay as you are; see {@link dev.troupe.actors.daemon.DaemonCommand.ChangeDevice}. */
    record Change(DeviceSpec wanted, ChangeEffect effect, boolean force, ActorRef<Outcome> replyTo)
            implements Command {}

    /** Be quiet, whatever is under way, and hold everything ready for a successor. */
    record HandOver(ActorRef<Done> replyTo) implements Command {}

    /** There is no successor: go on. */
    record Resume(ActorRef<Outcome> replyTo) implements Command {}

    /** End, and leave everything to a successor. */
    enum Leave implements Command {
        INSTANCE
    }

    /** The daemon has forgotten the device, which has ended: this is the last it is told. */
    enum Forgotten implements Command {
        INSTANCE
    }

    /** What the next of the {@link Steps} waits for has been done. */
    record StepDone() implements Command {}

    /** What was waited for has come, and this follows. */
    record Answered(Runnable step) implements Command {}

    record TransportSays(TransportActor.Event event) implements Command {}

    /** A queue failed too often while something else was done. */
    record QueueFailedMeanwhile(String cause, int ofGeneration) implements Command {}

    record HostFailed(Throwable cause, int ofGeneration) implements Command {}

    record ConfigChanged(int ofGeneration) implements Command {}

    record StateChanged(AtomicBoolean due, int ofGeneration) implements Command {}

    record Retry() implements Command {}

    static Behavior<Command> create(ActorRef<DaemonCommand> daemon, Wiring wiring, SharedThings.User shared) {
        return Behaviors.withStash(
                2 * STASHED_COMMANDS,
                stash -> Behaviors.supervise(Behaviors.<Command>setup(
                                context -> new DeviceSupervisor(context, daemon, wiring, shared, stash)))
                        .onFailure(RuntimeException.class, SupervisorStrategy.resume()));
    }

    private DeviceSupervisor(
            ActorContext<Command> context,
            ActorRef<DaemonCommand> daemon,
            Wiring wiring,
            SharedThings.User shared,
            StashBuffer<Command> waiting) {
        super(context);
        this.daemon = daemon;
        RestartLog restarts = new RestartLog(wiring);
        this.wiring = wiring;
        this.waiting = waiting;
        this.steps = new Steps(context);
        this.sockets = new DeviceSockets(context, wiring, steps);
        this.instance = new DeviceInstance(context, wiring, steps, sockets, shared);
        this.lifecycle = new DeviceLifecycle(context, wiring, sockets, instance, restarts);
        this.quiescence = new Quiescence(wiring, steps, sockets, instance, lifecycle, restarts);
        wiring.keep().inherited().ifPresent(left -> takeUp(left, restarts));
    }

    /** An earlier process left a front end: its socket is there before the device is. */
    private void takeUp(DeviceRecord left, RestartLog restarts) {
        DeviceRecord.Connection connection = left.connection();
        if (connection != null) {
            DeviceOffer offered = DeviceOffer.of(left.offer());
            lifecycle.guest().takeUp(left.type(), new Appearance(offered, connection.config()));
            wiring.monitor().connected("a front end of an earlier process");
            restarts.beganBefore(left.quietSinceNanos());
            sockets.takeUp(offered);
            if (!spec().enabled()) {
                sockets.goOnWithoutDevice();
            }
        }
    }

    @Override
    public Behavior<Command> onMessage(Command message) {
        return switch (message) {
            case Forgotten _ -> Behaviors.stopped();
            case Command m when ended -> onLate(m);
            case StepDone _ -> onStepDone();
            case Answered m -> onAnswered(m);
            case ConfigChanged m -> onConfigChanged(m);
            case StateChanged m -> onStateChanged(m);
            case TransportSays(TransportActor.SocketFailed m) -> onSocketsLost(m.reason());
            case Resume m when quiescence.isOn() -> onResume(m);
            case Leave _ when quiescence.isOn() -> leave();
            case Remove _ when quiescence.isOn() -> removeQuiet();
            case TransportSays(TransportActor.QueueFailed m)
            when steps.busy() -> onBusy(new QueueFailedMeanwhile(String.valueOf(m.cause()), instance.generation()));
            case TransportSays(TransportActor.FrontEndLeft _) when steps.busy() -> onFrontEndLeftMeanwhile();
            case Command m when steps.busy() -> onBusy(m);
            case Resume m -> answerAtOnce(m.replyTo());
            case HandOver m -> onHandOver(m);
            case Leave _ -> onLeave();
            case TransportSays(TransportActor.QueueFailed m) -> onQueueFailed(String.valueOf(m.cause()));
            case QueueFailedMeanwhile m -> instance.isCurrent(m.ofGeneration()) ? onQueueFailed(m.cause()) : this;
            case TransportSays(TransportActor.FrontEndLeft _) -> lifecycle.leavesWithFrontEnd() ? remove() : this;
            case Change m -> onChange(m);
            case HostFailed m -> onHostFailed(m);
            case Start m -> onStart(m);
            case Stop m -> onStop(m);
            case Restart m -> onRestart(m);
            case Execute m -> onExecute(m);
            case Converse m -> onConverse(m);
            case Retry _ -> onRetry();
            case Remove m -> onRemove(m);
        };
    }

    @Override
    public Behavior<Command> onSignal(Signal signal) {
        if (signal instanceof PostStop) {
            // Nothing to do after Remove; when the actor system ends without that, the children have stopped before.
            instance.closeKept();
            wiring.keep().close();
            return this;
        }
        return signal instanceof Terminated && !ended
                ? onSocketsLost("its socket failed by a bug; the log tells more")
                : this;
    }

    private DeviceSpec spec() {
        return wiring.spec();
    }

    private Behavior<Command> onBusy(Command message) {
        if (waiting.size() < STASHED_COMMANDS
                || !Refusal.answer(message, spec().name() + " has too much to do already.")) {
            waiting.stash(message);
        }
        return this;
    }

    /** Front ends come and go as often as they like: that is no reason to remember each. */
    private Behavior<Command> onFrontEndLeftMeanwhile() {
        frontEndLeft |= lifecycle.leavesWithFrontEnd();
        return this;
    }

    private Behavior<Command> onStepDone() {
        steps.goOn();
        return settled();
    }

    private Behavior<Command> onAnswered(Answered message) {
        steps.forget();
        message.step().run();
        return settled();
    }

    private Behavior<Command> settled() {
        if (ended) {
            // What the daemon passed on before it hears of this is still to come, and waits for an answer.
            daemon.tell(new DaemonCommand.DeviceEnded(spec().name()));
        } else if (frontEndLeft && !steps.busy()) {
            frontEndLeft = false;
            return remove();
        }
        // While the device is quiet, only what ends that is done; all else waits anew.
        return steps.busy() && !ended && !quiescence.isOn() ? this : takeUpWaiting();
    }

    private Behavior<Command> takeUpWaiting() {
        if (takingUp) {
            return this;
        }
        takingUp = true;
        try {
            return waiting.unstashAll(this);
        } finally {
            takingUp = false;
        }
    }

    private boolean connected() {
        return wiring.monitor().connection().isPresent();
    }

    private Behavior<Command> onLate(Command message) {
        String reason = spec().name() + farewell;
        switch (message) {
            case Resume m -> m.replyTo().tell(new Outcome.Refused(reason));
            case HandOver m -> m.replyTo().tell(Done.getInstance());
            default -> Refusal.answer(message, reason);
        }
        return this;
    }

    private Behavior<Command> onStart(Start message) {
        switch (wiring.monitor().state()) {
            case STOPPED, QUARANTINED, BACKING_OFF -> lifecycle.start(new StartRequest.Commanded(message.replyTo()));
            case RUNNING, STARTING -> message.replyTo().tell(new Outcome.Done(spec().name() + " runs already."));
        }
        return this;
    }

    private Behavior<Command> onStop(Stop message) {
        lifecycle.stop(() -> message.replyTo().tell(new Outcome.Done("")));
        return settled();
    }

    private Behavior<Command> onRestart(Restart message) {
        lifecycle.restart(RestartCause.OPERATOR, new StartRequest.Commanded(message.replyTo()));
        return settled();
    }

    private Behavior<Command> onRetry() {
        lifecycle.tryAgain();
        return this;
    }

    private Behavior<Command> onExecute(Execute message) {
        OpenDevice device = instance.device();
        if (device == null) {
            message.replyTo().tell(new Outcome.Refused(notOpen()));
        } else {
            device.actor().tell(new DeviceActor.Execute(message.verb(), message.arguments(), message.replyTo()));
        }
        return this;
    }

    private Behavior<Command> onConverse(Converse message) {
        OpenDevice device = instance.device();
        if (device == null) {
            message.replyTo().tell(new ConversationAnswer.Refused(notOpen()));
        } else {
            device.actor().tell(new DeviceActor.Converse(message.verb(), message.arguments(), message.replyTo()));
        }
        return this;
    }

    private String notOpen() {
        return spec().name() + " is " + wiring.monitor().state().name().toLowerCase(Locale.ROOT) + ".";
    }

    private Behavior<Command> onChange(Change message) {
        Optional<String> objection = connected() ? SpecChange.objection(spec(), message) : Optional.empty();
        if (objection.isPresent()) {
            message.replyTo()
                    .tell(new Outcome.Refused(spec().name() + ": " + objection.get()
                            + "; disconnect its front end first, or say --force to have it disconnected."));
            return this;
        }
        new SpecChange(wiring, sockets, instance, lifecycle, message).begin();
        return settled();
    }

    private Behavior<Command> onConfigChanged(ConfigChanged message) {
        if (instance.isCurrent(message.ofGeneration())) {
            sockets.configChanged();
        }
        return this;
    }

    private Behavior<Command> onStateChanged(StateChanged message) {
        OpenDevice device = instance.device();
        if (device != null && instance.isCurrent(message.ofGeneration())) {
            device.actor().tell(new DeviceActor.KeepState(message.due()));
        } else {
            message.due().set(false);
        }
        return this;
    }

    private Behavior<Command> onHostFailed(HostFailed message) {
        return instance.isCurrent(message.ofGeneration())
                ? onFailure(
                        RestartCause.HOST_FAILURE,
                        String.valueOf(message.cause().getMessage()))
                : this;
    }

    private Behavior<Command> onQueueFailed(String cause) {
        return onFailure(RestartCause.QUEUE_FAILURE, "a queue failed too often: " + cause);
    }

    private Behavior<Command> onFailure(RestartCause cause, String reason) {
        lifecycle.fail(cause, reason);
        return settled();
    }

    private Behavior<Command> onSocketsLost(String reason) {
        lifecycle.socketsLost(reason);
        return settled();
    }

    private Behavior<Command> onHandOver(HandOver message) {
        quiescence.begin(message.replyTo());
        return settled();
    }

    private Behavior<Command> onResume(Resume message) {
        quiescence.resume(message.replyTo());
        return settled();
    }

    private Behavior<Command> answerAtOnce(ActorRef<Outcome> replyTo) {
        replyTo.tell(new Outcome.Done(""));
        return this;
    }

    private Behavior<Command> onLeave() {
        quiescence.reach(this::leave);
        return settled();
    }

    /** Ends, quiet as the device is; what is kept stays kept. */
    private Behavior<Command> leave() {
        farewell = " is served by a successor.";
        quiescence.end();
        sockets.leave(() -> {
            wiring.keep().close();
            end();
        });
        return settled();
    }

    private Behavior<Command> onRemove(Remove message) {
        if (message.how() == Removal.FORCE) {
            wiring.spec(spec().withDrainTimeout(Duration.ofMillis(1)));
        }
        boolean connected = connected();
        if (connected && message.how() == Removal.IF_DISCONNECTED) {
            daemon.tell(new DaemonCommand.DeviceStays(spec().name()));
            return this;
        }
        if (connected && message.how() == Removal.WHEN_DISCONNECTED) {
            lifecycle.leaveWithFrontEnd();
            return this;
        }
        return remove();
    }

    private Behavior<Command> removeQuiet() {
        quiescence.end();
        return remove();
    }

    private Behavior<Command> remove() {
        lifecycle.cancelRetry();
        sockets.close(() -> instance.close(() -> {
            wiring.keep().remove();
            end();
        }));
        return settled();
    }

    /** Gives back what outlives the device, and ends. */
    private void end() {
        instance.closeKept(() -> ended = true);
    }
}
