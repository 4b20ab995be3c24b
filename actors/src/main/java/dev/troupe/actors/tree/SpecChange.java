package dev.troupe.actors.tree;

import dev.troupe.actors.connection.Wiring;
import dev.troupe.actors.daemon.DeviceSpec;
import dev.troupe.actors.daemon.DeviceState;
import dev.troupe.actors.daemon.Outcome;
import dev.troupe.actors.device.ChangeEffect;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** A change of what is wanted of one device that is under way: what it was, and whether it is being taken back. */
final class SpecChange {

    private final DeviceSpec before;
    private final DeviceState stateBefore;
    private final DeviceSupervisor.Change message;
    private @Nullable String refusal;

    SpecChange(Wiring wiring, DeviceSupervisor.Change message) {
        this.before = wiring.spec();
        this.stateBefore = wiring.monitor().state();
        this.message = message;
    }

    /** What was wanted until now. */
    DeviceSpec before() {
        return before;
    }

    DeviceSpec wanted() {
        return message.wanted();
    }

    DeviceState stateBefore() {
        return stateBefore;
    }

    ChangeEffect effect() {
        return message.effect();
    }

    boolean forced() {
        return message.force();
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

    /** It cannot be done; the device becomes again what it was. */
    void takeBack(String reason) {
        refusal = reason;
    }

    boolean takenBack() {
        return refusal != null;
    }

    /** How it ended, once the device runs. */
    Outcome outcome() {
        return refusal == null
                ? new Outcome.Done("")
                : new Outcome.Refused(before.name() + ": " + refusal + "; it goes on as it was");
    }

    /** How it ended if the device does not run. */
    Outcome outcome(String problem) {
        return new Outcome.Refused(
                refusal == null
                        ? problem
                        : before.name() + ": " + refusal + "; then it could not go on as it was: " + problem);
    }

    /** How it ended, for a device that does not run and is not meant to. */
    Outcome rests() {
        return refusal == null
                ? new Outcome.Done(before.name() + " does not run; the change counts when it starts.")
                : new Outcome.Refused(before.name() + ": " + refusal);
    }
}
