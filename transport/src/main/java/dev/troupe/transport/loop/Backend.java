package dev.troupe.transport.loop;

/** What an {@link EventLoop} waits in. */
public enum Backend {
    /** io_uring: kicks, file I/O and signals in one ring; Linux 6.1 or newer. */
    IO_URING,
    /** epoll, with a small pool of blocking threads for file I/O. */
    EPOLL
}
