package dev.troupe.actors.tree;

import dev.troupe.actors.connection.DeviceMonitor;
import dev.troupe.actors.connection.Wiring;
import dev.troupe.actors.daemon.DaemonCommand;
import dev.troupe.actors.daemon.DaemonStatus;
import dev.troupe.actors.daemon.DeviceSpec;
import dev.troupe.actors.daemon.HandOverAnswer;
import dev.troupe.actors.daemon.Outcome;
import dev.troupe.actors.dispatch.EventLoops;
import dev.troupe.actors.vault.Inheritance;
import java.time.Instant;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.function.Consumer;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Behavior;
import org.apache.pekko.actor.typed.PostStop;
import org.apache.pekko.actor.typed.Signal;
import org.apache.pekko.actor.typed.SupervisorStrategy;
import org.apache.pekko.actor.typed.Terminated;
import org.apache.pekko.actor.typed.javadsl.AbstractMatchingBehavior;
import org.apache.pekko.actor.typed.javadsl.ActorContext;
import org.apache.pekko.actor.typed.javadsl.Behaviors;

/** The root of the tree: knows the devices by name and passes on what is meant for one of them. */
final class DaemonActor extends AbstractMatchingBehavior<DaemonCommand> {

    private final EventLoops loops;
    private final Inheritance inheritance;
    private final Instant startedAt = Instant.now();
    private final Map<String, Member> members = new LinkedHashMap<>();
    private final Map<String, List<ActorRef<Outcome>>> removals = new HashMap<>();
    private final List<ActorRef<Outcome>> shutdowns = new ArrayList<>();
    private int nextQueueLoop;
    private int spawned;

    private record Member(DeviceSpec spec, DeviceMonitor monitor, ActorRef<DeviceSupervisor.Command> supervisor) {}

    static Behavior<DaemonCommand> create(EventLoops loops, Inheritance inheritance) {
        return Behaviors.supervise(
                        Behaviors.<DaemonCommand>setup(context -> new DaemonActor(context, loops, inheritance)))
                .onFailure(RuntimeException.class, SupervisorStrategy.resume());
    }

    private DaemonActor(ActorContext<DaemonCommand> context, EventLoops loops, Inheritance inheritance) {
        super(context);
        this.loops = loops;
        this.inheritance = inheritance;
    }

    @Override
    public Behavior<DaemonCommand> onMessage(DaemonCommand message) {
        switch (message) {
            case DaemonCommand.GetStatus m -> m.replyTo().tell(status());
            case DaemonCommand.AddDevice m -> onAddDevice(m);
            case DaemonCommand.RemoveDevice m -> onRemoveDevice(m);
            case DaemonCommand.StartDevice m ->
                pass(m.device(), m.replyTo(), s -> s.tell(new DeviceSupervisor.Start(m.replyTo())));
            case DaemonCommand.StopDevice m ->
                pass(m.device(), m.replyTo(), s -> s.tell(new DeviceSupervisor.Stop(m.replyTo())));
            case DaemonCommand.RestartDevice m ->
                pass(m.device(), m.replyTo(), s -> s.tell(new DeviceSupervisor.Restart(m.replyTo())));
            case DaemonCommand.CommandDevice m ->
                pass(
                        m.device(),
                        m.replyTo(),
                        s -> s.tell(new DeviceSupervisor.Execute(m.verb(), m.arguments(), m.replyTo())));
            case DaemonCommand.SettleInheritance m -> {
                inheritance.close();
                m.replyTo().tell(new Outcome.Done(""));
            }
            case DaemonCommand.HandOver m -> m.replyTo().tell(new HandOverAnswer.Refused("not there yet"));
            case DaemonCommand.Resume m -> m.replyTo().tell(new Outcome.Refused("not there yet"));
            case DaemonCommand.Leave m -> m.replyTo().tell(new Outcome.Refused("not there yet"));
            case DaemonCommand.Shutdown m -> {
                return onShutdown(m);
            }
        }
        return this;
    }

    @Override
    public Behavior<DaemonCommand> onSignal(Signal signal) {
        if (signal instanceof Terminated terminated) {
            onTerminated(terminated);
            return endIfEmpty();
        }
        if (signal instanceof PostStop) {
            inheritance.close();
        }
        return this;
    }

    private DaemonStatus status() {
        return new DaemonStatus(
                startedAt,
                loops.queueLoops().stream()
                        .map(loop -> loop.name() + " (" + loop.backend() + ")")
                        .toList(),
                members.values().stream()
                        .map(member -> member.monitor().status(member.spec()))
                        .toList());
    }

    private void onAddDevice(DaemonCommand.AddDevice message) {
        DeviceSpec spec = message.spec();
        if (!shutdowns.isEmpty()) {
            message.replyTo().tell(new Outcome.Refused("The daemon is shutting down."));
            return;
        }
        if (members.containsKey(spec.name())) {
            message.replyTo().tell(new Outcome.Refused("There is a device '" + spec.name() + "' already."));
            return;
        }
        DeviceMonitor monitor = new DeviceMonitor();
        Wiring wiring = new Wiring(spec, loops, spec.eventLoop().orElse(nextQueueLoop), monitor);
        nextQueueLoop++;
        spawned++;
        ActorRef<DeviceSupervisor.Command> supervisor =
                getContext().spawn(DeviceSupervisor.create(wiring), "device-" + spawned);
        getContext().watch(supervisor);
        members.put(spec.name(), new Member(spec, monitor, supervisor));
        if (spec.enabled()) {
            supervisor.tell(new DeviceSupervisor.Start(message.replyTo()));
        } else {
            message.replyTo().tell(new Outcome.Done(""));
        }
    }

    private void onRemoveDevice(DaemonCommand.RemoveDevice message) {
        pass(message.device(), message.replyTo(), supervisor -> {
            removals.computeIfAbsent(message.device(), _ -> new ArrayList<>()).add(message.replyTo());
            supervisor.tell(DeviceSupervisor.Remove.INSTANCE);
        });
    }

    private void pass(String device, ActorRef<Outcome> replyTo, Consumer<ActorRef<DeviceSupervisor.Command>> action) {
        Member member = members.get(device);
        if (member == null) {
            replyTo.tell(new Outcome.Refused("There is no device '" + device + "'."));
        } else {
            action.accept(member.supervisor());
        }
    }

    private Behavior<DaemonCommand> onShutdown(DaemonCommand.Shutdown message) {
        shutdowns.add(message.replyTo());
        members.values().forEach(member -> member.supervisor().tell(DeviceSupervisor.Remove.INSTANCE));
        return endIfEmpty();
    }

    private void onTerminated(Terminated terminated) {
        String device = members.entrySet().stream()
                .filter(entry -> entry.getValue()
                        .supervisor()
                        .path()
                        .equals(terminated.getRef().path()))
                .map(Map.Entry::getKey)
                .findFirst()
                .orElseThrow();
        members.remove(device);
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
