package dev.troupe.actors.tree;

import dev.troupe.actors.connection.OpenDevice;
import dev.troupe.actors.connection.TransportActor;
import dev.troupe.actors.connection.Wiring;
import dev.troupe.actors.daemon.DeviceSpec;
import dev.troupe.actors.daemon.DeviceState;
import dev.troupe.actors.daemon.Endpoint;
import dev.troupe.actors.daemon.Outcome;
import dev.troupe.actors.daemon.Removal;
import dev.troupe.actors.daemon.RestartCause;
import dev.troupe.actors.daemon.Sentence;
import dev.troupe.actors.device.ChangeEffect;
import dev.troupe.actors.device.SavedState;
import dev.troupe.actors.device.VirtioDevice;
import dev.troupe.actors.host.DeviceActor;
import dev.troupe.actors.queue.FailureBudget;
import dev.troupe.actors.session.DeviceOffer;
import dev.troupe.actors.vault.DeviceRecord;
import dev.troupe.transport.socket.SocketPermissions;
import java.time.Duration;
import java.util.List;
import java.util.Objects;
import java.util.concurrent.CompletableFuture;
import org.apache.pekko.Done;
import org.apache.pekko.actor.Cancellable;
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
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings one device into the state that is wanted and keeps it there: opens it, closes it, opens it again behind the open
 * socket, waits longer after each failure, and gives it up after too many. Does one thing at a time; what it is told
 * meanwhile waits.
 */
final class DeviceSupervisor extends AbstractMatchingBehavior<DeviceSupervisor.Command> {

    private static final Logger LOG = LoggerFactory.getLogger(DeviceSupervisor.class);
    private static final int STASHED_COMMANDS = 1000;

    private final Wiring wiring;
    private final StashBuffer<Command> waiting;
    private final FailureBudget failures;
    private final RestartLog restarts;
    private final ActorRef<TransportActor.Event> events;
    private final ActorRef<Done> steps;
    private @Nullable ActorRef<TransportActor.Command> transport;
    private @Nullable OpenDevice device;
    private @Nullable Appearance shown;
    private @Nullable SpecChange change;
    private KeptThings kept = new KeptThings();
    private @Nullable Runnable nextStep;
    private @Nullable Cancellable retry;
    private @Nullable ActorRef<Outcome> requester;
    private @Nullable String guestKnowsType;
    private int generation;
    private boolean quiet;
    private boolean quietWasWanted;
    private boolean leaving;
    private boolean ended;

    /** What a supervisor is told. */
    sealed interface Command {}

    record Start(ActorRef<Outcome> replyTo) implements Command {}

    record Stop(ActorRef<Outcome> replyTo) implements Command {}

    record Restart(ActorRef<Outcome> replyTo) implements Command {}

    record Execute(String verb, List<String> arguments, ActorRef<Outcome> replyTo) implements Command {}

    /** Stop the device, close its socket, end, now or when no front end is connected. */
    record Remove(Removal how) implements Command {}

    /** Become what is wanted now, or stay as you are; see {@link dev.troupe.actors.daemon.DaemonCommand.ChangeDevice}. */
    record Change(DeviceSpec wanted, ChangeEffect effect, boolean force, ActorRef<Outcome> replyTo)
            implements Command {}

    private record Permitted(Outcome outcome, Runnable next) implements Command {}

    /** Be quiet, whatever is under way, and hold everything ready for a successor. */
    record HandOver(ActorRef<Done> replyTo) implements Command {}

    /** There is no successor: go on. */
    record Resume(ActorRef<Outcome> replyTo) implements Command {}

    /** End, and leave everything to a successor. */
    enum Leave implements Command {
        INSTANCE
    }

    private record Opened(VirtioDevice device, int opening) implements Command {}

    private record OpenFailed(String reason) implements Command {}

    private record StepDone() implements Command {}

    private record TransportSays(TransportActor.Event event) implements Command {}

    record HostFailed(Throwable cause, int ofGeneration) implements Command {}

    record ConfigChanged(int ofGeneration) implements Command {}

    private record Retry() implements Command {}

    static Behavior<Command> create(Wiring wiring) {
        return Behaviors.withStash(
                STASHED_COMMANDS,
                stash -> Behaviors.supervise(
                                Behaviors.<Command>setup(context -> new DeviceSupervisor(context, wiring, stash)))
                        .onFailure(RuntimeException.class, SupervisorStrategy.resume()));
    }

    private DeviceSupervisor(ActorContext<Command> context, Wiring wiring, StashBuffer<Command> waiting) {
        super(context);
        this.wiring = wiring;
        this.waiting = waiting;
        this.restarts = new RestartLog(wiring);
        this.failures = new FailureBudget(
                () -> wiring.spec().restarts().deviceRestarts(),
                () -> wiring.spec().restarts().window());
        this.events = context.messageAdapter(TransportActor.Event.class, TransportSays::new);
        this.steps = context.messageAdapter(Done.class, _ -> new StepDone());
        wiring.keep().inherited().ifPresent(this::takeUp);
    }

    /** An earlier process left a front end: its socket is there before the device is. */
    private void takeUp(DeviceRecord left) {
        DeviceRecord.Connection connection = left.connection();
        if (connection != null) {
            DeviceOffer offered = DeviceOffer.of(left.offer());
            guestKnowsType = left.type();
            shown = new Appearance(offered, connection.config());
            wiring.monitor().connected("a front end of an earlier process");
            restarts.beganBefore(left.quietSinceNanos());
            spawnTransport(null, offered);
        }
    }

    private ActorRef<TransportActor.Command> spawnTransport(@Nullable OpenDevice open, DeviceOffer offered) {
        ActorRef<TransportActor.Command> spawned =
                getContext().spawn(TransportActor.create(wiring, open, offered, events), "transport-" + generation);
        getContext().watch(spawned);
        transport = spawned;
        return spawned;
    }

    @Override
    public Behavior<Command> onMessage(Command message) {
        return switch (message) {
            case StepDone _ -> onStepDone();
            case Opened m -> onOpened(m);
            case OpenFailed m -> onOpenFailed(m);
            case ConfigChanged m -> onConfigChanged(m);
            case TransportSays(TransportActor.SocketFailed m) -> transportEnded(m.reason());
            case Permitted m -> onPermitted(m);
            case Resume m when quiet -> onResume(m);
            case Leave _ when quiet -> leave();
            case Remove _ when quiet -> removeQuiet();
            case Command m when nextStep != null -> onBusy(m);
            case Resume m -> answerAtOnce(m.replyTo());
            case HandOver m -> onHandOver(m);
            case Leave _ -> onLeave();
            case TransportSays(TransportActor.QueueFailed m) ->
                onFailure(RestartCause.QUEUE_FAILURE, "a queue failed too often: " + m.cause());
            case TransportSays(TransportActor.FrontEndLeft _) -> leaving ? remove() : this;
            case Change m -> onChange(m);
            case HostFailed m -> onHostFailed(m);
            case Start m -> onStart(m);
            case Stop m -> onStop(m);
            case Restart m -> onRestart(m);
            case Execute m -> onExecute(m);
            case Retry _ -> onRetry();
            case Remove m -> onRemove(m);
        };
    }

    @Override
    public Behavior<Command> onSignal(Signal signal) {
        if (signal instanceof PostStop) {
            // Nothing to do after Remove; when the actor system ends without that, the children have stopped before.
            kept.close();
            wiring.keep().close();
            return this;
        }
        return signal instanceof Terminated ? transportEnded("its socket failed by a bug; the log tells more") : this;
    }

    private DeviceSpec spec() {
        return wiring.spec();
    }

    private Behavior<Command> onBusy(Command message) {
        waiting.stash(message);
        return this;
    }

    /** Says what comes next when the answer to what was just asked has arrived. */
    private void then(Runnable step) {
        nextStep = step;
    }

    private Behavior<Command> onStepDone() {
        Runnable step = nextStep;
        nextStep = null;
        if (step != null) {
            step.run();
        }
        return settled();
    }

    private Behavior<Command> settled() {
        if (ended) {
            waiting.forEach(this::refuseTooLate);
            return Behaviors.stopped();
        }
        return nextStep == null ? waiting.unstashAll(this) : this;
    }

    /** Whoever waits for the answer to a command gets one, though the device has been removed in the meantime. */
    private void refuseTooLate(Command message) {
        Outcome refused = new Outcome.Refused(spec().name() + " has been removed.");
        switch (message) {
            case Start m -> m.replyTo().tell(refused);
            case Stop m -> m.replyTo().tell(refused);
            case Restart m -> m.replyTo().tell(refused);
            case Execute m -> m.replyTo().tell(refused);
            case Change m -> m.replyTo().tell(refused);
            case Resume m -> m.replyTo().tell(refused);
            case HandOver m -> m.replyTo().tell(Done.getInstance());
            default -> {}
        }
    }

    private Behavior<Command> onStart(Start message) {
        switch (wiring.monitor().state()) {
            case STOPPED, QUARANTINED, BACKING_OFF -> {
                cancelRetry();
                failures.forgive();
                if (wiring.monitor().state() != DeviceState.STOPPED) {
                    restarts.endedBy(RestartCause.OPERATOR, "started after it had failed");
                }
                open(message.replyTo());
            }
            case RUNNING, STARTING -> message.replyTo().tell(new Outcome.Done(spec().name() + " runs already."));
        }
        return this;
    }

    private Behavior<Command> onStop(Stop message) {
        stop(() -> message.replyTo().tell(new Outcome.Done("")));
        return settled();
    }

    private void stop(Runnable next) {
        cancelRetry();
        closeDevice(() -> {
            restarts.forget();
            wiring.monitor().state(DeviceState.STOPPED);
            LOG.info("{}: stopped", spec().name());
            next.run();
        });
    }

    private Behavior<Command> onRestart(Restart message) {
        restart(RestartCause.OPERATOR, message.replyTo());
        return settled();
    }

    private void restart(RestartCause cause, ActorRef<Outcome> replyTo) {
        cancelRetry();
        restarts.endedBy(cause, "");
        closeDevice(() -> {
            wiring.monitor().countRestart();
            open(replyTo);
        });
    }

    private Behavior<Command> onExecute(Execute message) {
        if (device == null) {
            message.replyTo()
                    .tell(new Outcome.Refused(spec().name() + " is "
                            + wiring.monitor().state().name().toLowerCase(java.util.Locale.ROOT) + "."));
        } else {
            device.actor().tell(new DeviceActor.Execute(message.verb(), message.arguments(), message.replyTo()));
        }
        return this;
    }

    private Behavior<Command> onRemove(Remove message) {
        if (message.how() == Removal.FORCE) {
            wiring.spec(spec().withDrainTimeout(Duration.ofMillis(1)));
        }
        if (message.how() == Removal.WHEN_DISCONNECTED
                && wiring.monitor().connection().isPresent()) {
            leaving = true;
            sayRunning();
            return this;
        }
        return remove();
    }

    private Behavior<Command> removeQuiet() {
        quiet = false;
        nextStep = null;
        return remove();
    }

    private Behavior<Command> remove() {
        cancelRetry();
        closeTransport(() -> closeDevice(() -> {
            wiring.keep().remove();
            closeKept();
        }));
        return settled();
    }

    /** Closes the sockets; the queues are drained first, so that nobody uses the device any more. */
    private void closeTransport(Runnable next) {
        endTransport(TransportActor.Close.INSTANCE, next);
    }

    private void endTransport(TransportActor.Command how, Runnable next) {
        ActorRef<TransportActor.Command> ending = transport;
        if (ending == null) {
            next.run();
            return;
        }
        transport = null;
        getContext().unwatch(ending);
        getContext().watchWith(ending, new StepDone());
        ending.tell(how);
        then(next);
    }

    private Behavior<Command> onHandOver(HandOver message) {
        becomeQuiet(() -> {
            quiet = true;
            then(() -> {});
            message.replyTo().tell(Done.getInstance());
        });
        return settled();
    }

    private Behavior<Command> onLeave() {
        becomeQuiet(this::leave);
        return settled();
    }

    /** Closes the device without waiting for requests, and lets the sockets rest. */
    private void becomeQuiet(Runnable next) {
        cancelRetry();
        quietWasWanted = switch (wiring.monitor().state()) {
            case RUNNING, STARTING, BACKING_OFF -> true;
            case STOPPED, QUARANTINED -> false;
        };
        restarts.begin(RestartCause.HAND_OVER, "");
        closeDevice(true, () -> {
            if (transport == null) {
                next.run();
            } else {
                transport.tell(new TransportActor.Rest(restarts.sinceNanos(), steps));
                then(next);
            }
        });
    }

    private Behavior<Command> onResume(Resume message) {
        quiet = false;
        nextStep = null;
        if (quietWasWanted) {
            open(message.replyTo());
        } else {
            restarts.forget();
            goOnWithoutDevice();
            message.replyTo().tell(new Outcome.Done(""));
        }
        return settled();
    }

    private Behavior<Command> answerAtOnce(ActorRef<Outcome> replyTo) {
        replyTo.tell(new Outcome.Done(""));
        return this;
    }

    private void goOnWithoutDevice() {
        if (transport != null) {
            transport.tell(TransportActor.GoOn.INSTANCE);
        }
    }

    /** Ends, quiet as the device is; what is kept stays kept. */
    private Behavior<Command> leave() {
        nextStep = null;
        endTransport(TransportActor.Leave.INSTANCE, () -> {
            wiring.keep().close();
            closeKept();
        });
        return settled();
    }

    private Behavior<Command> onChange(Change message) {
        boolean connected = wiring.monitor().connection().isPresent();
        String objection = connected ? SpecChange.objection(spec(), message).orElse(null) : null;
        if (objection != null) {
            message.replyTo()
                    .tell(new Outcome.Refused(spec().name() + ": " + objection
                            + "; disconnect its front end first, or say --force to have it disconnected."));
            return this;
        }
        SpecChange fresh = new SpecChange(wiring, message);
        change = fresh;
        requester = message.replyTo();
        permit(fresh.before().endpoint(), fresh.wanted().endpoint(), () -> {
            wiring.spec(fresh.wanted());
            failures.forgive();
            if (!fresh.before().factory().type().equals(spec().factory().type())) {
                wiring.keep().state(SavedState.NONE);
            }
            switch (fresh.effect()) {
                case LIVE -> changeLive(fresh);
                case RESTART -> reopen(fresh);
                case GUEST_VISIBLE -> closeTransport(() -> reopen(fresh));
            }
        });
        return settled();
    }

    /** Gives the socket's file other permissions, if that is all that changes of it. */
    private void permit(Endpoint before, Endpoint now, Runnable next) {
        if (transport == null
                || before.equals(now)
                || !(before instanceof Endpoint.Listen old)
                || !(now instanceof Endpoint.Listen listen)
                || !old.path().equals(listen.path())) {
            next.run();
            return;
        }
        then(() -> {});
        SocketPermissions permissions =
                new SocketPermissions(listen.mode(), listen.group().orElse(null));
        ActorRef<Outcome> answer = getContext().messageAdapter(Outcome.class, outcome -> new Permitted(outcome, next));
        transport.tell(new TransportActor.SetPermissions(permissions, answer));
    }

    private Behavior<Command> onPermitted(Permitted message) {
        nextStep = null;
        if (message.outcome() instanceof Outcome.Refused refused) {
            change = null;
            answer(new Outcome.Refused(spec().name() + ": " + refused.reason()));
        } else {
            message.next().run();
        }
        return settled();
    }

    private void changeLive(SpecChange current) {
        OpenDevice open = device;
        if (open == null) {
            switchOnOrOff(current);
        } else {
            open.actor().tell(new DeviceActor.ChangeSettings(spec().settings(), steps));
            then(() -> switchOnOrOff(current));
        }
    }

    private void switchOnOrOff(SpecChange current) {
        boolean before = current.before().enabled();
        boolean now = spec().enabled();
        if (now && !before && wiring.monitor().state() == DeviceState.STOPPED) {
            open(requester);
        } else if (before && !now) {
            stop(() -> changed(new Outcome.Done("")));
        } else {
            changed(new Outcome.Done(""));
        }
    }

    private void changed(Outcome outcome) {
        change = null;
        answer(outcome);
    }

    /** Closes the device and opens it as it is wanted now, if it is meant to run. */
    private void reopen(SpecChange current) {
        boolean off =
                current.stateBefore() == DeviceState.STOPPED && current.before().enabled() == spec().enabled();
        if (off || !spec().enabled()) {
            stop(() -> changed(current.rests()));
        } else if (device == null) {
            cancelRetry();
            open(requester);
        } else {
            restart(RestartCause.RELOAD, Objects.requireNonNull(requester));
        }
    }

    /** The device cannot be what is wanted now: it becomes again what it was. */
    private void takeBack(SpecChange current, String reason) {
        current.takeBack(reason);
        LOG.warn("{}: {}; the change is taken back", spec().name(), reason);
        wiring.spec(current.before());
        permit(current.wanted().endpoint(), current.before().endpoint(), () -> {
            if (current.stateBefore() == DeviceState.STOPPED) {
                stop(() -> changed(current.rests()));
            } else {
                open(requester);
            }
        });
    }

    /** Gives back what outlives the device, which may block, and ends. */
    private void closeKept() {
        then(() -> ended = true);
        getContext()
                .pipeToSelf(
                        CompletableFuture.runAsync(kept::close, wiring.loops().blocking()), (_, _) -> new StepDone());
    }

    /** Opens the device on a thread that may block; {@link Opened} or {@link OpenFailed} follows. */
    private void open(@Nullable ActorRef<Outcome> replyTo) {
        wiring.monitor().state(DeviceState.STARTING);
        requester = replyTo;
        generation++;
        int opening = generation;
        SupervisedDeviceContext context =
                new SupervisedDeviceContext(wiring, getContext().getSelf(), opening, kept);
        then(() -> {});
        getContext()
                .pipeToSelf(
                        CompletableFuture.supplyAsync(
                                () -> Opening.open(
                                        spec(), context, wiring.keep().state()),
                                wiring.loops().blocking()),
                        (device, failure) -> device != null
                                ? new Opened(device, opening)
                                : new OpenFailed(Opening.describe(spec(), failure)));
    }

    private Behavior<Command> onOpened(Opened message) {
        Appearance fresh = Appearance.of(message.device());
        ActorRef<DeviceActor.Command> actor = getContext()
                .spawn(
                        DeviceActor.create(
                                spec().name(), message.device(), wiring.loops().blocking(), wiring.keep()::state),
                        "host-" + message.opening(),
                        wiring.loops().queueDispatcher(wiring.firstQueueLoop()));
        OpenDevice open = new OpenDevice(message.device(), actor);
        device = open;
        String objection = objection(fresh);
        if (objection == null) {
            attach(open, fresh);
        } else if (change != null && change.forced() && !change.takenBack()) {
            closeTransport(() -> attach(open, fresh));
        } else {
            closeDevice(() -> notOpened(objection));
        }
        return settled();
    }

    /** Why the front end that is connected cannot go on with what was opened. */
    private @Nullable String objection(Appearance fresh) {
        Appearance known = shown;
        if (known == null || wiring.monitor().connection().isEmpty()) {
            return null;
        }
        String type = spec().factory().type();
        if (guestKnowsType != null && !guestKnowsType.equals(type)) {
            return "its front end knows it as a device of type " + guestKnowsType + ", not " + type;
        }
        if (change != null && !change.takenBack()) {
            return known.objection(fresh, spec().factory())
                    .map(text -> text + ", and a front end is connected")
                    .orElse(null);
        }
        return fresh.offer().covers(known.offer())
                ? null
                : "the guest would see another device than the one it found; "
                        + "restart it when no front end is connected";
    }

    private void attach(OpenDevice open, Appearance fresh) {
        boolean tellConfig =
                transport != null && shown != null && !shown.config().equals(fresh.config());
        shown = fresh;
        ActorRef<TransportActor.Command> to = transport == null ? spawnTransport(open, fresh.offer()) : transport;
        to.tell(new TransportActor.AttachDevice(open, steps));
        if (tellConfig) {
            to.tell(TransportActor.ConfigChanged.INSTANCE);
        }
        then(this::running);
    }

    private void running() {
        guestKnowsType = null;
        wiring.keep().dropUnusedMemories();
        sayRunning();
        LOG.info("{}: {} serves on {}", spec().name(), spec().factory().type(), spec().endpoint());
        restarts.serves();
        SpecChange done = change;
        change = null;
        answer(done == null ? new Outcome.Done("") : done.outcome());
    }

    private void sayRunning() {
        if (leaving) {
            wiring.monitor().state(DeviceState.RUNNING, "is removed when its front end disconnects");
        } else {
            wiring.monitor().state(DeviceState.RUNNING);
        }
    }

    private void answer(Outcome outcome) {
        ActorRef<Outcome> waitingForIt = requester;
        requester = null;
        if (waitingForIt != null) {
            waitingForIt.tell(outcome);
        }
    }

    private Behavior<Command> onOpenFailed(OpenFailed message) {
        nextStep = null;
        notOpened(message.reason());
        return settled();
    }

    private void notOpened(String reason) {
        SpecChange current = change;
        if (current == null || current.takenBack()) {
            failed(RestartCause.HOST_FAILURE, reason);
        } else {
            takeBack(current, reason);
        }
    }

    private Behavior<Command> transportEnded(String reason) {
        if (transport != null) {
            getContext().unwatch(transport);
            transport = null;
            closeDevice(() -> notOpened(reason));
        }
        return settled();
    }

    private Behavior<Command> onHostFailed(HostFailed message) {
        return message.ofGeneration() == generation
                ? onFailure(
                        RestartCause.HOST_FAILURE,
                        String.valueOf(message.cause().getMessage()))
                : this;
    }

    /** The device runs no more or should not: closes it and tries again, or gives it up. */
    private Behavior<Command> onFailure(RestartCause cause, String reason) {
        if (wiring.monitor().state() == DeviceState.RUNNING) {
            restarts.begin(cause, reason);
            closeDevice(() -> failed(cause, reason));
        }
        return settled();
    }

    /** Something kept the closed device from running: it is tried again after a while, or given up. */
    private void failed(RestartCause cause, String reason) {
        restarts.begin(cause, reason);
        String text = spec().name() + ": " + reason;
        wiring.monitor().problem(text);
        goOnWithoutDevice();
        if (failures.spend()) {
            Duration wait = spec().restarts().backoff(failures.spent());
            LOG.error("{}", Sentence.followedBy(text, "it is tried again in " + wait.toMillis() + " ms"));
            wiring.monitor().state(DeviceState.BACKING_OFF, reason);
            retry = getContext().scheduleOnce(wait, getContext().getSelf(), new Retry());
        } else {
            LOG.error("{}", Sentence.followedBy(text, "it failed too often and waits to be started by an operator"));
            wiring.monitor().state(DeviceState.QUARANTINED, reason);
        }
        SpecChange undone = change;
        change = null;
        answer(undone == null ? new Outcome.Refused(text) : undone.outcome(text));
    }

    private Behavior<Command> onRetry() {
        if (wiring.monitor().state() == DeviceState.BACKING_OFF) {
            wiring.monitor().countRestart();
            open(null);
        }
        return this;
    }

    private void cancelRetry() {
        if (retry != null) {
            retry.cancel();
            retry = null;
        }
    }

    private void closeDevice(Runnable next) {
        closeDevice(false, next);
    }

    /** Takes the device away from its queues and closes it; what follows runs when it is closed. */
    private void closeDevice(boolean hasty, Runnable next) {
        OpenDevice closing = device;
        if (closing == null) {
            next.run();
            return;
        }
        device = null;
        Runnable close = () -> {
            closing.actor().tell(new DeviceActor.Close(steps));
            then(next);
        };
        if (transport == null) {
            close.run();
        } else {
            transport.tell(new TransportActor.DetachDevice(hasty, steps));
            then(close);
        }
    }

    private Behavior<Command> onConfigChanged(ConfigChanged message) {
        if (transport != null && message.ofGeneration() == generation) {
            transport.tell(TransportActor.ConfigChanged.INSTANCE);
        }
        return this;
    }
}
