package dev.troupe.actors.dispatch;

import com.typesafe.config.Config;
import dev.troupe.transport.loop.EventLoop;
import java.util.List;
import java.util.concurrent.AbstractExecutorService;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import org.apache.pekko.dispatch.DispatcherPrerequisites;
import org.apache.pekko.dispatch.ExecutorServiceConfigurator;
import org.apache.pekko.dispatch.ExecutorServiceFactory;

/**
 * Makes a queue loop the executor of a Pekko dispatcher. Named in the dispatcher's configuration and made by Pekko; it
 * finds the loops in the actor system's default execution context, which must be an {@link EventLoops}.
 */
public final class EventLoopExecutorConfigurator extends ExecutorServiceConfigurator {

    private final EventLoop loop;

    /** Called by Pekko. */
    public EventLoopExecutorConfigurator(Config config, DispatcherPrerequisites prerequisites) {
        super(config, prerequisites);
        if (!(prerequisites.defaultExecutionContext().getOrElse(() -> null) instanceof EventLoops loops)) {
            throw new IllegalStateException("The actor system's default execution context is not an EventLoops");
        }
        this.loop = loops.queueLoop(config.getInt("queue-loop"));
    }

    @Override
    public ExecutorServiceFactory createExecutorServiceFactory(String id, ThreadFactory threadFactory) {
        return () -> new LoopView(loop);
    }

    /** What Pekko may shut down when no actor uses the dispatcher: a view, never the loop. */
    private static final class LoopView extends AbstractExecutorService {

        private final EventLoop loop;
        private volatile boolean shutDown;

        LoopView(EventLoop loop) {
            this.loop = loop;
        }

        @Override
        public void execute(Runnable task) {
            loop.execute(task);
        }

        @Override
        public void shutdown() {
            shutDown = true;
        }

        @Override
        public List<Runnable> shutdownNow() {
            shutDown = true;
            return List.of();
        }

        @Override
        public boolean isShutdown() {
            return shutDown;
        }

        @Override
        public boolean isTerminated() {
            return shutDown;
        }

        @Override
        public boolean awaitTermination(long timeout, TimeUnit unit) {
            return shutDown;
        }

        @Override
        public String toString() {
            return "view of " + loop.name();
        }
    }
}
