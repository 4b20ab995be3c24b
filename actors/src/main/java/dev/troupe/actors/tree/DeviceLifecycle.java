package dev.troupe.actors.tree;

import dev.troupe.actors.connection.OpenDevice;
import dev.troupe.actors.connection.Wiring;
import dev.troupe.actors.daemon.DeviceSpec;
import dev.troupe.actors.daemon.DeviceState;
import dev.troupe.actors.daemon.RestartCause;
import dev.troupe.actors.daemon.Sentence;
import dev.troupe.actors.queue.FailureBudget;
import java.time.Duration;
import java.util.Optional;
import org.apache.pekko.actor.Cancellable;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * Brings a device up and down behind its sockets: opens it, tries again after a failure, later each time, and gives it up
 * after too many. Belongs to the device's supervisor.
 */
final class DeviceLifecycle {

    private static final Logger LOG = LoggerFactory.getLogger(DeviceLifecycle.class);

    private final ActorContext<DeviceSupervisor.Command> context;
    private final Wiring wiring;
    private final DeviceSockets sockets;
    private final DeviceInstance instance;
    private final GuestView guest = new GuestView();
    private final RestartLog restarts;
    private final FailureBudget failures;
    private StartRequest request = StartRequest.UNASKED;
    private @Nullable Cancellable retry;
    private boolean leaving;

    DeviceLifecycle(
            ActorContext<DeviceSupervisor.Command> context,
            Wiring wiring,
            DeviceSockets sockets,
            DeviceInstance instance,
            RestartLog restarts) {
        this.context = context;
        this.wiring = wiring;
        this.sockets = sockets;
        this.instance = instance;
        this.restarts = restarts;
        this.failures = new FailureBudget(
                () -> wiring.spec().restarts().deviceRestarts(),
                () -> wiring.spec().restarts().window());
    }

    private DeviceSpec spec() {
        return wiring.spec();
    }

    private DeviceState state() {
        return wiring.monitor().state();
    }

    /** What the guest that is connected knows. */
    GuestView guest() {
        return guest;
    }

    /** What follows, up to its end, is done for a request. */
    void begin(StartRequest fresh) {
        request = fresh;
    }

    /** The request has ended otherwise than by bringing the device up. */
    void endRequest() {
        request = StartRequest.UNASKED;
    }

    /** An operator or a change gives the device another chance. */
    void forgive() {
        failures.forgive();
    }

    /** Starts a device that rests. */
    void start(StartRequest by) {
        cancelRetry();
        forgive();
        if (state() != DeviceState.STOPPED) {
            restarts.endedBy(RestartCause.OPERATOR, "started after it had failed");
        }
        open(by);
    }

    /** Opens the device on a thread that may block. */
    void open(StartRequest by) {
        wiring.monitor().state(DeviceState.STARTING);
        request = by;
        instance.open(this::opened, this::notOpened);
    }

    private void opened(OpenDevice open, Appearance fresh) {
        Optional<String> objection = wiring.monitor().connection().isEmpty()
                ? Optional.empty()
                : guest.objection(fresh, spec().factory(), request.latitude());
        if (objection.isEmpty()) {
            attach(open, fresh);
        } else if (request.latitude() == StartRequest.Latitude.ANYTHING) {
            sockets.close(() -> attach(open, fresh));
        } else {
            instance.close(() -> notOpened(objection.get()));
        }
    }

    private void attach(OpenDevice open, Appearance fresh) {
        boolean tellConfig = guest.show(fresh) && sockets.open();
        sockets.attach(open, fresh.offer(), this::running);
        if (tellConfig) {
            sockets.configChanged();
        }
    }

    private void running() {
        guest.serves();
        instance.dropUnused();
        sayRunning();
        LOG.info("{}: {} serves on {}", spec().name(), spec().factory().type(), spec().endpoint());
        restarts.serves();
        takeRequest().runs();
    }

    private void sayRunning() {
        if (leaving) {
            wiring.monitor().state(DeviceState.RUNNING, "is removed when its front end disconnects");
        } else {
            wiring.monitor().state(DeviceState.RUNNING);
        }
    }

    private StartRequest takeRequest() {
        StartRequest ended = request;
        request = StartRequest.UNASKED;
        return ended;
    }

    private void notOpened(String reason) {
        if (!request.recovers(reason)) {
            failed(RestartCause.HOST_FAILURE, reason);
        }
    }

    /** The sockets are gone, for that reason; without them the device does not run. */
    void socketsLost(String reason) {
        if (sockets.lost()) {
            instance.close(() -> notOpened(reason));
        }
    }

    /** The device runs no more or should not: closes it and tries again, or gives it up. */
    void fail(RestartCause cause, String reason) {
        if (state() == DeviceState.RUNNING) {
            restarts.begin(cause, reason);
            instance.close(() -> failed(cause, reason));
        }
    }

    /** Something kept the closed device from running: it is tried again after a while, or given up. */
    private void failed(RestartCause cause, String reason) {
        restarts.begin(cause, reason);
        String text = spec().name() + ": " + reason;
        wiring.monitor().problem(text);
        sockets.goOnWithoutDevice();
        if (failures.spend()) {
            Duration wait = spec().restarts().backoff(failures.spent());
            LOG.error("{}", Sentence.followedBy(text, "it is tried again in " + wait.toMillis() + " ms"));
            wiring.monitor().state(DeviceState.BACKING_OFF, reason);
            retry = context.scheduleOnce(wait, context.getSelf(), new DeviceSupervisor.Retry());
        } else {
            LOG.error("{}", Sentence.followedBy(text, "it failed too often and waits to be started by an operator"));
            wiring.monitor().state(DeviceState.QUARANTINED, reason);
        }
        takeRequest().failed(text);
    }

    /** It has waited long enough since it failed. */
    void tryAgain() {
        if (state() == DeviceState.BACKING_OFF) {
            wiring.monitor().countRestart();
            open(StartRequest.UNASKED);
        }
    }

    /** Does not try again by itself. */
    void cancelRetry() {
        if (retry != null) {
            retry.cancel();
            retry = null;
        }
    }

    /** Closes the device and opens it as it is wanted now. */
    void restart(RestartCause cause, StartRequest by) {
        cancelRetry();
        restarts.endedBy(cause, "");
        instance.close(() -> {
            wiring.monitor().countRestart();
            open(by);
        });
    }

    /** Closes the device until somebody starts it. */
    void stop(Runnable next) {
        cancelRetry();
        instance.close(() -> {
            restarts.forget();
            wiring.monitor().state(DeviceState.STOPPED);
            LOG.info("{}: stopped", spec().name());
            next.run();
        });
    }

    /** Says that the device is removed as soon as its front end disconnects. */
    void leaveWithFrontEnd() {
        leaving = true;
        sayRunning();
    }

    /** Whether the device is removed as soon as its front end disconnects. */
    boolean leavesWithFrontEnd() {
        return leaving;
    }
}
