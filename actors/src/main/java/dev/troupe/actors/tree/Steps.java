package dev.troupe.actors.tree;

import java.util.concurrent.CompletionStage;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.apache.pekko.Done;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.jspecify.annotations.Nullable;

/**
 * What a supervisor does next, once what it has asked others for has been done: one thing at a time. Belongs to the
 * supervisor.
 */
final class Steps {

    private final ActorContext<DeviceSupervisor.Command> context;
    private final ActorRef<Done> done;
    private @Nullable Runnable next;

    Steps(ActorContext<DeviceSupervisor.Command> context) {
        this.context = context;
        this.done = context.messageAdapter(Done.class, _ -> new DeviceSupervisor.StepDone());
    }

    /** Whether something is waited for. */
    boolean busy() {
        return next != null;
    }

    /** Where the answer goes that {@link #then} waits for. */
    ActorRef<Done> done() {
        return done;
    }

    /** Says what comes next when the answer to what was just asked has arrived. */
    void then(Runnable step) {
        next = step;
    }

    /** The answer has arrived. */
    void goOn() {
        Runnable step = next;
        next = null;
        if (step != null) {
            step.run();
        }
    }

    /** Nothing is waited for any more. */
    void forget() {
        next = null;
    }

    /** Stays busy with nothing until somebody else says how to go on. */
    void rest() {
        next = () -> {};
    }

    /** Waits for an answer that says more than that something has been done. */
    <T> ActorRef<T> answer(Class<T> type, Consumer<T> step) {
        rest();
        return context.messageAdapter(type, answer -> new DeviceSupervisor.Answered(() -> step.accept(answer)));
    }

    /** Waits for the end of something on another thread; the step gets what came of it, or why nothing did. */
    <T> void answer(CompletionStage<T> of, BiConsumer<@Nullable T, @Nullable Throwable> step) {
        rest();
        context.pipeToSelf(of, (value, failure) -> new DeviceSupervisor.Answered(() -> step.accept(value, failure)));
    }

    /** Waits for the end of something on another thread, however it ends. */
    void afterwards(CompletionStage<?> of, Runnable step) {
        then(step);
        context.pipeToSelf(of, (_, _) -> new DeviceSupervisor.StepDone());
    }

    /** Waits for the end of an actor. */
    void afterwards(ActorRef<?> ending, Runnable step) {
        context.unwatch(ending);
        context.watchWith(ending, new DeviceSupervisor.StepDone());
        then(step);
    }
}
