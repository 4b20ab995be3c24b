package dev.troupe.actors.tree;

import dev.troupe.actors.connection.OpenDevice;
import dev.troupe.actors.connection.Wiring;
import dev.troupe.actors.daemon.DeviceSpec;
import dev.troupe.actors.device.VirtioDevice;
import dev.troupe.actors.host.DeviceActor;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BiConsumer;
import java.util.function.Consumer;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.jspecify.annotations.Nullable;

/**
 * The opening of a device that there is, if there is one, and what outlives it. Opens and closes it on threads that may
 * block; what follows is one of the supervisor's {@link Steps}.
 */
final class DeviceInstance {

    private final ActorContext<DeviceSupervisor.Command> context;
    private final Wiring wiring;
    private final Steps steps;
    private final DeviceSockets sockets;
    private final KeptThings kept = new KeptThings();
    private final SharedThings.User shared;
    private @Nullable OpenDevice device;
    private int generation;

    DeviceInstance(
            ActorContext<DeviceSupervisor.Command> context,
            Wiring wiring,
            Steps steps,
            DeviceSockets sockets,
            SharedThings.User shared) {
        this.context = context;
        this.wiring = wiring;
        this.steps = steps;
        this.sockets = sockets;
        this.shared = shared;
    }

    /** The device, if it is open. */
    @Nullable
    OpenDevice device() {
        return device;
    }

    /** The number of the last opening. */
    int generation() {
        return generation;
    }

    /** Whether a number is that of the last opening; what earlier ones say does not count any more. */
    boolean isCurrent(int ofGeneration) {
        return ofGeneration == generation;
    }

    /**
     * Opens what is wanted now.
     *
     * @param opened gets the device and what a guest finds in it
     * @param failed gets the reason why there is none
     */
    void open(BiConsumer<OpenDevice, Appearance> opened, Consumer<String> failed) {
        generation++;
        int opening = generation;
        SupervisedDeviceContext surroundings =
                new SupervisedDeviceContext(wiring, context.getSelf(), opening, kept, shared, new AtomicBoolean());
        steps.answer(
                CompletableFuture.supplyAsync(
                        () -> Opening.open(
                                spec(),
                                surroundings,
                                wiring.keep().state(spec().factory().type())),
                        wiring.loops().blocking()),
                (fresh, failure) -> {
                    if (fresh != null) {
                        Appearance appearance = Appearance.of(fresh);
                        opened.accept(adopt(fresh, opening), appearance);
                    } else {
                        failed.accept(Opening.describe(spec(), failure));
                    }
                });
    }

    private OpenDevice adopt(VirtioDevice fresh, int opening) {
        String type = spec().factory().type();
        OpenDevice open = new OpenDevice(
                fresh,
                context.spawn(
                        DeviceActor.create(
                                spec().name(),
                                fresh,
                                wiring.loops().blocking(),
                                state -> wiring.keep().state(type, state)),
                        "host-" + opening,
                        wiring.loops().queueDispatcher(wiring.firstQueueLoop())));
        device = open;
        return open;
    }

    private DeviceSpec spec() {
        return wiring.spec();
    }

    /** Tells the device the options that changed live, if it is open. */
    void changeSettings(Runnable next) {
        OpenDevice open = device;
        if (open == null) {
            next.run();
        } else {
            open.actor().tell(new DeviceActor.ChangeSettings(spec().settings(), steps.done()));
            steps.then(next);
        }
    }

    /** Takes the device away from its queues and closes it; requests under way are finished first. */
    void close(Runnable next) {
        close(false, next);
    }

    /** Closes the device; requests under way stay in the in-flight logs. */
    void closeHastily(Runnable next) {
        close(true, next);
    }

    private void close(boolean hasty, Runnable next) {
        OpenDevice closing = device;
        if (closing == null) {
            next.run();
            return;
        }
        device = null;
        sockets.detach(hasty, () -> {
            closing.actor().tell(new DeviceActor.Close(steps.done()));
            steps.then(next);
        });
    }

    /** The device serves: what it had of earlier openings and does not need any more is given back. */
    void dropUnused() {
        wiring.keep().dropUnusedMemories();
        wiring.loops().blocking().execute(shared::dropUnused);
    }

    /** Gives back what outlives each opening, which may block. */
    void closeKept(Runnable next) {
        steps.afterwards(
                CompletableFuture.runAsync(this::closeKept, wiring.loops().blocking()), next);
    }

    /** Gives back what outlives each opening, at once: for a supervisor that has ended. */
    void closeKept() {
        kept.close();
        shared.close();
    }
}
