package dev.troupe.actors.tree;

import java.util.HashMap;
import java.util.HashSet;
import java.util.Map;
import java.util.Objects;
import java.util.Set;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What the devices of one daemon use together. Any thread; a call may block for as long as making or closing one takes. */
final class SharedThings {

    private static final Logger LOG = LoggerFactory.getLogger(SharedThings.class);

    private final Map<String, Thing> things = new HashMap<>();

    private static final class Thing {
        private final AutoCloseable thing;
        private int users;

        Thing(AutoCloseable thing) {
            this.thing = thing;
        }
    }

    /** A new user, who uses nothing yet. */
    User user() {
        return new User();
    }

    private synchronized <T extends AutoCloseable> T enter(
            String name, Class<T> type, Supplier<T> make, boolean counted) {
        Thing known = things.get(name);
        if (known == null) {
            known = new Thing(make.get());
            things.put(name, known);
        }
        T thing = type.cast(known.thing);
        known.users += counted ? 1 : 0;
        return thing;
    }

    private synchronized void leave(String name) {
        Thing left = Objects.requireNonNull(things.get(name));
        if (--left.users == 0) {
            things.remove(name);
            try {
                left.thing.close();
            } catch (Exception e) {
                LOG.error("Closing what devices shared as '{}' failed by a bug", name, e);
            }
        }
    }

    /** One device over all of its openings. */
    final class User implements AutoCloseable {
        private final Set<String> used = new HashSet<>();
        private final Set<String> asked = new HashSet<>();
        private boolean closed;

        private User() {}

        /** As {@link dev.troupe.actors.device.DeviceContext#share}. */
        synchronized <T extends AutoCloseable> T share(String name, Class<T> type, Supplier<T> make) {
            if (closed) {
                throw new IllegalStateException("The device has been removed");
            }
            T thing = enter(name, type, make, !used.contains(name));
            used.add(name);
            asked.add(name);
            return thing;
        }

        /** The device has opened: what it asked for before, and did not this time, it uses no more. */
        synchronized void dropUnused() {
            for (String name : Set.copyOf(used)) {
                if (!asked.contains(name)) {
                    used.remove(name);
                    leave(name);
                }
            }
            asked.clear();
        }

        /** The device is gone. */
        @Override
        public synchronized void close() {
            closed = true;
            used.forEach(SharedThings.this::leave);
            used.clear();
        }
    }
}
