package dev.troupe.actors.testing;

import com.typesafe.config.ConfigFactory;
import dev.troupe.actors.daemon.DaemonCommand;
import dev.troupe.actors.daemon.DaemonSpecs;
import dev.troupe.actors.daemon.DaemonStatus;
import dev.troupe.actors.daemon.DeviceSpec;
import dev.troupe.actors.daemon.DeviceState;
import dev.troupe.actors.daemon.DeviceStatus;
import dev.troupe.actors.daemon.Endpoint;
import dev.troupe.actors.daemon.HandOverAnswer;
import dev.troupe.actors.daemon.Outcome;
import dev.troupe.actors.daemon.Removal;
import dev.troupe.actors.daemon.RestartPolicy;
import dev.troupe.actors.device.ChangeEffect;
import dev.troupe.actors.device.DeviceFactory;
import dev.troupe.actors.device.DeviceSettings;
import dev.troupe.actors.tree.DaemonSystem;
import dev.troupe.actors.vault.Inheritance;
import dev.troupe.actors.vault.Vault;
import dev.troupe.transport.loop.EventLoopConfig;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.TimeUnit;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.javadsl.AskPattern;
import org.apache.pekko.japi.function.Function;

/** A daemon in this process, with calls that wait for their answers. */
public final class TestDaemon implements AutoCloseable {

    private static final Duration PATIENCE = Duration.ofSeconds(Long.getLong("troupe.test.patience", 20));

    private final DaemonSystem system;

    private TestDaemon(DaemonSystem system) {
        this.system = system;
    }

    /** Starts one with two event loops of the kind given. */
    public static TestDaemon start(EventLoopConfig.Choice choice) {
        return start(choice, Vault.none(), Inheritance.empty());
    }

    /** The same, one that outlives its end and goes on where an earlier one was. */
    public static TestDaemon start(EventLoopConfig.Choice choice, Vault vault, Inheritance inheritance) {
        DaemonSystem system = DaemonSystem.start(
                2,
                4,
                EventLoopConfig.defaults().with(choice),
                ConfigFactory.parseString("pekko.loglevel = WARNING").withFallback(ConfigFactory.load()));
        system.daemon().tell(new DaemonCommand.Inherit(vault, inheritance));
        return new TestDaemon(system);
    }

    /** What is wanted of a device with usual policies. */
    public static DeviceSpec spec(String name, DeviceFactory factory, Map<String, Object> settings, Path socket) {
        return new DeviceSpec(
                name,
                factory,
                new DeviceSettings(name, factory.type(), settings),
                new Endpoint.Listen(socket, 0600, Optional.empty()),
                true,
                OptionalInt.empty(),
                Duration.ZERO,
                Duration.ofSeconds(5),
                new RestartPolicy(3, 3, Duration.ofMinutes(1), Duration.ofMillis(1), Duration.ofMillis(10)));
    }

    /** The same with another socket. */
    public static DeviceSpec at(DeviceSpec spec, Endpoint endpoint) {
        return of(spec, endpoint, spec.enabled(), spec.restarts());
    }

    /** The same with another restart policy. */
    public static DeviceSpec with(DeviceSpec spec, RestartPolicy restarts) {
        return of(spec, spec.endpoint(), spec.enabled(), restarts);
    }

    /** The same, to be started or not. */
    public static DeviceSpec enabled(DeviceSpec spec, boolean enabled) {
        return of(spec, spec.endpoint(), enabled, spec.restarts());
    }

    private static DeviceSpec of(DeviceSpec spec, Endpoint endpoint, boolean enabled, RestartPolicy restarts) {
        return new DeviceSpec(
                spec.name(),
                spec.factory(),
                spec.settings(),
                endpoint,
                enabled,
                spec.eventLoop(),
                spec.busyPoll(),
                spec.drainTimeout(),
                restarts);
    }

    /** Asks the daemon and waits for its answer. */
    public <T> T ask(Function<ActorRef<T>, DaemonCommand> command) {
        try {
            return AskPattern.ask(
                            system.daemon(), command, PATIENCE, system.daemon().scheduler())
                    .toCompletableFuture()
                    .get(PATIENCE.toSeconds(), TimeUnit.SECONDS);
        } catch (Exception e) {
            throw new AssertionError("the daemon did not answer", e);
        }
    }

    /** Adds a device, which must start. */
    public void add(DeviceSpec spec) {
        Outcome outcome = ask(replyTo -> new DaemonCommand.AddDevice(spec, replyTo));
        if (outcome instanceof Outcome.Refused refused) {
            throw new AssertionError(refused.reason());
        }
    }

    /** Changes what is wanted of a device. */
    public Outcome change(DeviceSpec wanted, ChangeEffect effect, boolean force) {
        return ask(replyTo -> new DaemonCommand.ChangeDevice(wanted, effect, force, replyTo));
    }

    /** Removes a device. */
    public Outcome remove(String device, Removal how) {
        return ask(replyTo -> new DaemonCommand.RemoveDevice(device, how, replyTo));
    }

    /** What is wanted of a device now. */
    public DeviceSpec wanted(String device) {
        DaemonSpecs specs = ask(DaemonCommand.GetSpecs::new);
        return specs.devices().stream()
                .filter(spec -> spec.name().equals(device))
                .findFirst()
                .orElseThrow();
    }

    /** Restarts a device. */
    public Outcome restart(String device) {
        return ask(replyTo -> new DaemonCommand.RestartDevice(device, replyTo));
    }

    /** Makes everything quiet; what a successor needs, owned by the caller. */
    public Inheritance handOver() {
        HandOverAnswer answer = ask(DaemonCommand.HandOver::new);
        if (answer instanceof HandOverAnswer.Ready ready) {
            return ready.inheritance();
        }
        throw new AssertionError(answer);
    }

    /** Goes on after {@link #handOver}. */
    public Outcome resume() {
        return ask(DaemonCommand.Resume::new);
    }

    /** Ends and leaves everything to a successor. */
    public void leave() {
        this.<Outcome>ask(DaemonCommand.Leave::new);
        system.close();
    }

    /**
     * Dies as if killed, as far as a daemon in this process can: nothing is drained, answered or closed properly, and what
     * it still does reaches the vault no more.
     */
    public void die(MemoryVault vault) {
        vault.freeze();
        leave();
        vault.thaw();
    }

    /** The state of a device. */
    public DeviceStatus status(String device) {
        DaemonStatus status = ask(DaemonCommand.GetStatus::new);
        return status.devices().stream()
                .filter(candidate -> candidate.name().equals(device))
                .findFirst()
                .orElseThrow();
    }

    /** Waits until a device is in a state. */
    public void awaitState(String device, DeviceState state) {
        GuestRig.await(device + " to be " + state, () -> status(device).state() == state);
    }

    /** The daemon's actor system and threads. */
    public DaemonSystem system() {
        return system;
    }

    @Override
    public void close() {
        if (!system.daemon().getWhenTerminated().toCompletableFuture().isDone()) {
            system.shutDown().toCompletableFuture().join();
        }
        system.close();
    }
}
