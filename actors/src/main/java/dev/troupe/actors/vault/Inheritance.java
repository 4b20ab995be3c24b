package dev.troupe.actors.vault;

import dev.troupe.transport.sys.Fd;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What an earlier process left, by name. It belongs to whoever holds it: what nobody took is closed with it, and said in the
 * log. Any thread may call it.
 */
public final class Inheritance implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(Inheritance.class);

    private final Map<String, Fd> left;

    private Inheritance(Map<String, Fd> fds) {
        this.left = new TreeMap<>(fds);
    }

    /** Nothing was left. */
    public static Inheritance empty() {
        return new Inheritance(Map.of());
    }

    /** Takes over the ownership of the descriptors given. */
    public static Inheritance of(Map<String, Fd> fds) {
        return new Inheritance(fds);
    }

    /** The names of what nobody has taken yet, in order; a copy. */
    public synchronized Set<String> names() {
        return new TreeSet<>(left.keySet());
    }

    /** Takes what has this name; the caller owns it from now on. Empty if there is nothing, or it was taken before. */
    public synchronized Optional<Fd> take(String name) {
        return Optional.ofNullable(left.remove(name));
    }

    /** Closes what nobody took. May be called again. */
    @Override
    public synchronized void close() {
        if (!left.isEmpty()) {
            LOG.info("Closed what an earlier process left and nobody wanted: {}", String.join(", ", left.keySet()));
        }
        left.values().forEach(Fd::close);
        left.clear();
    }
}
