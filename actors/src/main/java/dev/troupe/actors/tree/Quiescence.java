package dev.troupe.actors.tree;

import dev.troupe.actors.connection.Wiring;
import dev.troupe.actors.daemon.Outcome;
import dev.troupe.actors.daemon.RestartCause;
import org.apache.pekko.Done;
import org.apache.pekko.actor.typed.ActorRef;

/**
 * The time in which a device is quiet and everything is ready for a successor in another process. Belongs to the device's
 * supervisor.
 */
final class Quiescence {

    private final Wiring wiring;
    private final Steps steps;
    private final DeviceSockets sockets;
    private final DeviceInstance instance;
    private final DeviceLifecycle lifecycle;
    private final RestartLog restarts;
    private boolean on;
    private boolean wasWanted;

    Quiescence(
            Wiring wiring,
            Steps steps,
            DeviceSockets sockets,
            DeviceInstance instance,
            DeviceLifecycle lifecycle,
            RestartLog restarts) {
        this.wiring = wiring;
        this.steps = steps;
        this.sockets = sockets;
        this.instance = instance;
        this.lifecycle = lifecycle;
        this.restarts = restarts;
    }

    /** Whether the device is quiet. */
    boolean isOn() {
        return on;
    }

    /** Becomes quiet and stays so. */
    void begin(ActorRef<Done> replyTo) {
        reach(() -> {
            on = true;
            steps.rest();
            replyTo.tell(Done.getInstance());
        });
    }

    /** Closes the device without waiting for requests, and lets the sockets rest. */
    void reach(Runnable next) {
        lifecycle.cancelRetry();
        wasWanted = switch (wiring.monitor().state()) {
            case RUNNING, STARTING, BACKING_OFF -> true;
            case STOPPED, QUARANTINED -> false;
        };
        restarts.begin(RestartCause.HAND_OVER, "");
        instance.closeHastily(() -> sockets.rest(restarts.sinceNanos(), next));
    }

    /** Is quiet no more, whatever comes now. */
    void end() {
        on = false;
        steps.forget();
    }

    /** There is no successor: what served before serves again. */
    void resume(ActorRef<Outcome> replyTo) {
        end();
        if (wasWanted) {
            lifecycle.open(new StartRequest.Commanded(replyTo));
        } else {
            restarts.forget();
            sockets.goOnWithoutDevice();
            replyTo.tell(new Outcome.Done(""));
        }
    }
}
