package dev.troupe.actors.host;

import dev.troupe.actors.daemon.ConversationAnswer;
import dev.troupe.actors.daemon.Outcome;
import dev.troupe.actors.device.DeviceException;
import dev.troupe.actors.device.DeviceSettings;
import dev.troupe.actors.device.SavedState;
import dev.troupe.actors.device.VirtioDevice;
import dev.troupe.transport.protocol.Bytes;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.Consumer;
import java.util.function.Function;
import org.apache.pekko.Done;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.SupervisorStrategy;
import org.apache.pekko.actor.typed.javadsl.AbstractMatchingBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.apache.pekko.actor.typed.javadsl.StashBuffer;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Owns one open device. Runs on the event loop of the device's first queue. Ends by {@link Close} only: whoever watches it
 * can rely on the host resource being given back by then.
 */
public final class DeviceActor extends AbstractMatchingBehavior<DeviceActor.Command> {

    private static final Logger LOG = LoggerFactory.getLogger(DeviceActor.class);
    private static final int STASHED_COMMANDS = 1000;

    private final String name;
    private final VirtioDevice device;
    private final Executor blocking;
    private final Consumer<SavedState> keeper;
    private final StashBuffer<Command> waiting;
    private final Conversations conversations = new Conversations();
    private boolean busy;

    /** What a device is told. */
    public sealed interface Command {}

    /** The driver writes to the configuration space. */
    public record WriteConfig(int offset, Bytes value, ActorRef<ConfigWritten> replyTo) implements Command {}

    /** The driver reset the device. */
    public record Reset(ActorRef<Done> replyTo) implements Command {}

    /** Options that take effect at once have other values now. */
    public record ChangeSettings(DeviceSettings now, ActorRef<Done> replyTo) implements Command {}

    /** An operator's command. */
    public record Execute(String verb, List<String> arguments, ActorRef<Outcome> replyTo) implements Command {}

    /** An operator wants to talk. */
    public record Converse(String verb, List<String> arguments, ActorRef<ConversationAnswer> replyTo)
            implements Command {}

    /**
     * What has to outlive the device changed.
     *
     * @param due made false before it is looked at
     */
    public record KeepState(AtomicBoolean due) implements Command {}

    /** What has to outlive the device? */
    public record SaveState(ActorRef<SavedState> replyTo) implements Command {}

    /** Take over what another device saved. Answered with nothing, or with what is wrong with it. */
    public record LoadState(SavedState state, ActorRef<Optional<String>> replyTo) implements Command {}

    /** Give the host resource back and end. No queue may use the device any more. */
    public record Close(ActorRef<Done> replyTo) implements Command {}

    private record Executed(Runnable answer) implements Command {}

    private record Closed(ActorRef<Done> replyTo) implements Command {}

    /**
     * The answer to {@link WriteConfig}.
     *
     * @param accepted whether the write was allowed and done
     */
    public record ConfigWritten(boolean accepted) {}

    /**
     * Creates the behaviour that owns an open device.
     *
     * @param keeper gets what has to outlive the device, whenever it may have changed
     */
    public static Behavior<Command> create(
            String name, VirtioDevice device, Executor blocking, Consumer<SavedState> keeper) {
        return Behaviors.withStash(
                STASHED_COMMANDS + 2,
                stash -> Behaviors.supervise(Behaviors.<Command>setup(
                                context -> new DeviceActor(context, name, device, blocking, keeper, stash)))
                        .onFailure(RuntimeException.class, SupervisorStrategy.resume()));
    }

    private DeviceActor(
            ActorContext<Command> context,
            String name,
            VirtioDevice device,
            Executor blocking,
            Consumer<SavedState> keeper,
            StashBuffer<Command> waiting) {
        super(context);
        this.name = name;
        this.device = device;
        this.blocking = blocking;
        this.keeper = keeper;
        this.waiting = waiting;
    }

    @Override
    public Behavior<Command> onMessage(Command message) {
        return switch (message) {
            case Executed m -> onExecuted(m);
            case Closed m -> onClosed(m);
            case Command m when busy -> onBusy(m);
            case WriteConfig m -> onWriteConfig(m);
            case Reset m -> onReset(m);
            case ChangeSettings m -> onChangeSettings(m);
            case Execute m -> onExecute(m);
            case Converse m -> onConverse(m);
            case KeepState m -> onKeepState(m);
            case SaveState m -> onSaveState(m);
            case LoadState m -> onLoadState(m);
            case Close m -> onClose(m);
        };
    }

    private Behavior<Command> onBusy(Command message) {
        // The supervisor asks for one thing at a time; only front ends and operators can ask for many.
        if (waiting.size() < STASHED_COMMANDS || message instanceof Close || message instanceof ChangeSettings) {
            waiting.stash(message);
        } else {
            refuse(message);
        }
        return this;
    }

    /** A front end that comes and goes while a command takes its time can ask for more than anybody wants to remember. */
    private void refuse(Command message) {
        Outcome.Refused refused = new Outcome.Refused(name + " has too much to do already.");
        switch (message) {
            case WriteConfig m -> m.replyTo().tell(new ConfigWritten(false));
            case Reset m -> m.replyTo().tell(Done.getInstance());
            case SaveState m -> m.replyTo().tell(SavedState.NONE);
            case LoadState m -> m.replyTo().tell(Optional.of(refused.reason()));
            case KeepState m -> m.due().set(false);
            case Execute m -> m.replyTo().tell(refused);
            case Converse m -> m.replyTo().tell(new ConversationAnswer.Refused(refused.reason()));
            default -> {}
        }
    }

    private Behavior<Command> onWriteConfig(WriteConfig message) {
        boolean accepted = false;
        try {
            accepted = device.writeConfigSpace(message.offset(), message.value().toArray());
        } catch (Throwable e) {
            LOG.error("{}: writing the configuration space failed by a bug", name, e);
        }
        keepState();
        message.replyTo().tell(new ConfigWritten(accepted));
        return this;
    }

    private Behavior<Command> onReset(Reset message) {
        try {
            device.reset();
        } catch (Throwable e) {
            LOG.error("{}: the reset failed by a bug", name, e);
        }
        keepState();
        message.replyTo().tell(Done.getInstance());
        return this;
    }

    private Behavior<Command> onChangeSettings(ChangeSettings message) {
        try {
            device.settingsChanged(message.now());
        } catch (Throwable e) {
            LOG.error("{}: taking changed settings over failed by a bug", name, e);
        }
        message.replyTo().tell(Done.getInstance());
        return this;
    }

    private SavedState keepState() {
        SavedState state = SavedState.NONE;
        try {
            state = device.saveState();
            keeper.accept(state);
        } catch (Throwable e) {
            LOG.error("{}: saving its state failed by a bug", name, e);
        }
        return state;
    }

    private Behavior<Command> onKeepState(KeepState message) {
        message.due().set(false);
        keepState();
        return this;
    }

    private Behavior<Command> onSaveState(SaveState message) {
        message.replyTo().tell(keepState());
        return this;
    }

    private Behavior<Command> onLoadState(LoadState message) {
        Optional<String> problem = Optional.empty();
        try {
            device.loadState(message.state());
            keepState();
        } catch (DeviceException e) {
            problem = Optional.of(String.valueOf(e.getMessage()));
        } catch (Throwable e) {
            LOG.error("{}: loading its state failed by a bug", name, e);
            problem = Optional.of("loading it failed by a bug; the log tells more");
        }
        message.replyTo().tell(problem);
        return this;
    }

    private Behavior<Command> onExecute(Execute message) {
        return execute(
                message.verb(),
                () -> new Outcome.Done(device.command(message.verb(), message.arguments())),
                Outcome.Refused::new,
                message.replyTo());
    }

    private Behavior<Command> onConverse(Converse message) {
        return execute(
                message.verb(),
                () -> new ConversationAnswer.Agreed(
                        conversations.during(device.converse(message.verb(), message.arguments()))),
                ConversationAnswer.Refused::new,
                message.replyTo());
    }

    /** Has the device carry out a command on a thread that may block; what comes meanwhile waits. */
    private <T> Behavior<Command> execute(
            String verb, DeviceTask<T> task, Function<String, T> refusal, ActorRef<T> replyTo) {
        busy = true;
        getContext()
                .pipeToSelf(
                        CompletableFuture.supplyAsync(() -> attempt(verb, task, refusal), blocking),
                        (answer, failure) -> new Executed(
                                () -> replyTo.tell(answer == null ? refusal.apply(name + ": " + failure) : answer)));
        return this;
    }

    private interface DeviceTask<T> {
        T run() throws DeviceException;
    }

    private <T> T attempt(String verb, DeviceTask<T> task, Function<String, T> refusal) {
        try {
            return task.run();
        } catch (DeviceException e) {
            return refusal.apply(name + ": " + e.getMessage());
        } catch (Throwable e) {
            LOG.error("{}: command {} failed by a bug", name, verb, e);
            return refusal.apply(name + ": " + verb + " failed by a bug; the log tells more");
        }
    }

    private Behavior<Command> onExecuted(Executed message) {
        message.answer().run();
        keepState();
        busy = false;
        return waiting.unstashAll(this);
    }

    private Behavior<Command> onClose(Close message) {
        busy = true;
        conversations.end();
        keepState();
        getContext()
                .pipeToSelf(
                        CompletableFuture.runAsync(device::close, blocking),
                        (_, failure) -> closed(failure, message.replyTo()));
        return this;
    }

    private Command closed(Throwable failure, ActorRef<Done> replyTo) {
        if (failure != null) {
            LOG.error("{}: closing the device failed", name, failure);
        }
        return new Closed(replyTo);
    }

    private Behavior<Command> onClosed(Closed message) {
        message.replyTo().tell(Done.getInstance());
        return Behaviors.stopped();
    }
}
