package dev.troupe.actors.dispatch;

import com.typesafe.config.Config;
import java.io.Closeable;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ScheduledThreadPoolExecutor;
import java.util.concurrent.ThreadFactory;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.atomic.AtomicBoolean;
import org.apache.pekko.actor.AbstractScheduler;
import org.apache.pekko.actor.Cancellable;
import org.apache.pekko.actor.Scheduler;
import org.apache.pekko.event.LoggingAdapter;
import scala.concurrent.ExecutionContext;
import scala.concurrent.duration.FiniteDuration;

/**
 * The actor system's timers on one thread that sleeps until the next of them is due. Pekko's own wakes at every tick, due
 * or not: it is made for very many timers, of which a daemon has a few for each device, and an idle one has none. Any
 * thread may call it.
 */
public final class SleepingScheduler extends AbstractScheduler implements Closeable {

    private static final double MOST_PER_SECOND = 1000;

    private final ScheduledThreadPoolExecutor clock;
    /** Timers that go off early when all end, because what they do has to be done: dispatchers end their threads so. */
    private final Set<Once> last = ConcurrentHashMap.newKeySet();

    /**
     * Made by the actor system, from the name in its configuration.
     *
     * @param config its configuration; nothing of it is needed
     * @param log its log; nothing is logged
     * @param threads makes the thread
     */
    public SleepingScheduler(Config config, LoggingAdapter log, ThreadFactory threads) {
        clock = new ScheduledThreadPoolExecutor(1, threads);
        clock.setRemoveOnCancelPolicy(true);
    }

    // Pekko calls it still, for both kinds of repetition.
    @SuppressWarnings("deprecation")
    @Override
    public Cancellable schedule(
            FiniteDuration initialDelay, FiniteDuration interval, Runnable task, ExecutionContext executor) {
        try {
            return new Timer(clock.scheduleAtFixedRate(
                    () -> executor.execute(task), initialDelay.toNanos(), interval.toNanos(), TimeUnit.NANOSECONDS));
        } catch (RejectedExecutionException e) {
            throw ended(e);
        }
    }

    @Override
    public Cancellable scheduleOnce(FiniteDuration delay, Runnable task, ExecutionContext executor) {
        Once once = new Once(task, executor);
        if (task instanceof Scheduler.TaskRunOnClose) {
            last.add(once);
        }
        try {
            return new Timer(clock.schedule(once, delay.toNanos(), TimeUnit.NANOSECONDS));
        } catch (RejectedExecutionException e) {
            last.remove(once);
            throw ended(e);
        }
    }

    @Override
    public double maxFrequency() {
        return MOST_PER_SECOND;
    }

    /** Ends the thread. What has to be done when timers end is done now; no other goes off any more. */
    @Override
    public void close() {
        clock.shutdownNow();
        last.forEach(Once::run);
    }

    /** As Pekko's own says it. */
    private static IllegalStateException ended(RejectedExecutionException cause) {
        return new IllegalStateException("The actor system's timers have ended.", cause);
    }

    /** A task that runs once, whether it is due or all timers end. */
    private final class Once implements Runnable {

        private final Runnable task;
        private final ExecutionContext executor;
        private final AtomicBoolean done = new AtomicBoolean();

        Once(Runnable task, ExecutionContext executor) {
            this.task = task;
            this.executor = executor;
        }

        @Override
        public void run() {
            last.remove(this);
            if (done.compareAndSet(false, true)) {
                executor.execute(task);
            }
        }
    }

    private record Timer(Future<?> future) implements Cancellable {

        @Override
        public boolean cancel() {
            return future.cancel(false);
        }

        @Override
        public boolean isCancelled() {
            return future.isCancelled();
        }
    }
}
