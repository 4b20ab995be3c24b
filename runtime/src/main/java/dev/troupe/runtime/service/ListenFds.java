package dev.troupe.runtime.service;

import dev.troupe.transport.sys.ChildProcess;
import dev.troupe.transport.sys.Fd;
import dev.troupe.transport.sys.SysException;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** The descriptors that this process was started with, sd_listen_fds(3). */
final class ListenFds {

    private static final Logger LOG = LoggerFactory.getLogger(ListenFds.class);
    private static final int MOST = 1 << 20;

    private ListenFds() {}

    /**
     * One descriptor.
     *
     * @param name what the manager calls it
     * @param fd the descriptor, close-on-exec
     */
    record Named(String name, Fd fd) {}

    /**
     * Takes all of them. To be called once in a process, as each number has one owner.
     *
     * @param environment LISTEN_PID, LISTEN_FDS and LISTEN_FDNAMES; without them, or if they are meant for another process,
     *     there are none
     * @param ownPid the number of this process
     */
    static List<Named> take(Map<String, String> environment, long ownPid) {
        if (number(environment, ServiceEnvironment.LISTEN_PID) != ownPid) {
            return List.of();
        }
        int count = Math.clamp(number(environment, ServiceEnvironment.LISTEN_FDS), 0, MOST);
        String[] names =
                environment.getOrDefault(ServiceEnvironment.LISTEN_FDNAMES, "").split(":", -1);
        List<Named> taken = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            int number = ChildProcess.FIRST_PASSED + i;
            try {
                taken.add(new Named(i < names.length ? names[i] : "", Fd.inherit(number)));
            } catch (SysException e) {
                LOG.warn("LISTEN_FDS promises {} descriptors, but {} is not open.", count, number);
            }
        }
        return taken;
    }

    static long number(Map<String, String> environment, String name) {
        try {
            return Long.parseLong(environment.getOrDefault(name, "-1"));
        } catch (NumberFormatException e) {
            LOG.warn("{} is no number: '{}'.", name, environment.get(name));
            return -1;
        }
    }
}
