package dev.troupe.transport.loop;

import dev.troupe.transport.sys.Fd;
import java.util.concurrent.Executor;
import org.jspecify.annotations.Nullable;

/**
 * One thread that runs tasks, timers, readiness of descriptors and file I/O, and sleeps in one system call when there is
 * none of them.
 *
 * <p>{@link #execute}, {@link #close}, {@link #name}, {@link #backend} and {@link #inLoop} may be called by any thread;
 * everything else by the loop's own thread only, and throws {@link IllegalStateException} elsewhere.
 *
 * <p>An exception out of a task, timer or listener is logged and does not end the loop; out of an {@link IoCompletion} it
 * goes to its scope's failure listener. Tasks and completions are worked off in bounded batches that take turns.
 */
public interface EventLoop extends Executor, AutoCloseable {
    /**
     * Starts a loop. Falls back to epoll, with a warning in the log that says why, if the configuration allows that.
     *
     * @param name tells loops apart; the thread is called {@code troupe-loop-name}
     * @throws dev.troupe.transport.sys.SysException if the kernel refuses what was asked for
     */
    static EventLoop start(String name, EventLoopConfig config) {
        return LoopStart.start(name, config);
    }

    /** The name it was started with. */
    String name();

    /** What it runs on. */
    Backend backend();

    /** Why it runs on epoll although io_uring was preferred; null if it got what was asked for. */
    @Nullable
    String fallbackReason();

    /** Whether the calling thread is the loop's. */
    boolean inLoop();

    /**
     * Runs a task on the loop, after those handed in before by the same thread. From another thread it costs a system call
     * only if the loop sleeps.
     *
     * @throws java.util.concurrent.RejectedExecutionException after {@link #close}
     */
    @Override
    void execute(Runnable task);

    /** Runs a task once, not before {@code delayNanos} have passed. */
    Timer schedule(long delayNanos, Runnable task);

    /**
     * Tells the listener whenever the descriptor becomes readable (edge-triggered), and once if it is readable now. An
     * eventfd need not be read for the next signal to be seen.
     *
     * @throws dev.troupe.transport.sys.SysException if the descriptor cannot be waited for (only epoll tells so early; on
     *     io_uring the listener's {@code hungUp} is called)
     */
    Watch watch(Fd fd, Watch.Listener listener);

    /**
     * As {@link #watch}, for a stream whose two directions end apart: that the peer writes no more is told by {@code ready}
     * (a read finds the end), and {@code hungUp} is called only when both directions are over.
     */
    Watch watchStream(Fd fd, Watch.Listener listener);

    /**
     * Adds 1 to a call eventfd, with the next submission. Never blocks, whatever the counter is; several signals between
     * two submissions may become one; failures are only counted.
     */
    void signal(Fd eventFd);

    /** How many signals the kernel refused so far, for example because the descriptor was closed. */
    long failedSignals();

    /**
     * Opens the room for one owner's file I/O.
     *
     * @param owner whose it is, for messages
     * @param onFailure gets what its completions throw
     */
    IoScope openScope(String owner, IoScope.FailureListener onFailure);

    /**
     * Lets the loop ask {@code poller} for work again and again, up to {@code maxNanos}, before it sleeps, and tells it when
     * it does sleep. How long it really asks follows from how often that paid. While others keep the loop busy it asks once
     * a turn. 0 takes the poller out again.
     */
    void setBusyPoll(BusyPoll poller, long maxNanos);

    /**
     * Asks {@code poller} for work once a turn until the loop sleeps, tells it when it does, and forgets it then. Costs a
     * look, no waiting: what has work under way need not be told of more. Not while it is being asked already.
     */
    void stayAwake(BusyPoll poller);

    /**
     * Ends the loop: tasks already handed in still run, watches and timers are cancelled, scopes are abandoned, and once the
     * kernel has finished every operation the thread ends. Waits for that, unless called on the loop's own thread.
     */
    @Override
    void close();
}
