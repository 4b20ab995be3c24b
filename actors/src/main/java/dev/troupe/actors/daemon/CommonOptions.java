package dev.troupe.actors.daemon;

import dev.troupe.actors.device.ChangeEffect;
import dev.troupe.actors.device.Option;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/** The options that every device has, whatever its type. Their defaults and words stand in {@code reference.conf}. */
public final class CommonOptions {

    private static final Duration ONE_HOUR = Duration.ofHours(1);

    /** The Unix socket where the device meets its front end. */
    public static final Option<Path> SOCKET = Option.path("socket").changing(ChangeEffect.GUEST_VISIBLE);
    /** Who listens. */
    public static final Option<String> SOCKET_ROLE =
            Option.choice("socket-role", "listen", "connect").changing(ChangeEffect.GUEST_VISIBLE);
    /** The socket's permission bits, in octal. */
    public static final Option<String> SOCKET_MODE =
            Option.string("socket-mode").changing(ChangeEffect.LIVE);
    /** The group the socket is given to. */
    public static final Option<String> SOCKET_GROUP =
            Option.string("socket-group").changing(ChangeEffect.LIVE);
    /** Whether the device starts with the daemon. */
    public static final Option<Boolean> ENABLED = Option.bool("enabled").changing(ChangeEffect.LIVE);
    /** The event loop of the first queue. */
    public static final Option<Long> EVENT_LOOP =
            Option.integer("event-loop", 0, 1023).changing(ChangeEffect.GUEST_VISIBLE);
    /** How long a loop looks for further requests before it sleeps. */
    public static final Option<Duration> BUSY_POLL =
            Option.duration("busy-poll", Duration.ZERO, Duration.ofMillis(100));
    /** How long unfinished requests are waited for when a queue stops. */
    public static final Option<Duration> DRAIN_TIMEOUT =
            Option.duration("drain-timeout", Duration.ofMillis(1), ONE_HOUR).changing(ChangeEffect.LIVE);
    /** Failures of a queue within the window after which the device restarts. */
    public static final Option<Long> QUEUE_RESTARTS =
            Option.integer("queue-restarts", 0, 1_000_000).changing(ChangeEffect.LIVE);
    /** Restarts of the device within the window after which it is quarantined. */
    public static final Option<Long> DEVICE_RESTARTS =
            Option.integer("device-restarts", 0, 1_000_000).changing(ChangeEffect.LIVE);
    /** The time that failures are counted over. */
    public static final Option<Duration> RESTART_WINDOW = Option.duration(
                    "restart-window", Duration.ofMillis(1), Duration.ofDays(1))
            .changing(ChangeEffect.LIVE);
    /** The wait before the first restart of a failed device. */
    public static final Option<Duration> MINIMUM_BACKOFF =
            Option.duration("minimum-backoff", Duration.ofMillis(1), ONE_HOUR).changing(ChangeEffect.LIVE);
    /** The longest wait before a restart of a failed device. */
    public static final Option<Duration> MAXIMUM_BACKOFF =
            Option.duration("maximum-backoff", Duration.ofMillis(1), ONE_HOUR).changing(ChangeEffect.LIVE);

    private CommonOptions() {}

    /** All of them, in the order in which they are shown. */
    public static List<Option<?>> all() {
        return List.of(
                SOCKET,
                SOCKET_ROLE,
                SOCKET_MODE,
                SOCKET_GROUP,
                ENABLED,
                EVENT_LOOP,
                BUSY_POLL,
                DRAIN_TIMEOUT,
                QUEUE_RESTARTS,
                DEVICE_RESTARTS,
                RESTART_WINDOW,
                MINIMUM_BACKOFF,
                MAXIMUM_BACKOFF);
    }
}
