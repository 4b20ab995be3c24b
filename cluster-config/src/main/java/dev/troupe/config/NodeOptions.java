package dev.troupe.config;

import dev.troupe.actors.device.Option;
import java.nio.file.Path;
import java.util.List;

/** The options of the daemon itself, under {@code troupe}. Their defaults and words stand in {@code reference.conf}. */
public final class NodeOptions {

    /** The number of event loops; 0 takes one for each processor. */
    public static final Option<Long> EVENT_LOOPS = Option.integer("event-loops", 0, 1024);
    /** How event loops talk to the kernel; the words are those of {@link BackendChoice#word}. */
    public static final Option<String> EVENT_LOOP_BACKEND =
            Option.choice("event-loop-backend", "auto", "io_uring", "epoll");
    /** The most threads that may wait for the host at once. */
    public static final Option<Long> BLOCKING_THREADS = Option.integer("blocking-threads", 1, 4096);
    /** Where the sockets of devices are made that name none. */
    public static final Option<Path> SOCKET_DIRECTORY = Option.path("socket-directory");
    /** The daemon's control socket. */
    public static final Option<Path> CONTROL_SOCKET = Option.path("control-socket");

    private NodeOptions() {}

    /** All of them, in the order in which they are shown. A change of any takes a restart of the program. */
    public static List<Option<?>> all() {
        return List.of(EVENT_LOOPS, EVENT_LOOP_BACKEND, BLOCKING_THREADS, SOCKET_DIRECTORY, CONTROL_SOCKET);
    }
}
