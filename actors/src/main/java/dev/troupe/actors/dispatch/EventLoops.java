package dev.troupe.actors.dispatch;

import com.typesafe.config.Config;
import com.typesafe.config.ConfigFactory;
import dev.troupe.transport.loop.EventLoop;
import dev.troupe.transport.loop.EventLoopConfig;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import org.apache.pekko.actor.typed.DispatcherSelector;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;
import scala.concurrent.ExecutionContextExecutor;

/**
 * The threads of one daemon: a control loop for sockets and supervision, the queue loops that serve virtqueues, and a
 * bounded pool for what may block. Given to an actor system as its default execution context, which makes the control
 * loop the default dispatcher; {@link #queueDispatcher} selects a queue loop.
 *
 * <p>It lives longer than the actor system: Pekko shuts the executor of an idle dispatcher down, a loop must not go
 * with it. Any thread may call its methods.
 */
public final class EventLoops implements ExecutionContextExecutor, AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(EventLoops.class);
    private static final String DISPATCHER_PREFIX = "troupe.queue-dispatcher-";
    private static final long IDLE_THREAD_SECONDS = 10;

    private final EventLoop control;
    private final List<EventLoop> queueLoops;
    private final ThreadPoolExecutor blocking;

    private EventLoops(EventLoop control, List<EventLoop> queueLoops, ThreadPoolExecutor blocking) {
        this.control = control;
        this.queueLoops = List.copyOf(queueLoops);
        this.blocking = blocking;
    }

    /**
     * Starts the threads.
     *
     * @param queueLoopCount how many queue loops; 0 takes one for each processor
     * @param blockingThreads the most threads of the blocking pool
     * @param config how loops talk to the kernel
     */
    public static EventLoops start(int queueLoopCount, int blockingThreads, EventLoopConfig config) {
        int count = queueLoopCount == 0 ? Runtime.getRuntime().availableProcessors() : queueLoopCount;
        EventLoop control = EventLoop.start("troupe-control", config);
        List<EventLoop> loops = new ArrayList<>();
        for (int i = 0; i < count; i++) {
            loops.add(EventLoop.start("troupe-queue-" + i, config));
        }
        ThreadPoolExecutor blocking = new ThreadPoolExecutor(
                blockingThreads,
                blockingThreads,
                IDLE_THREAD_SECONDS,
                TimeUnit.SECONDS,
                new LinkedBlockingQueue<>(),
                Thread.ofPlatform().name("troupe-blocking-", 0).daemon().factory());
        blocking.allowCoreThreadTimeOut(true);
        return new EventLoops(control, loops, blocking);
    }

    /** The loop of sockets and supervision. */
    public EventLoop control() {
        return control;
    }

    /** The loops that serve virtqueues. */
    public List<EventLoop> queueLoops() {
        return queueLoops;
    }

    /** The queue loop with this number, counted round and round. */
    public EventLoop queueLoop(int number) {
        return queueLoops.get(Math.floorMod(number, queueLoops.size()));
    }

    /** Selects the dispatcher whose thread is the queue loop with this number, counted round and round. */
    public DispatcherSelector queueDispatcher(int number) {
        return DispatcherSelector.fromConfig(DISPATCHER_PREFIX + Math.floorMod(number, queueLoops.size()));
    }

    /** Threads for what may block. */
    public ExecutorService blocking() {
        return blocking;
    }

    /** The dispatchers of the queue loops, to be part of the actor system's configuration. */
    public Config dispatcherConfig() {
        StringBuilder text = new StringBuilder();
        for (int i = 0; i < queueLoops.size(); i++) {
            text.append(DISPATCHER_PREFIX)
                    .append(i)
                    .append(" { type = Dispatcher, executor = \"")
                    .append(EventLoopExecutorConfigurator.class.getName())
                    .append("\", queue-loop = ")
                    .append(i)
                    .append(" }\n");
        }
        return ConfigFactory.parseString(text.toString());
    }

    @Override
    public void execute(Runnable task) {
        control.execute(task);
    }

    @Override
    public void reportFailure(Throwable cause) {
        LOG.error("A task of the control loop failed; this is a bug in Troupe", cause);
    }

    /** Ends all threads. The actor system must have ended before. */
    @Override
    public void close() {
        blocking.shutdown();
        queueLoops.forEach(EventLoop::close);
        control.close();
    }
}
