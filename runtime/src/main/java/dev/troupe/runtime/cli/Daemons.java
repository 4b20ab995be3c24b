package dev.troupe.runtime.cli;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigException;
import com.typesafe.config.ConfigFactory;
import com.typesafe.config.ConfigValueFactory;
import dev.troupe.actors.daemon.DaemonCommand;
import dev.troupe.actors.tree.DaemonSystem;
import dev.troupe.config.BackendChoice;
import dev.troupe.config.NodeConfig;
import dev.troupe.transport.loop.EventLoopConfig;
import dev.troupe.transport.socket.VhostListener;
import dev.troupe.transport.sys.EventFd;
import dev.troupe.transport.sys.SysException;
import java.util.concurrent.CompletionStage;
import org.apache.pekko.actor.typed.ActorRef;
import org.apache.pekko.actor.typed.Scheduler;
import org.slf4j.LoggerFactory;

/** Starts the daemon that this program is about. */
final class Daemons implements DaemonLauncher {

    @Override
    public void prepare() {
        // While a logging system starts it hands out makeshifts, so it is there before there is a second thread.
        LoggerFactory.getLogger(Daemons.class);
        Thread.ofPlatform().daemon().name("prepare-actors").start(DaemonSystem::prepare);
        Thread.ofPlatform().daemon().name("prepare-sockets").start(Daemons::prepareSockets);
    }

    private static void prepareSockets() {
        try {
            EventFd.create().close();
            VhostListener.prepare();
        } catch (RuntimeException | LinkageError e) {
            // The start of the daemon meets the same and tells of it.
        }
    }

    @Override
    public Running launch(NodeConfig config) throws UserException {
        EventLoopConfig loops = EventLoopConfig.defaults().with(choice(config.backend()));
        try {
            return new RunningSystem(
                    DaemonSystem.start(config.eventLoops(), config.blockingThreads(), loops, actorRuntime(config)));
        } catch (ConfigException e) {
            throw new UserException(
                    ExitCode.FAILED,
                    "The actor runtime does not take its settings (block pekko { … }): " + e.getMessage());
        } catch (SysException | UnsupportedOperationException e) {
            throw new UserException(
                    ExitCode.FAILED,
                    "The event loops cannot be started (" + e.getMessage()
                            + "); 'event-loop-backend = epoll' works on every kernel.");
        }
    }

    /** What the operator says of the actor runtime, over what the program says of it, over its own defaults. */
    private static Config actorRuntime(NodeConfig config) {
        return ConfigValueFactory.fromMap(config.actorRuntime(), "the operator's configuration")
                .atPath("pekko")
                .withFallback(ConfigFactory.load());
    }

    private static EventLoopConfig.Choice choice(BackendChoice backend) {
        return switch (backend) {
            case AUTO -> EventLoopConfig.Choice.AUTO;
            case IO_URING -> EventLoopConfig.Choice.IO_URING;
            case EPOLL -> EventLoopConfig.Choice.EPOLL;
        };
    }

    /** A daemon whose threads end with it. */
    private static final class RunningSystem implements DaemonLauncher.Running {

        private final DaemonSystem system;
        private final CompletionStage<Void> terminated;

        RunningSystem(DaemonSystem system) {
            this.system = system;
            // Closing waits for the threads of the loops, so it must not run on one of them.
            this.terminated = system.daemon()
                    .getWhenTerminated()
                    .thenAcceptAsync(
                            done -> system.close(),
                            task -> Thread.ofPlatform().name("daemon-end").start(task));
        }

        @Override
        public ActorRef<DaemonCommand> daemon() {
            return system.daemon();
        }

        @Override
        public Scheduler scheduler() {
            return system.daemon().scheduler();
        }

        @Override
        public CompletionStage<Void> terminated() {
            return terminated;
        }
    }
}
