package dev.troupe.actors.connection;

import dev.troupe.actors.daemon.DeviceSpec;
import dev.troupe.actors.daemon.Sentence;
import dev.troupe.actors.dispatch.EventLoops;
import dev.troupe.actors.vault.DeviceKeep;
import java.util.Objects;
import java.util.concurrent.atomic.AtomicReference;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What all actors of one device work with.
 *
 * @param current what is wanted of the device now; its supervisor alone changes it, everybody else asks {@link #spec}
 *     again each time
 * @param loops the daemon's threads
 * @param assignedLoop the queue loop of its first queue where the device names none
 * @param monitor its figures
 * @param violations where broken rules are told
 * @param visits where front ends that come and go are told
 * @param keep what of it outlives the process
 */
public record Wiring(
        AtomicReference<DeviceSpec> current,
        EventLoops loops,
        int assignedLoop,
        DeviceMonitor monitor,
        BoundedLog violations,
        BoundedLog visits,
        DeviceKeep keep) {

    private static final Logger LOG = LoggerFactory.getLogger(Wiring.class);

    /** The wiring of a new device. */
    public static Wiring of(
            DeviceSpec spec, EventLoops loops, int assignedLoop, DeviceMonitor monitor, DeviceKeep keep) {
        return new Wiring(
                new AtomicReference<>(spec),
                loops,
                assignedLoop,
                monitor,
                new BoundedLog(spec.name(), LOG::warn, System::nanoTime, loops.control()::schedule),
                new BoundedLog(spec.name(), LOG::info, System::nanoTime, loops.control()::schedule),
                keep);
    }

    /** What is wanted of the device now. Any thread. */
    public DeviceSpec spec() {
        return Objects.requireNonNull(current.get());
    }

    /** From now on something else is wanted of the device, whose name stays. */
    public void spec(DeviceSpec wanted) {
        current.set(wanted);
    }

    /** The number of the queue loop of the device's first queue. */
    public int firstQueueLoop() {
        return spec().eventLoop().orElse(assignedLoop);
    }

    /** The number of the queue loop that serves a queue. */
    public int queueLoop(int queue) {
        return spec().factory().onOneLoop() ? firstQueueLoop() : firstQueueLoop() + queue;
    }

    /** Says and counts that a front end broke a rule. Control loop only. */
    void violated(String what) {
        String text = spec().name() + ": " + what;
        monitor.violation(text);
        violations.say(text);
    }

    /** Says and counts that a guest or a front end broke a rule, and says what follows. Control loop only. */
    void violated(String what, String consequence) {
        String text = spec().name() + ": " + what;
        monitor.violation(text);
        violations.say(Sentence.followedBy(text, consequence));
    }
}
