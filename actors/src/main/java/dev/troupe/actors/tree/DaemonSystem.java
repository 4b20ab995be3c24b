package dev.troupe.actors.tree;

import com.typesafe.config.Config;
import dev.troupe.actors.daemon.DaemonCommand;
import dev.troupe.actors.daemon.Outcome;
import dev.troupe.actors.dispatch.EventLoops;
import dev.troupe.transport.loop.EventLoopConfig;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletionStage;
import org.apache.pekko.actor.BootstrapSetup;
import org.apache.pekko.actor.setup.ActorSystemSetup;
import org.apache.pekko.actor.typed.ActorSystem;
import org.apache.pekko.actor.typed.javadsl.AskPattern;
import org.jspecify.annotations.Nullable;

/** A running daemon without any program around it: its threads and its actor system. Any thread may call it. */
public final class DaemonSystem implements AutoCloseable {

    private static final Duration SHUTDOWN_TIMEOUT = Duration.ofSeconds(30);

    /** What an actor system consists of and takes longest to load; none of them logs when it is initialised. */
    private static final List<String> LARGE_CLASSES = List.of(
            "scala.concurrent.duration.Duration$",
            "org.apache.pekko.actor.typed.SupervisorStrategy$",
            "org.apache.pekko.actor.ActorSystemImpl",
            "org.apache.pekko.event.Logging$",
            "org.apache.pekko.event.EventStream",
            "org.apache.pekko.dispatch.Dispatchers",
            "org.apache.pekko.dispatch.Mailboxes",
            "org.apache.pekko.actor.LocalActorRefProvider",
            "org.apache.pekko.actor.typed.internal.adapter.ActorSystemAdapter",
            "org.apache.pekko.actor.typed.internal.adapter.ActorAdapter",
            "org.apache.pekko.actor.typed.internal.Supervisor$",
            "org.apache.pekko.actor.CoordinatedShutdown$");

    private final EventLoops loops;
    private final ActorSystem<DaemonCommand> system;

    private DaemonSystem(EventLoops loops, ActorSystem<DaemonCommand> system) {
        this.loops = loops;
        this.system = system;
    }

    /**
     * Loads what {@link #start} needs whatever it is given, so that it takes less long: meant to run beside the reading of
     * a configuration. Need not be called, and what cannot be loaded is met again by {@link #start}. Any thread.
     */
    public static void prepare() {
        for (String name : LARGE_CLASSES) {
            try {
                Class.forName(name);
            } catch (ClassNotFoundException | LinkageError e) {
                // Only what is faster is given up here.
                return;
            }
        }
    }

    /**
     * Starts a daemon without devices.
     *
     * @param queueLoops how many event loops serve virtqueues; 0 takes one for each processor
     * @param blockingThreads the most threads that may block at once
     * @param loopConfig how event loops talk to the kernel
     * @param config the actor system's configuration
     */
    public static DaemonSystem start(int queueLoops, int blockingThreads, EventLoopConfig loopConfig, Config config) {
        @Nullable EventLoops loops = null;
        try {
            loops = EventLoops.start(queueLoops, blockingThreads, loopConfig);
            BootstrapSetup bootstrap = BootstrapSetup.create(
                            loops.dispatcherConfig().withFallback(config))
                    .withDefaultExecutionContext(loops);
            ActorSystem<DaemonCommand> system =
                    ActorSystem.create(DaemonActor.create(loops), "troupe", ActorSystemSetup.create(bootstrap));
            return new DaemonSystem(loops, system);
        } catch (RuntimeException e) {
            if (loops != null) {
                loops.close();
            }
            throw e;
        }
    }

    /** The daemon itself, for commands and questions. */
    public ActorSystem<DaemonCommand> daemon() {
        return system;
    }

    /** The daemon's threads. */
    public EventLoops loops() {
        return loops;
    }

    /** Drains and stops every device; done when the daemon has ended. */
    public CompletionStage<Outcome> shutDown() {
        return AskPattern.ask(system, DaemonCommand.Shutdown::new, SHUTDOWN_TIMEOUT, system.scheduler());
    }

    /** Ends the daemon, drained or not, and its threads. Must not be called on one of them. */
    @Override
    public void close() {
        system.terminate();
        system.getWhenTerminated().toCompletableFuture().join();
        loops.close();
    }
}
