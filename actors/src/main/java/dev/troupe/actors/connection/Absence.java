package dev.troupe.actors.connection;

import dev.troupe.actors.host.DeviceActor;
import dev.troupe.transport.protocol.Bytes;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionStage;
import java.util.function.Supplier;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Scheduler;
import org.apache.pekko.actor.typed.javadsl.AskPattern;

/**
 * What the driver does to the device while there is none: the next one is told before it serves. A reset undoes the writes
 * before it. Belongs to the connection's actor.
 */
final class Absence {

    private static final int MOST_WRITES = 256;
    private static final Duration PATIENCE = Duration.ofSeconds(30);

    private boolean reset;
    private final List<Write> writes = new ArrayList<>();

    private record Write(int offset, Bytes value) {}

    /** The driver resets the device. */
    void reset() {
        reset = true;
        writes.clear();
    }

    /** The driver writes to the configuration space; false if it does so too often. */
    boolean write(int offset, Bytes value) {
        return writes.size() < MOST_WRITES && writes.add(new Write(offset, value));
    }

    /** Whether there is nothing to tell. */
    boolean isEmpty() {
        return !reset && writes.isEmpty();
    }

    /** Tells a device all of it, and forgets it; done, or failed, when the device has answered or does not. */
    CompletionStage<?> tell(ActorRef<DeviceActor.Command> device, Scheduler scheduler) {
        CompletionStage<?> told = CompletableFuture.completedStage(null);
        if (reset) {
            told = after(told, () -> AskPattern.ask(device, DeviceActor.Reset::new, PATIENCE, scheduler));
        }
        for (Write write : writes) {
            told = after(
                    told,
                    () -> AskPattern.<DeviceActor.Command, DeviceActor.ConfigWritten>ask(
                            device,
                            replyTo -> new DeviceActor.WriteConfig(write.offset(), write.value(), replyTo),
                            PATIENCE,
                            scheduler));
        }
        reset = false;
        writes.clear();
        return told;
    }

    private static CompletionStage<?> after(CompletionStage<?> before, Supplier<CompletionStage<?>> next) {
        return before.thenCompose(_ -> next.get());
    }
}
