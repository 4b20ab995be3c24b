package dev.troupe.runtime.reload;

import dev.troupe.actors.daemon.DaemonCommand;
import dev.troupe.actors.daemon.DaemonStatus;
import dev.troupe.actors.daemon.DeviceSpec;
import dev.troupe.actors.daemon.DeviceState;
import dev.troupe.actors.daemon.DeviceStatus;
import dev.troupe.actors.daemon.Endpoint;
import dev.troupe.actors.daemon.Outcome;
import dev.troupe.actors.daemon.Removal;
import dev.troupe.actors.device.ChangeEffect;
import dev.troupe.config.ConfigDifference;
import dev.troupe.runtime.control.DaemonGate;
import java.nio.file.Path;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.Deque;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.function.Function;
import java.util.stream.Collectors;
import org.apache.pekko.actor.typed.ActorRef;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One plan that is carried out: all of it, or, if a step fails, none. What can be found out before is found out before. One
 * thread, which waits for the daemon.
 *
 * <p>Devices that go away are stopped first, so that others may have their files, and closed last, so that they can be
 * taken back for as long as possible.
 */
final class PlanRun {

    private static final Logger LOG = LoggerFactory.getLogger(PlanRun.class);

    private final DaemonGate daemon;
    private final ConfigDifference plan;
    private final boolean force;
    private final Map<String, DeviceStatus> before = new HashMap<>();
    private final Deque<Step> undo = new ArrayDeque<>();

    /** What takes a step back, and in what words. */
    private record Step(String what, Function<ActorRef<Outcome>, DaemonCommand> command) {}

    /**
     * Why a plan was not carried out.
     *
     * @param reason one or more lines
     * @param left what could not be taken back, a line each that begins with its end; empty if all is as it was before
     */
    record Failure(String reason, String left) {

        /** For an operator who knows what was to be done. */
        String text() {
            return reason + left;
        }
    }

    PlanRun(DaemonGate daemon, ConfigDifference plan, boolean force) {
        this.daemon = daemon;
        this.plan = plan;
        this.force = force;
        DaemonStatus status = daemon.<DaemonStatus>command(DaemonCommand.GetStatus::new)
                .toCompletableFuture()
                .join();
        status.devices().forEach(device -> before.put(device.name(), device));
    }

    /** Why it would not work, as far as that can be told without doing it; empty if nothing speaks against it. */
    List<String> objections() {
        List<String> objections = new ArrayList<>();
        plan.removed().stream()
                .filter(spec -> !force && isConnected(spec))
                .forEach(spec -> objections.add(spec.name() + ": it would be removed, and a front end is connected;"
                        + " disconnect that first, or say --force."));
        for (ConfigDifference.DeviceChange change : plan.changed()) {
            boolean visible = change.effect() == ChangeEffect.GUEST_VISIBLE;
            boolean off = change.before().enabled() && !change.after().enabled();
            if (!force && isConnected(change.after()) && (visible || off)) {
                objections.add(change.after().name() + ": " + (visible ? visibleOptions(change) : "enabled")
                        + " cannot change while a front end is connected; disconnect that first, or say --force.");
            } else if (change.effect() != ChangeEffect.LIVE) {
                rehearse(change.after()).ifPresent(objections::add);
            }
        }
        for (DeviceSpec spec : plan.added()) {
            if (before.containsKey(spec.name())) {
                objections.add(spec.name() + ": the device that was told to go is still there; 'troupe status' shows"
                        + " when it has gone, and 'troupe remove --force' does not wait for its front end.");
            } else {
                rehearse(spec).ifPresent(objections::add);
            }
        }
        return objections;
    }

    private static String visibleOptions(ConfigDifference.DeviceChange change) {
        return change.options().stream()
                .filter(option -> option.effect() == ChangeEffect.GUEST_VISIBLE)
                .map(ConfigDifference.OptionChange::option)
                .collect(Collectors.joining(", "));
    }

    private Optional<String> rehearse(DeviceSpec spec) {
        return spec.enabled() ? refusal(replyTo -> new DaemonCommand.RehearseDevice(spec, replyTo)) : Optional.empty();
    }

    private boolean isConnected(DeviceSpec spec) {
        DeviceStatus status = before.get(spec.name());
        return status != null && status.connection().isPresent();
    }

    /**
     * Does it.
     *
     * @return what failed, if anything did
     */
    Optional<Failure> carryOut() {
        return steps().map(reason -> new Failure(reason, takeBack()));
    }

    private Optional<String> steps() {
        for (DeviceSpec spec : plan.removed()) {
            Optional<String> failed = putAside(spec);
            if (failed.isPresent()) {
                return failed;
            }
        }
        for (ConfigDifference.DeviceChange change : plan.changed()) {
            Optional<String> failed = change(change);
            if (failed.isPresent()) {
                return failed;
            }
        }
        Set<Path> freed = plan.removed().stream().map(PlanRun::socket).collect(Collectors.toSet());
        Map<Boolean, List<DeviceSpec>> added =
                plan.added().stream().collect(Collectors.partitioningBy(spec -> freed.contains(socket(spec))));
        return addAll(added.getOrDefault(false, List.of()))
                .or(this::removeAll)
                .or(() -> addAll(added.getOrDefault(true, List.of())));
    }

    /** Closes what stands behind a device that will be removed. */
    private Optional<String> putAside(DeviceSpec spec) {
        DeviceStatus status = before.get(spec.name());
        if (status == null || (status.state() != DeviceState.RUNNING && status.state() != DeviceState.BACKING_OFF)) {
            return Optional.empty();
        }
        Optional<String> failed = refusal(replyTo -> new DaemonCommand.StopDevice(spec.name(), replyTo));
        if (failed.isEmpty()) {
            undo.push(new Step(
                    spec.name() + " is started again", replyTo -> new DaemonCommand.StartDevice(spec.name(), replyTo)));
        }
        return failed;
    }

    private Optional<String> change(ConfigDifference.DeviceChange change) {
        Optional<String> failed =
                refusal(replyTo -> new DaemonCommand.ChangeDevice(change.after(), change.effect(), force, replyTo));
        if (failed.isEmpty()) {
            undo.push(new Step(
                    change.before().name() + " becomes what it was",
                    replyTo -> new DaemonCommand.ChangeDevice(change.before(), change.effect(), true, replyTo)));
        }
        return failed;
    }

    private Optional<String> addAll(List<DeviceSpec> added) {
        for (DeviceSpec spec : added) {
            Optional<String> failed = refusal(replyTo -> new DaemonCommand.AddDevice(spec, replyTo));
            // A device that could not be opened is there all the same, and would be tried again.
            undo.push(new Step(
                    spec.name() + " is removed again",
                    replyTo -> new DaemonCommand.RemoveDevice(spec.name(), Removal.FORCE, replyTo)));
            if (failed.isPresent()) {
                return failed;
            }
        }
        return Optional.empty();
    }

    private Optional<String> removeAll() {
        for (DeviceSpec spec : plan.removed()) {
            Removal how = force ? Removal.DRAIN : Removal.IF_DISCONNECTED;
            Optional<String> failed = refusal(replyTo -> new DaemonCommand.RemoveDevice(spec.name(), how, replyTo));
            if (failed.isPresent()) {
                return failed;
            }
            undo.push(new Step(spec.name() + " is added again", replyTo -> new DaemonCommand.AddDevice(spec, replyTo)));
        }
        return Optional.empty();
    }

    /** Takes back what was done, the last first; what of that failed, for the operator. */
    private String takeBack() {
        StringBuilder left = new StringBuilder();
        for (Step step : undo) {
            LOG.info("Taking back: {}", step.what());
            refusal(step.command())
                    .ifPresent(reason ->
                            left.append("\nThis could not be taken back: ").append(reason));
        }
        return left.toString();
    }

    private Optional<String> refusal(Function<ActorRef<Outcome>, DaemonCommand> command) {
        Outcome outcome = daemon.<Outcome>command(command)
                .exceptionally(cause -> new Outcome.Refused("The daemon did not answer."))
                .toCompletableFuture()
                .join();
        return outcome instanceof Outcome.Refused refused ? Optional.of(refused.reason()) : Optional.empty();
    }

    private static Path socket(DeviceSpec spec) {
        return switch (spec.endpoint()) {
            case Endpoint.Listen listen -> listen.path();
            case Endpoint.Connect connect -> connect.path();
            case Endpoint.Inherited inherited -> Path.of("fd " + inherited.number());
        };
    }
}
