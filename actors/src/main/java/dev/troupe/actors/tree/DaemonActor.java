package dev.troupe.actors.tree;

import dev.troupe.actors.connection.DeviceMonitor;
import dev.troupe.actors.connection.Wiring;
import dev.troupe.actors.daemon.ConversationAnswer;
import dev.troupe.actors.daemon.DaemonCommand;
import dev.troupe.actors.daemon.DaemonSpecs;
import dev.troupe.actors.daemon.DaemonStatus;
import dev.troupe.actors.daemon.DeviceSpec;
import dev.troupe.actors.daemon.HandOverAnswer;
import dev.troupe.actors.daemon.Outcome;
import dev.troupe.actors.daemon.Removal;
import dev.troupe.actors.dispatch.EventLoops;
import dev.troupe.actors.vault.DeviceKeep;
import dev.troupe.actors.vault.Inheritance;
import dev.troupe.actors.vault.KeptFds;
import dev.troupe.actors.vault.Vault;
import dev.troupe.transport.sys.SysException;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Consumer;
import java.util.stream.Collectors;
import org.apache.pekko.Done;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.PostStop;
import org.apache.pekko.actor.typed.Signal;
import org.apache.pekko.actor.typed.SupervisorStrategy;
import org.apache.pekko.actor.typed.Terminated;
import org.apache.pekko.actor.typed.javadsl.AbstractMatchingBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;
import org.jspecify.annotations.Nullable;

/** The root of the tree: knows the devices by name and passes on what is meant for one of them. */
final class DaemonActor extends AbstractMatchingBehavior<DaemonCommand> {

    private final EventLoops loops;
    private KeptFds kept = new KeptFds(Vault.none(), Inheritance.empty());
    private final Instant startedAt = Instant.now();
    private final SharedThings shared = new SharedThings();
    private final Map<String, Member> members = new LinkedHashMap<>();
    private final Set<String> leaving = new HashSet<>();
    private final Map<String, List<ActorRef<Outcome>>> removals = new HashMap<>();
    private final List<ActorRef<Outcome>> shutdowns = new ArrayList<>();
    private @Nullable ActorRef<Done> handOver;
    private int nextQueueLoop;
    private int spawned;

    private record Member(Wiring wiring, ActorRef<DeviceSupervisor.Command> supervisor) {}

    static Behavior<DaemonCommand> create(EventLoops loops) {
        return Behaviors.supervise(Behaviors.<DaemonCommand>setup(context -> new DaemonActor(context, loops)))
                .onFailure(RuntimeException.class, SupervisorStrategy.resume());
    }

    private DaemonActor(ActorContext<DaemonCommand> context, EventLoops loops) {
        super(context);
        this.loops = loops;
    }

    @Override
    public Behavior<DaemonCommand> onMessage(DaemonCommand message) {
        switch (message) {
            case DaemonCommand.GetStatus m -> m.replyTo().tell(status());
            case DaemonCommand.GetSpecs m -> m.replyTo().tell(specs());
            case DaemonCommand.AddDevice m -> onAddDevice(m);
            case DaemonCommand.RemoveDevice m -> onRemoveDevice(m);
            case DaemonCommand.StartDevice m ->
                pass(m.device(), m.replyTo(), s -> s.tell(new DeviceSupervisor.Start(m.replyTo())));
            case DaemonCommand.StopDevice m ->
                pass(m.device(), m.replyTo(), s -> s.tell(new DeviceSupervisor.Stop(m.replyTo())));
            case DaemonCommand.RestartDevice m ->
                pass(m.device(), m.replyTo(), s -> s.tell(new DeviceSupervisor.Restart(m.replyTo())));
            case DaemonCommand.RehearseDevice m -> Rehearsal.begin(m, loops.blocking());
            case DaemonCommand.ChangeDevice m ->
                pass(
                        m.wanted().name(),
                        m.replyTo(),
                        s -> s.tell(new DeviceSupervisor.Change(m.wanted(), m.effect(), m.force(), m.replyTo())));
            case DaemonCommand.CommandDevice m ->
                pass(
                        m.device(),
                        m.replyTo(),
                        s -> s.tell(new DeviceSupervisor.Execute(m.verb(), m.arguments(), m.replyTo())));
            case DaemonCommand.ConverseWithDevice m -> onConverse(m);
            case DaemonCommand.Inherit m -> onInherit(m);
            case DaemonCommand.SettleInheritance m -> {
                kept.dropUnclaimed();
                m.replyTo().tell(new Outcome.Done(""));
            }
            case DaemonCommand.HandOver m -> onHandOver(m);
            case DaemonCommand.Resume m -> onResume(m);
            case DaemonCommand.DeviceStays m -> onDeviceStays(m);
            case DaemonCommand.DeviceEnded m -> {
                return onDeviceEnded(m);
            }
            case DaemonCommand.Leave m -> {
                return onLeave(m);
            }
            case DaemonCommand.Shutdown m -> {
                return onShutdown(m);
            }
        }
        return this;
    }

    @Override
    public Behavior<DaemonCommand> onSignal(Signal signal) {
        if (signal instanceof Terminated terminated) {
            return onTerminated(terminated);
        }
        if (signal instanceof PostStop) {
            kept.close();
        }
        return this;
    }

    private void onInherit(DaemonCommand.Inherit message) {
        if (!members.isEmpty()) {
            message.inheritance().close();
            throw new IllegalStateException("A daemon that has devices cannot inherit any more");
        }
        kept.close();
        kept = new KeptFds(message.vault(), message.inheritance());
    }

    private DaemonStatus status() {
        return new DaemonStatus(
                startedAt,
                loops.queueLoops().stream()
                        .map(loop -> loop.name() + " (" + loop.backend() + ")")
                        .toList(),
                members.values().stream()
                        .map(member ->
                                member.wiring().monitor().status(member.wiring().spec()))
                        .toList());
    }

    /** Devices on their way out are wanted no more. */
    private DaemonSpecs specs() {
        return new DaemonSpecs(members.values().stream()
                .map(member -> member.wiring().spec())
                .filter(spec -> !leaving.contains(spec.name()))
                .toList());
    }

    private void onAddDevice(DaemonCommand.AddDevice message) {
        DeviceSpec spec = message.spec();
        if (!shutdowns.isEmpty()) {
            message.replyTo().tell(new Outcome.Refused("The daemon is shutting down."));
            return;
        }
        if (handOver != null) {
            message.replyTo().tell(new Outcome.Refused("The daemon is being handed over."));
            return;
        }
        if (members.containsKey(spec.name())) {
            message.replyTo().tell(new Outcome.Refused("There is a device '" + spec.name() + "' already."));
            return;
        }
        Wiring wiring = Wiring.of(spec, loops, nextQueueLoop, new DeviceMonitor(), new DeviceKeep(spec.name(), kept));
        nextQueueLoop++;
        spawned++;
        ActorRef<DeviceSupervisor.Command> supervisor = getContext()
                .spawn(DeviceSupervisor.create(getContext().getSelf(), wiring, shared.user()), "device-" + spawned);
        getContext().watch(supervisor);
        members.put(spec.name(), new Member(wiring, supervisor));
        if (spec.enabled()) {
            supervisor.tell(new DeviceSupervisor.Start(message.replyTo()));
        } else {
            message.replyTo().tell(new Outcome.Done(""));
        }
    }

    private void onRemoveDevice(DaemonCommand.RemoveDevice message) {
        if (handOver != null) {
            message.replyTo().tell(new Outcome.Refused("The daemon is being handed over."));
            return;
        }
        String device = message.device();
        pass(device, message.replyTo(), supervisor -> {
            boolean connected = Objects.requireNonNull(members.get(device))
                    .wiring()
                    .monitor()
                    .connection()
                    .isPresent();
            if (connected && message.how() == Removal.IF_DISCONNECTED) {
                message.replyTo().tell(refusedAsConnected(device));
                return;
            }
            leaving.add(device);
            supervisor.tell(new DeviceSupervisor.Remove(message.how()));
            if (connected && message.how() == Removal.WHEN_DISCONNECTED) {
                message.replyTo().tell(new Outcome.Done(device + ": removed when its front end disconnects."));
            } else {
                removals.computeIfAbsent(device, _ -> new ArrayList<>()).add(message.replyTo());
            }
        });
    }

    private void onDeviceStays(DaemonCommand.DeviceStays message) {
        leaving.remove(message.device());
        List<ActorRef<Outcome>> waiting = removals.remove(message.device());
        if (waiting != null) {
            waiting.forEach(replyTo -> replyTo.tell(refusedAsConnected(message.device())));
        }
    }

    private static Outcome refusedAsConnected(String device) {
        return new Outcome.Refused(
                device + ": a front end is connected. To remove it all the same, say --drain (its requests are"
                        + " finished first), --when-disconnected, or --force.");
    }

    private void onConverse(DaemonCommand.ConverseWithDevice message) {
        Member member = members.get(message.device());
        if (member == null) {
            message.replyTo().tell(new ConversationAnswer.Refused(noSuchDevice(message.device())));
        } else {
            member.supervisor()
                    .tell(new DeviceSupervisor.Converse(message.verb(), message.arguments(), message.replyTo()));
        }
    }

    private static String noSuchDevice(String device) {
        return "There is no device '" + device + "'.";
    }

    private void pass(String device, ActorRef<Outcome> replyTo, Consumer<ActorRef<DeviceSupervisor.Command>> action) {
        Member member = members.get(device);
        if (member == null) {
            replyTo.tell(new Outcome.Refused(noSuchDevice(device)));
        } else {
            action.accept(member.supervisor());
        }
    }

    private void onHandOver(DaemonCommand.HandOver message) {
        if (handOver != null || !shutdowns.isEmpty()) {
            String reason = handOver == null ? "The daemon is shutting down." : "A hand-over is under way already.";
            message.replyTo().tell(new HandOverAnswer.Refused(reason));
            return;
        }
        ActorRef<Done> gathering = getContext()
                .spawnAnonymous(
                        Gather.create(members.size(), _ -> message.replyTo().tell(everything())));
        handOver = gathering;
        members.values().forEach(member -> member.supervisor().tell(new DeviceSupervisor.HandOver(gathering)));
    }

    private HandOverAnswer everything() {
        try {
            return new HandOverAnswer.Ready(kept.copy());
        } catch (SysException e) {
            return new HandOverAnswer.Refused("What devices keep cannot be passed on: " + e.getMessage());
        }
    }

    private void onResume(DaemonCommand.Resume message) {
        if (handOver == null) {
            message.replyTo().tell(new Outcome.Refused("Nothing was handed over."));
            return;
        }
        getContext().stop(handOver);
        handOver = null;
        ActorRef<Outcome> gathering = getContext()
                .spawnAnonymous(Gather.create(
                        members.size(), outcomes -> message.replyTo().tell(together(outcomes))));
        members.values().forEach(member -> member.supervisor().tell(new DeviceSupervisor.Resume(gathering)));
    }

    private static Outcome together(List<Outcome> outcomes) {
        String refusals = outcomes.stream()
                .filter(Outcome.Refused.class::isInstance)
                .map(outcome -> ((Outcome.Refused) outcome).reason())
                .collect(Collectors.joining(" "));
        return refusals.isEmpty() ? new Outcome.Done("") : new Outcome.Refused(refusals);
    }

    private Behavior<DaemonCommand> onLeave(DaemonCommand.Leave message) {
        shutdowns.add(message.replyTo());
        members.values().forEach(member -> member.supervisor().tell(DeviceSupervisor.Leave.INSTANCE));
        return endIfEmpty();
    }

    private Behavior<DaemonCommand> onShutdown(DaemonCommand.Shutdown message) {
        shutdowns.add(message.replyTo());
        members.values().forEach(member -> member.supervisor().tell(new DeviceSupervisor.Remove(Removal.DRAIN)));
        return endIfEmpty();
    }

    private Behavior<DaemonCommand> onDeviceEnded(DaemonCommand.DeviceEnded message) {
        Member member = members.get(message.device());
        if (member != null) {
            forget(message.device());
            member.supervisor().tell(DeviceSupervisor.Forgotten.INSTANCE);
        }
        return endIfEmpty();
    }

    /** A supervisor that ended by a bug was not forgotten before. */
    private Behavior<DaemonCommand> onTerminated(Terminated terminated) {
        members.entrySet().stream()
                .filter(entry -> entry.getValue()
                        .supervisor()
                        .path()
                        .equals(terminated.getRef().path()))
                .map(Map.Entry::getKey)
                .findFirst()
                .ifPresent(this::forget);
        return endIfEmpty();
    }

    private void forget(String device) {
        members.remove(device);
        leaving.remove(device);
        List<ActorRef<Outcome>> waiting = removals.remove(device);
        if (waiting != null) {
            waiting.forEach(replyTo -> replyTo.tell(new Outcome.Done("")));
        }
    }

    private Behavior<DaemonCommand> endIfEmpty() {
        if (shutdowns.isEmpty() || !members.isEmpty()) {
            return this;
        }
        shutdowns.forEach(replyTo -> replyTo.tell(new Outcome.Done("")));
        return Behaviors.stopped();
    }
}
