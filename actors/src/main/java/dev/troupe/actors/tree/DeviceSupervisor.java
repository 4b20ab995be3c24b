package dev.troupe.actors.tree;

import dev.troupe.actors.connection.OpenDevice;
import dev.troupe.actors.connection.TransportActor;
import dev.troupe.actors.connection.Wiring;
import dev.troupe.actors.daemon.DeviceSpec;
import dev.troupe.actors.daemon.DeviceState;
import dev.troupe.actors.daemon.Outcome;
import dev.troupe.actors.daemon.RestartPolicy;
import dev.troupe.actors.device.VirtioDevice;
import dev.troupe.actors.host.DeviceActor;
import dev.troupe.actors.queue.FailureBudget;
import dev.troupe.actors.session.DeviceOffer;
import java.time.Duration;
import java.util.List;
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
    private final KeptThings kept = new KeptThings();
    private final ActorRef<TransportActor.Event> events;
    private final ActorRef<Done> steps;
    private @Nullable ActorRef<TransportActor.Command> transport;
    private @Nullable ActorRef<DeviceActor.Command> deviceActor;
    private @Nullable DeviceOffer offer;
    private @Nullable Runnable nextStep;
    private @Nullable Cancellable retry;
    private @Nullable ActorRef<Outcome> requester;
    private int generation;
    private boolean ended;

    /** What a supervisor is told. */
    sealed interface Command {}

    record Start(ActorRef<Outcome> replyTo) implements Command {}

    record Stop(ActorRef<Outcome> replyTo) implements Command {}

    record Restart(ActorRef<Outcome> replyTo) implements Command {}

    record Execute(String verb, List<String> arguments, ActorRef<Outcome> replyTo) implements Command {}

    /** Stop the device, close its socket, end. */
    enum Remove implements Command {
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
        RestartPolicy policy = wiring.spec().restarts();
        this.wiring = wiring;
        this.waiting = waiting;
        this.failures = new FailureBudget(policy.deviceRestarts(), policy.window());
        this.events = context.messageAdapter(TransportActor.Event.class, TransportSays::new);
        this.steps = context.messageAdapter(Done.class, _ -> new StepDone());
    }

    @Override
    public Behavior<Command> onMessage(Command message) {
        return switch (message) {
            case StepDone _ -> onStepDone();
            case Opened m -> onOpened(m);
            case OpenFailed m -> onOpenFailed(m);
            case ConfigChanged m -> onConfigChanged(m);
            case TransportSays(TransportActor.SocketFailed m) -> transportEnded(m.reason());
            case Command m when nextStep != null -> onBusy(m);
            case TransportSays(TransportActor.QueueFailed m) -> onFailure("a queue failed too often: " + m.cause());
            case HostFailed m -> onHostFailed(m);
            case Start m -> onStart(m);
            case Stop m -> onStop(m);
            case Restart m -> onRestart(m);
            case Execute m -> onExecute(m);
            case Retry _ -> onRetry();
            case Remove _ -> onRemove();
        };
    }

    @Override
    public Behavior<Command> onSignal(Signal signal) {
        if (signal instanceof PostStop) {
            // Nothing to do after Remove; when the actor system ends without that, the children have stopped before.
            kept.close();
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
            default -> {}
        }
    }

    private Behavior<Command> onStart(Start message) {
        switch (wiring.monitor().state()) {
            case STOPPED, QUARANTINED, BACKING_OFF -> {
                failures.forgive();
                open(message.replyTo());
            }
            case RUNNING, STARTING -> message.replyTo().tell(new Outcome.Done(spec().name() + " runs already."));
        }
        return this;
    }

    private Behavior<Command> onStop(Stop message) {
        cancelRetry();
        closeDevice(() -> {
            wiring.monitor().state(DeviceState.STOPPED);
            LOG.info("{}: stopped", spec().name());
            message.replyTo().tell(new Outcome.Done(""));
        });
        return settled();
    }

    private Behavior<Command> onRestart(Restart message) {
        restart(message.replyTo());
        return settled();
    }

    private void restart(@Nullable ActorRef<Outcome> replyTo) {
        cancelRetry();
        closeDevice(() -> {
            wiring.monitor().countRestart();
            open(replyTo);
        });
    }

    private Behavior<Command> onExecute(Execute message) {
        if (deviceActor == null) {
            message.replyTo()
                    .tell(new Outcome.Refused(spec().name() + " is "
                            + wiring.monitor().state().name().toLowerCase(java.util.Locale.ROOT) + "."));
        } else {
            deviceActor.tell(new DeviceActor.Execute(message.verb(), message.arguments(), message.replyTo()));
        }
        return this;
    }

    private Behavior<Command> onRemove() {
        cancelRetry();
        ActorRef<TransportActor.Command> closing = transport;
        if (closing == null) {
            closeDevice(this::closeKept);
        } else {
            // The transport drains the queues before it ends; then nobody uses the device any more.
            transport = null;
            getContext().unwatch(closing);
            getContext().watchWith(closing, new StepDone());
            closing.tell(TransportActor.Close.INSTANCE);
            then(() -> closeDevice(this::closeKept));
        }
        return settled();
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
                                () -> Opening.open(spec(), context),
                                wiring.loops().blocking()),
                        (device, failure) -> device != null
                                ? new Opened(device, opening)
                                : new OpenFailed(Opening.describe(spec(), failure)));
    }

    private Behavior<Command> onOpened(Opened message) {
        DeviceOffer fresh = DeviceOffer.of(message.device());
        ActorRef<DeviceActor.Command> actor = getContext()
                .spawn(
                        DeviceActor.create(
                                spec().name(), message.device(), wiring.loops().blocking()),
                        "host-" + message.opening(),
                        wiring.loops().queueDispatcher(wiring.firstQueueLoop()));
        deviceActor = actor;
        boolean connected = wiring.monitor().connection().isPresent();
        if (connected && offer != null && !offer.equals(fresh)) {
            closeDevice(() -> failed("the guest would see another device than the one it found; "
                    + "restart it when no front end is connected"));
            return settled();
        }
        offer = fresh;
        OpenDevice open = new OpenDevice(message.device(), actor);
        if (transport == null) {
            ActorRef<TransportActor.Command> spawned =
                    getContext().spawn(TransportActor.create(wiring, open, events), "transport-" + message.opening());
            getContext().watch(spawned);
            transport = spawned;
            spawned.tell(new TransportActor.AttachDevice(open, steps));
        } else {
            transport.tell(new TransportActor.AttachDevice(open, steps));
        }
        then(this::running);
        return this;
    }

    private void running() {
        wiring.monitor().state(DeviceState.RUNNING);
        LOG.info("{}: {} serves on {}", spec().name(), spec().factory().type(), spec().endpoint());
        answer(new Outcome.Done(""));
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
        failed(message.reason());
        return settled();
    }

    private Behavior<Command> transportEnded(String reason) {
        if (transport != null) {
            getContext().unwatch(transport);
            transport = null;
            closeDevice(() -> failed(reason));
        }
        return settled();
    }

    private Behavior<Command> onHostFailed(HostFailed message) {
        return message.ofGeneration() == generation
                ? onFailure(String.valueOf(message.cause().getMessage()))
                : this;
    }

    /** The device runs no more or should not: closes it and tries again, or gives it up. */
    private Behavior<Command> onFailure(String reason) {
        if (wiring.monitor().state() == DeviceState.RUNNING) {
            closeDevice(() -> failed(reason));
        }
        return settled();
    }

    /** Something kept the closed device from running: it is tried again after a while, or given up. */
    private void failed(String reason) {
        String text = spec().name() + ": " + reason;
        wiring.monitor().problem(text);
        if (failures.spend()) {
            Duration wait = spec().restarts().backoff(failures.spent());
            LOG.error("{}; it is tried again in {} ms", text, wait.toMillis());
            wiring.monitor().state(DeviceState.BACKING_OFF);
            retry = getContext().scheduleOnce(wait, getContext().getSelf(), new Retry());
        } else {
            LOG.error("{}; it failed too often and waits to be started by an operator", text);
            wiring.monitor().state(DeviceState.QUARANTINED);
        }
        answer(new Outcome.Refused(text));
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

    /** Takes the device away from its queues and closes it; what follows runs when it is closed. */
    private void closeDevice(Runnable next) {
        ActorRef<DeviceActor.Command> closing = deviceActor;
        if (closing == null) {
            next.run();
            return;
        }
        deviceActor = null;
        Runnable close = () -> {
            closing.tell(new DeviceActor.Close(steps));
            then(next);
        };
        if (transport == null) {
            close.run();
        } else {
            transport.tell(new TransportActor.DetachDevice(steps));
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
