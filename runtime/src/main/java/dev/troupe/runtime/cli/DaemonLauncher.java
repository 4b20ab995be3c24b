package dev.troupe.runtime.cli;

import dev.troupe.actors.daemon.DaemonCommand;
import dev.troupe.config.NodeConfig;
import java.util.concurrent.CompletionStage;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Scheduler;

/** Starts a daemon in this process. The one place where the command line meets the actors' tree. */
@FunctionalInterface
public interface DaemonLauncher {

    /**
     * Says that a daemon is going to be started: what it needs whatever its configuration says can be made ready beside
     * the reading of that. Returns at once; need not be called.
     */
    default void prepare() {}

    /**
     * Starts a daemon that has no device yet.
     *
     * @param config how many event loops it has and how they work; its devices are added later, by messages
     * @throws UserException if it cannot be started
     */
    Running launch(NodeConfig config) throws UserException;

    /** A daemon that runs in this process. */
    interface Running {

        /** Its guardian. */
        ActorRef<DaemonCommand> daemon();

        /** Its actor system's scheduler, for asking. */
        Scheduler scheduler();

        /** Completed when the daemon has ended and every device has been closed. */
        CompletionStage<Void> terminated();
    }
}
