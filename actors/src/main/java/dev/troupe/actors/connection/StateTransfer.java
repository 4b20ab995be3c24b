package dev.troupe.actors.connection;

import dev.troupe.actors.device.SavedState;
import dev.troupe.actors.host.DeviceActor;
import dev.troupe.actors.migration.StateChannel;
import dev.troupe.actors.migration.StateDocument;
import dev.troupe.actors.migration.StateException;
import dev.troupe.actors.session.RefusedException;
import dev.troupe.transport.protocol.FrontEndMessage;
import java.time.Duration;
import java.util.Optional;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;
import java.util.concurrent.Executor;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.AskPattern;
import org.jspecify.annotations.Nullable;

/**
 * The transfer of a device's state to or from its front end (SET_DEVICE_STATE_FD, CHECK_DEVICE_STATE): one at a time, on a
 * thread of its own, since the other side may let it wait. Belongs to the connection's actor.
 */
final class StateTransfer {

    private static final Executor OWN_THREAD =
            task -> Thread.ofPlatform().name("troupe-state").daemon().start(task);
    private static final int LOAD = 1;
    private static final Duration WHOLE = Duration.ofSeconds(60);
    private static final Duration IDLE = Duration.ofSeconds(10);
    private static final String NONE = "no state has been transferred";

    private final ActorContext<ConnectionActor.Command> context;
    private final Wiring wiring;
    private @Nullable StateChannel underWay;
    private Optional<String> problem = Optional.of(NONE);
    private @Nullable Runnable waiting;

    StateTransfer(ActorContext<ConnectionActor.Command> context, Wiring wiring) {
        this.context = context;
        this.wiring = wiring;
    }

    /** Begins a transfer; {@link ConnectionActor.StateTransferred} tells of its end. */
    void begin(FrontEndMessage.SetDeviceStateFd message, OpenDevice device) {
        if (underWay != null) {
            throw new RefusedException("a transfer of the state is under way");
        }
        StateChannel channel = new StateChannel(message.fds().take(), WHOLE, IDLE);
        underWay = channel;
        problem = Optional.of("it has not ended");
        int type = wiring.spec().factory().virtioId();
        CompletionStage<Optional<String>> transfer = message.direction() == LOAD
                ? CompletableFuture.supplyAsync(() -> receive(channel, type), OWN_THREAD)
                        .thenCompose(state -> load(device.actor(), state))
                : save(device.actor())
                        .thenApplyAsync(state -> send(channel, StateDocument.encode(type, state)), OWN_THREAD);
        // Closed before it counts as ended, and also if it never began.
        context.pipeToSelf(
                transfer.whenComplete((_, _) -> channel.close()),
                (outcome, failure) -> new ConnectionActor.StateTransferred(
                        failure == null ? outcome : Optional.of(describe(failure))));
    }

    private static SavedState receive(StateChannel channel, int type) {
        return StateDocument.decode(type, channel.readAll(StateDocument.HEADER_BYTES + StateDocument.MAX_BODY_BYTES));
    }

    private static Optional<String> send(StateChannel channel, byte[] document) {
        channel.writeAll(document);
        return Optional.empty();
    }

    private CompletionStage<SavedState> save(ActorRef<DeviceActor.Command> device) {
        return AskPattern.ask(
                device, DeviceActor.SaveState::new, WHOLE, context.getSystem().scheduler());
    }

    private CompletionStage<Optional<String>> load(ActorRef<DeviceActor.Command> device, SavedState state) {
        return AskPattern.ask(
                device,
                replyTo -> new DeviceActor.LoadState(state, replyTo),
                WHOLE,
                context.getSystem().scheduler());
    }

    private static String describe(Throwable failure) {
        Throwable cause =
                failure instanceof CompletionException && failure.getCause() != null ? failure.getCause() : failure;
        return cause instanceof StateException ? String.valueOf(cause.getMessage()) : String.valueOf(cause);
    }

    /** A transfer has ended. */
    void ended(Optional<String> wrong) {
        underWay = null;
        problem = wrong;
        Runnable next = waiting;
        waiting = null;
        if (next != null) {
            next.run();
        }
    }

    /** Runs something when the transfer under way has ended; at once if there is none. */
    void whenEnded(Runnable then) {
        if (underWay == null) {
            then.run();
        } else {
            waiting = then;
        }
    }

    /** What was wrong with the last transfer; nothing if it went well. */
    Optional<String> problem() {
        return problem;
    }

    /** The rings are used again, or the front end is gone: a state that is on its way is worth nothing. */
    void cancel() {
        if (underWay != null) {
            underWay.cancel();
        }
    }
}
