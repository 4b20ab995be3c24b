package dev.troupe.devices.storage;

import dev.troupe.actors.device.DeviceContext;
import dev.troupe.transport.sys.Errno;
import dev.troupe.transport.sys.SysException;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Watches how the host answers one disk's requests: tells the operator, not more often than is useful, and has the
 * device restarted when the host fails again and again. Any thread.
 */
public final class HostHealth {
    /** A resource that fails so often in a row is opened again. */
    public static final int FAILURES_BEFORE_RESTART = 16;

    private static final long LOG_INTERVAL_NANOS = 10_000_000_000L;

    private final DeviceContext context;
    private final AtomicInteger failuresInARow = new AtomicInteger();
    private final AtomicInteger failedSyncs = new AtomicInteger();
    private final AtomicLong nextLogNanos = new AtomicLong(System.nanoTime());
    private final AtomicInteger unlogged = new AtomicInteger();

    HostHealth(DeviceContext context) {
        this.context = context;
    }

    /** The host did what it was asked. */
    void succeeded() {
        if (failuresInARow.getPlain() != 0) {
            failuresInARow.set(0);
        }
    }

    /**
     * The host could not do what it was asked.
     *
     * @param what the operation, for the operator
     * @param errno why, positive
     */
    void failed(String what, int errno) {
        log(what, errno);
        if (meansBrokenResource(errno) && failuresInARow.incrementAndGet() == FAILURES_BEFORE_RESTART) {
            failuresInARow.set(0);
            context.hostFailed(new SysException(what, context.name(), errno));
        }
    }

    /**
     * A sync failed. The kernel tells of lost writes only once for an open file, yet every queue that wrote must hear
     * of them, so each compares {@link #failedSyncs()} around its own syncs.
     */
    void syncFailed() {
        failedSyncs.incrementAndGet();
    }

    /** How many syncs failed so far. */
    int failedSyncs() {
        return failedSyncs.get();
    }

    private static boolean meansBrokenResource(int errno) {
        return errno == Errno.EIO || errno == Errno.ENXIO || errno == Errno.ENODEV || errno == Errno.ESTALE;
    }

    private void log(String what, int errno) {
        long now = System.nanoTime();
        long due = nextLogNanos.get();
        if (now - due < 0 || !nextLogNanos.compareAndSet(due, now + LOG_INTERVAL_NANOS)) {
            unlogged.incrementAndGet();
            return;
        }
        String advice = errno == Errno.ENOSPC || errno == Errno.EDQUOT
                ? "; the guest gets I/O errors until there is space on the host"
                : "";
        context.log()
                .warn(
                        "{} failed: {} {}{} ({} more failures since the last such line)",
                        what,
                        Errno.name(errno),
                        Errno.describe(errno),
                        advice,
                        unlogged.getAndSet(0));
    }
}
