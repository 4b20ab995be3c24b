package dev.troupe.config;

import java.util.Locale;

/** How event loops are to talk to the kernel. */
public enum BackendChoice {
    /** io_uring where the kernel allows it, epoll otherwise. */
    AUTO,
    /** io_uring; the daemon does not start where the kernel refuses it. */
    IO_URING,
    /** epoll with a small pool of blocking threads. */
    EPOLL;

    /** The word in a configuration. */
    public String word() {
        return name().toLowerCase(Locale.ROOT);
    }

    static BackendChoice ofWord(String word) {
        return valueOf(word.toUpperCase(Locale.ROOT));
    }
}
