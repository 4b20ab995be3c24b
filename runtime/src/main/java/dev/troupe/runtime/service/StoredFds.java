package dev.troupe.runtime.service;

import dev.troupe.actors.vault.Vault;
import dev.troupe.transport.sys.Fd;
import dev.troupe.transport.sys.SysException;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * The service manager's file-descriptor store. Any thread.
 *
 * <p>In the store a descriptor is called {@code <name>#<generation>}: one that replaces another is stored before the other is
 * removed, so at no moment is there none, and of two the greater generation counts. As a store's names reach the next process
 * in one environment variable, their length together is limited.
 */
final class StoredFds implements Vault {

    private static final Logger LOG = LoggerFactory.getLogger(StoredFds.class);
    private static final char GENERATION = '#';
    /** A variable of the environment may have 128 KiB; with more, no process could be started at all. */
    private static final int MOST_NAME_CHARS = 120_000;

    private final NotifySocket socket;
    private final int most;
    /** Generation by name. */
    private final Map<String, Long> stored = new LinkedHashMap<>();
    /** What is to be done once this process is the one that counts; an empty value is a removal. Null if that is now. */
    private @Nullable Map<String, Optional<Fd>> held;

    private long generation;
    private int nameChars;
    private boolean complained;

    /**
     * Creates one whose store is empty.
     *
     * @param socket the way to the manager
     * @param most how many descriptors the manager keeps, as far as it tells
     */
    StoredFds(NotifySocket socket, int most) {
        this.socket = socket;
        this.most = most;
    }

    /** Whether a name in the store is one of ours; others are sockets that the manager made. */
    static boolean isStoredName(String name) {
        int mark = name.lastIndexOf(GENERATION);
        return mark > 0 && name.substring(mark + 1).matches("[0-9]{1,18}");
    }

    /**
     * Learns of a descriptor that is in the store already.
     *
     * @param full its name there
     * @return its name without the generation, or empty if there is a newer one; the older of two is removed from the store
     */
    synchronized Optional<String> learn(String full) {
        int mark = full.lastIndexOf(GENERATION);
        String name = full.substring(0, mark);
        long found = Long.parseLong(full.substring(mark + 1));
        generation = Math.max(generation, found);
        long known = stored.getOrDefault(name, -1L);
        if (known > found) {
            tell("FDSTOREREMOVE=1\nFDNAME=" + full, List.of());
            return Optional.empty();
        }
        record(name, found);
        if (known >= 0) {
            tell("FDSTOREREMOVE=1\nFDNAME=" + full(name, known), List.of());
        }
        return Optional.of(name);
    }

    /** The names in the store, generations and all, for a successor to {@link #learn}. */
    synchronized List<String> fullNames() {
        return stored.entrySet().stream()
                .map(entry -> full(entry.getKey(), entry.getValue()))
                .toList();
    }

    /** From now on nothing is stored or removed until {@link #release}. */
    synchronized void hold() {
        held = new LinkedHashMap<>();
    }

    /** Makes up for all that was held back. */
    synchronized void release() {
        Map<String, Optional<Fd>> waiting = held;
        held = null;
        if (waiting != null) {
            waiting.forEach((name, fd) -> {
                fd.ifPresentOrElse(f -> put(name, f), () -> remove(name));
                fd.ifPresent(Fd::close);
            });
        }
    }

    @Override
    public synchronized void put(String name, Fd fd) {
        if (held != null) {
            holdBack(held, name, fd);
            return;
        }
        long next = generation + 1;
        Long before = stored.get(name);
        if (!keep(name, next, fd)) {
            // An older one of the same name would mislead the next process.
            remove(name);
            return;
        }
        generation = next;
        record(name, next);
        if (before != null) {
            tell("FDSTOREREMOVE=1\nFDNAME=" + full(name, before), List.of());
        }
    }

    private void holdBack(Map<String, Optional<Fd>> waiting, String name, Fd fd) {
        try {
            hold(waiting, name, Optional.of(fd.duplicate()));
        } catch (SysException | IllegalStateException e) {
            complain(String.valueOf(e.getMessage()));
            hold(waiting, name, Optional.empty());
        }
    }

    private boolean keep(String name, long next, Fd fd) {
        if (stored.size() >= most || nameChars + full(name, next).length() >= MOST_NAME_CHARS) {
            complain("it is full (" + stored.size() + " descriptors)");
            return false;
        }
        try (Fd wrapper = FdWrapper.wrap(fd)) {
            return tell("FDSTORE=1\nFDPOLL=0\nFDNAME=" + full(name, next), List.of(wrapper));
        } catch (SysException | IllegalStateException e) {
            complain(String.valueOf(e.getMessage()));
            return false;
        }
    }

    @Override
    public synchronized void remove(String name) {
        if (held != null) {
            hold(held, name, Optional.empty());
            return;
        }
        Long before = stored.remove(name);
        if (before != null) {
            nameChars -= full(name, before).length() + 1;
            tell("FDSTOREREMOVE=1\nFDNAME=" + full(name, before), List.of());
        }
    }

    /** What is held back from now on under a name, in place of what was. */
    private static void hold(Map<String, Optional<Fd>> held, String name, Optional<Fd> fd) {
        held.getOrDefault(name, Optional.empty()).ifPresent(Fd::close);
        held.put(name, fd);
    }

    private void record(String name, long number) {
        Long before = stored.put(name, number);
        nameChars += full(name, number).length() + 1;
        if (before != null) {
            nameChars -= full(name, before).length() + 1;
        }
    }

    private boolean tell(String lines, List<Fd> fds) {
        try {
            socket.send(lines, fds);
            return true;
        } catch (SysException e) {
            complain(String.valueOf(e.getMessage()));
            return false;
        }
    }

    private void complain(String why) {
        if (!complained) {
            complained = true;
            LOG.warn(
                    "The service manager's store does not keep everything: {}. Guests may lose devices if this process"
                            + " crashes.",
                    why);
        }
    }

    private static String full(String name, long number) {
        return name + GENERATION + number;
    }
}
