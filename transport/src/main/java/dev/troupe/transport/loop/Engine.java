package dev.troupe.transport.loop;

import dev.troupe.transport.sys.Fd;

/** What a {@link LoopThread} waits in: made, used and closed by the loop's thread, except for {@link #wake}. */
interface Engine extends AutoCloseable {
    Backend backend();

    /** Begins an operation; it ends by {@code OperationEnd.ended}, never within this call. */
    void start(Operation operation);

    /** Watches; {@code stream} if the end of one direction is not yet the end. */
    Watch watch(Fd fd, boolean stream, Watch.Listener listener);

    void signal(Fd eventFd);

    long failedSignals();

    /**
     * Hands everything new to the kernel and waits for news: not at all if {@code timeoutNanos} is 0 or there is news
     * already, that long, or for ever if negative. At most one system call, none if there is nothing to hand over or wait for.
     */
    void await(long timeoutNanos);

    /**
     * Whether something waits for the next {@link #await} that may bring more work at once: a signal that the driver answers
     * with its next request, a read that is done by then.
     */
    default boolean holdsBack() {
        return false;
    }

    /** Tells everyone about up to {@code maximum} pieces of news; returns how many there were. */
    int deliver(int maximum);

    /** Whether there is news, as far as can be seen without a system call. */
    boolean hasNews();

    /** Whether there is news, found out with a system call where it takes one. */
    default boolean lookForNews() {
        return hasNews();
    }

    /** Ends an {@link #await} under way, or the next one; any thread. */
    void wake();

    /** Cancels all watches and signals. */
    void cancelAll();

    /** Whether the kernel has nothing of ours left. */
    boolean isQuiet();

    @Override
    void close();
}
