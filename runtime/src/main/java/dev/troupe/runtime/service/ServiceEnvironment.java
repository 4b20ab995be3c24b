package dev.troupe.runtime.service;

import java.util.HashMap;
import java.util.Map;

/** The environment variables that a service manager sets, sd_notify(3), sd_listen_fds(3) and sd_watchdog_enabled(3). */
public final class ServiceEnvironment {

    /** Where the manager is told things. */
    public static final String NOTIFY_SOCKET = "NOTIFY_SOCKET";
    /** How long the manager waits for a sign of life, in microseconds. */
    public static final String WATCHDOG_USEC = "WATCHDOG_USEC";
    /** Which process is to give it. */
    public static final String WATCHDOG_PID = "WATCHDOG_PID";
    /** How many descriptors the manager keeps. */
    public static final String FDSTORE = "FDSTORE";
    /** Which process the descriptors handed over are for. */
    public static final String LISTEN_PID = "LISTEN_PID";
    /** How many they are. */
    public static final String LISTEN_FDS = "LISTEN_FDS";
    /** What they are called, with colons between. */
    public static final String LISTEN_FDNAMES = "LISTEN_FDNAMES";

    private static final String LISTEN_PIDFDID = "LISTEN_PIDFDID";

    private ServiceEnvironment() {}

    /** A copy without what is meant for this process alone. */
    public static Map<String, String> withoutOwn(Map<String, String> environment) {
        Map<String, String> copy = new HashMap<>(environment);
        for (String name : new String[] {LISTEN_PID, LISTEN_FDS, LISTEN_FDNAMES, LISTEN_PIDFDID, WATCHDOG_PID}) {
            copy.remove(name);
        }
        return copy;
    }
}
