package dev.troupe.actors.tree;

import dev.troupe.actors.connection.Wiring;
import dev.troupe.actors.daemon.DeviceSpec;
import dev.troupe.actors.daemon.DeviceState;
import dev.troupe.actors.daemon.Endpoint;
import dev.troupe.actors.daemon.Outcome;
import dev.troupe.actors.daemon.RestartCause;
import dev.troupe.actors.daemon.Sentence;
import dev.troupe.actors.device.ChangeEffect;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * A change of what is wanted of one device, from the first step to the answer. If the device cannot be what is wanted, the
 * change is taken back and the device becomes again what it was. Belongs to the device's supervisor.
 */
final class SpecChange implements StartRequest {

    private static final Logger LOG = LoggerFactory.getLogger(SpecChange.class);

    private final Wiring wiring;
    private final DeviceSockets sockets;
    private final DeviceInstance instance;
    private final DeviceLifecycle lifecycle;
    private final DeviceSupervisor.Change message;
    private final DeviceSpec before;
    private final DeviceState stateBefore;
    private @Nullable String refusal;

    SpecChange(
            Wiring wiring,
            DeviceSockets sockets,
            DeviceInstance instance,
            DeviceLifecycle lifecycle,
            DeviceSupervisor.Change message) {
        this.wiring = wiring;
        this.sockets = sockets;
        this.instance = instance;
        this.lifecycle = lifecycle;
        this.message = message;
        this.before = wiring.spec();
        this.stateBefore = wiring.monitor().state();
    }

    /** Why it cannot be done while a front end is connected, before anything has been tried. */
    static Optional<String> objection(DeviceSpec before, DeviceSupervisor.Change message) {
        if (message.force()) {
            return Optional.empty();
        }
        if (message.effect() == ChangeEffect.GUEST_VISIBLE) {
            return Optional.of("the guest would see another device than the one it found");
        }
        return before.enabled() && !message.wanted().enabled()
                ? Optional.of("the guest's requests would wait for as long as the device is not enabled")
                : Optional.empty();
    }

    /** Makes the device what is wanted, or answers why it stays what it is. */
    void begin() {
        lifecycle.begin(this);
        permit(before.endpoint(), message.wanted().endpoint(), () -> {
            wiring.spec(message.wanted());
            lifecycle.forgive();
            switch (message.effect()) {
                case LIVE -> instance.changeSettings(this::switchOnOrOff);
                case RESTART -> reopen();
                case GUEST_VISIBLE -> sockets.close(this::reopen);
            }
        });
    }

    private DeviceSpec spec() {
        return wiring.spec();
    }

    private void permit(Endpoint old, Endpoint now, Runnable next) {
        sockets.permit(old, now, outcome -> {
            if (outcome instanceof Outcome.Refused refused) {
                end(new Outcome.Refused(spec().name() + ": " + refused.reason()));
            } else {
                next.run();
            }
        });
    }

    private void switchOnOrOff() {
        boolean now = spec().enabled();
        if (now && !before.enabled() && wiring.monitor().state() == DeviceState.STOPPED) {
            lifecycle.open(this);
        } else if (before.enabled() && !now) {
            lifecycle.stop(() -> end(new Outcome.Done("")));
        } else {
            end(new Outcome.Done(""));
        }
    }

    /** Closes the device and opens it as it is wanted now, if it is meant to run. */
    private void reopen() {
        boolean off = stateBefore == DeviceState.STOPPED && before.enabled() == spec().enabled();
        if (off || !spec().enabled()) {
            lifecycle.stop(this::endAtRest);
        } else if (instance.device() == null) {
            lifecycle.cancelRetry();
            lifecycle.open(this);
        } else {
            lifecycle.restart(RestartCause.RELOAD, this);
        }
    }

    /** Until it is taken back, the device may become what a driver copes with; afterwards it is what it was. */
    @Override
    public Latitude latitude() {
        if (refusal != null) {
            return Latitude.SAME_OFFER;
        }
        return message.force() ? Latitude.ANYTHING : Latitude.WHAT_DRIVERS_ALLOW;
    }

    /** The device cannot be what is wanted now: it becomes again what it was. */
    @Override
    public boolean recovers(String reason) {
        if (refusal != null) {
            return false;
        }
        refusal = reason;
        LOG.warn("{}: {}; the change is taken back", spec().name(), reason);
        wiring.spec(before);
        sockets.permit(message.wanted().endpoint(), before.endpoint(), outcome -> {
            if (outcome instanceof Outcome.Refused refused) {
                LOG.warn("{}: the socket stays as the change made it: {}", spec().name(), refused.reason());
            }
            becomeAsBefore();
        });
        return true;
    }

    private void becomeAsBefore() {
        if (stateBefore == DeviceState.STOPPED) {
            lifecycle.stop(this::endAtRest);
        } else {
            lifecycle.open(this);
        }
    }

    @Override
    public void runs() {
        answer(
                refusal == null
                        ? new Outcome.Done("")
                        : new Outcome.Refused(
                                before.name() + ": " + Sentence.followedBy(refusal, "it goes on as it was")));
    }

    @Override
    public void failed(String problem) {
        answer(new Outcome.Refused(
                refusal == null
                        ? problem
                        : before.name() + ": "
                                + Sentence.followedBy(refusal, "then it could not go on as it was: " + problem)));
    }

    /** The device does not run and is not meant to. */
    private void endAtRest() {
        end(
                refusal == null
                        ? new Outcome.Done(before.name() + " does not run; the change counts when it starts.")
                        : new Outcome.Refused(before.name() + ": " + refusal));
    }

    private void end(Outcome outcome) {
        lifecycle.endRequest();
        answer(outcome);
    }

    private void answer(Outcome outcome) {
        message.replyTo().tell(outcome);
    }
}
