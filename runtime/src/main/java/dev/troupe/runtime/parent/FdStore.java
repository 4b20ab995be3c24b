package dev.troupe.runtime.parent;

import dev.troupe.transport.sys.Fd;
import java.util.ArrayList;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;

/** The descriptors that the daemon has given to its parent, by name. One thread. */
final class FdStore implements AutoCloseable {

    /** More than this, with names as long as ours, would not fit into the variable that tells the names. */
    static final int MOST = 4096;

    private final Map<String, Fd> fds = new LinkedHashMap<>();

    /** Keeps descriptors, which are owned by the store from now on, under one name; one that has the name is let go. */
    void put(String name, List<Fd> given) {
        for (Fd fd : given) {
            remove(name);
            if (fds.size() < MOST) {
                fds.put(name, fd);
            } else {
                fd.close();
            }
        }
    }

    void remove(String name) {
        Fd before = fds.remove(name);
        if (before != null) {
            before.close();
        }
    }

    /** In the order of {@link #names}. */
    List<Fd> all() {
        return new ArrayList<>(fds.values());
    }

    /** As LISTEN_FDNAMES has them. */
    String names() {
        return String.join(":", fds.keySet());
    }

    @Override
    public void close() {
        fds.values().forEach(Fd::close);
        fds.clear();
    }
}
