package dev.troupe.devices.storage;

import dev.troupe.actors.device.DeviceContext;
import dev.troupe.actors.device.DeviceException;
import dev.troupe.actors.device.Quantities;
import dev.troupe.transport.sys.SysException;
import java.time.Duration;
import java.util.concurrent.RejectedExecutionException;

/**
 * Looks now and then whether a disk's file has another size than before, and tells who wants to know. The look itself may
 * block, so it is done on a thread that may; never more than one at a time.
 */
public final class SizeWatch {
    private final StorageBackend backend;
    private final DeviceContext context;
    private final Runnable changed;
    private volatile boolean stopped;

    /** A watch that has not begun; {@code changed} is called on a thread that may block. */
    public SizeWatch(StorageBackend backend, DeviceContext context, Runnable changed) {
        this.backend = backend;
        this.context = context;
        this.changed = changed;
    }

    /** Begins; any thread. Zero: never looks. */
    public void start(Duration interval) {
        if (interval.isPositive()) {
            context.loop().execute(() -> schedule(interval));
        }
    }

    /** Ends; a look that is under way is the last. */
    public void stop() {
        stopped = true;
    }

    private void schedule(Duration interval) {
        if (!stopped) {
            context.loop().schedule(interval.toNanos(), () -> lookElsewhere(interval));
        }
    }

    // A timer of a stopped watch does nothing: cancelling would have to be done by the loop, and the threads that may
    // block may have ended by then.
    private void lookElsewhere(Duration interval) {
        if (!stopped) {
            context.blocking().execute(() -> look(interval));
        }
    }

    private void look(Duration interval) {
        if (stopped) {
            return;
        }
        try {
            long before = backend.capacityBytes();
            backend.resize(NewSize.FOUND);
            long after = backend.capacityBytes();
            if (after != before) {
                context.log()
                        .info(
                                "The size is now {}, it was {}",
                                Quantities.formatBytes(after),
                                Quantities.formatBytes(before));
                changed.run();
            }
        } catch (SysException | DeviceException e) {
            context.log().warn("Cannot look at the size of {}: {}", backend.description(), e.getMessage());
        }
        try {
            context.loop().execute(() -> schedule(interval));
        } catch (RejectedExecutionException e) {
            // The loop ended, and the device with it.
            stopped = true;
        }
    }
}
