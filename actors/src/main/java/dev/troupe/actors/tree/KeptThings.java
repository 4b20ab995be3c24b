package dev.troupe.actors.tree;

import dev.troupe.actors.device.SavedState;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** What one device keeps over its restarts. Any thread; a call may block for as long as making or closing one takes. */
final class KeptThings implements AutoCloseable {

    private static final Logger LOG = LoggerFactory.getLogger(KeptThings.class);

    private final Map<String, AutoCloseable> kept = new LinkedHashMap<>();
    private SavedState state = SavedState.NONE;
    private boolean closed;

    /** Remembers what has to outlive the device that is open now. */
    synchronized void state(SavedState now) {
        state = now;
    }

    /** What the device before this one left. */
    synchronized SavedState state() {
        return state;
    }

    synchronized <T extends AutoCloseable> T keep(String what, Class<T> type, Supplier<T> make) {
        AutoCloseable known = kept.get(what);
        if (known != null) {
            return type.cast(known);
        }
        if (closed) {
            throw new IllegalStateException("The device has been removed");
        }
        T made = make.get();
        kept.put(what, made);
        return made;
    }

    /** Closes all of them, once. */
    @Override
    public synchronized void close() {
        closed = true;
        kept.forEach((what, thing) -> {
            try {
                thing.close();
            } catch (Exception e) {
                LOG.error("Closing what a device kept as '{}' failed by a bug", what, e);
            }
        });
        kept.clear();
    }
}
