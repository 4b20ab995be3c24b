package dev.troupe.transport.loop;

/**
 * How to start an {@link EventLoop}.
 *
 * @param choice which back end to take
 * @param ringEntries the submission queue's size on io_uring, 1 to 32768 (the kernel rounds up to a power of two); more
 *     operations than that may be under way
 * @param fileThreads the most threads that do blocking file I/O on epoll
 */
public record EventLoopConfig(Choice choice, int ringEntries, int fileThreads) {
    private static final int MAX_ENTRIES = 32768;

    /** Checks the ranges. */
    public EventLoopConfig {
        if (ringEntries < 1 || ringEntries > MAX_ENTRIES) {
            throw new IllegalArgumentException("ringEntries is not in 1.." + MAX_ENTRIES + ": " + ringEntries);
        }
        if (fileThreads < 1) {
            throw new IllegalArgumentException("fileThreads is not positive: " + fileThreads);
        }
    }

    /** Which back end a loop shall take. */
    public enum Choice {
        /** io_uring if it works here, epoll otherwise. */
        AUTO,
        /** io_uring or fail. */
        IO_URING,
        /** epoll. */
        EPOLL
    }

    /** {@code AUTO}, 256 entries, 4 file threads. */
    public static EventLoopConfig defaults() {
        return new EventLoopConfig(Choice.AUTO, 256, 4);
    }

    /** The same with another choice of back end. */
    public EventLoopConfig with(Choice other) {
        return new EventLoopConfig(other, ringEntries, fileThreads);
    }
}
