package dev.troupe.devices.gpio;

import dev.troupe.actors.device.DeviceContext;
import dev.troupe.transport.sys.Errno;
import dev.troupe.transport.sys.SysException;
import java.util.ArrayDeque;
import java.util.concurrent.Executor;
import java.util.function.BooleanSupplier;
import java.util.function.IntConsumer;

/**
 * One device's calls to its chip, one after the other: on threads that may block, with what follows on the device's loop; or at
 * once, where the chip never blocks. Any thread.
 */
final class ChipCalls {
    private static final long LOG_INTERVAL_NANOS = 10_000_000_000L;

    private final DeviceContext context;
    private final boolean blocks;
    private final Executor executor;
    private final ArrayDeque<Runnable> waiting = new ArrayDeque<>();
    private boolean busy;
    private boolean gone;
    private long nextLogNanos = System.nanoTime();

    /**
     * @param context whose
     * @param blocks whether a call may block
     */
    ChipCalls(DeviceContext context, boolean blocks) {
        this.context = context;
        this.blocks = blocks;
        this.executor = context.blocking();
    }

    /**
     * Makes a call.
     *
     * @param call what to do with the chip; may say whether a line is high
     * @param then gets 1 or 0, as the call said, or a negative error number
     */
    void submit(BooleanSupplier call, IntConsumer then) {
        if (!blocks) {
            then.accept(attempt(call));
            return;
        }
        synchronized (this) {
            waiting.add(() -> {
                int result = attempt(call);
                context.loop().execute(() -> then.accept(result));
            });
            if (busy) {
                return;
            }
            busy = true;
        }
        executor.execute(this::next);
    }

    /** As {@link #submit(BooleanSupplier, IntConsumer)}, for calls that say nothing. */
    void submit(Runnable call, IntConsumer then) {
        submit(
                () -> {
                    call.run();
                    return false;
                },
                then);
    }

    private void next() {
        Runnable call;
        synchronized (this) {
            call = waiting.poll();
            busy = call != null;
        }
        if (call != null) {
            try {
                call.run();
            } finally {
                executor.execute(this::next);
            }
        }
    }

    private int attempt(BooleanSupplier call) {
        try {
            return call.getAsBoolean() ? 1 : 0;
        } catch (SysException e) {
            log(e);
            if (e.errno() == Errno.ENODEV) {
                goneAway(e);
            }
            return -e.errno();
        } catch (IllegalStateException e) {
            // The device has been closed meanwhile, and its lines with it.
            return -Errno.ENODEV;
        }
    }

    /** An expander was unplugged, perhaps; the device opens it again once it is back. */
    private synchronized void goneAway(SysException failure) {
        if (!gone) {
            gone = true;
            context.hostFailed(failure);
        }
    }

    private synchronized void log(SysException failure) {
        long now = System.nanoTime();
        if (now - nextLogNanos >= 0) {
            nextLogNanos = now + LOG_INTERVAL_NANOS;
            context.log().warn("The GPIO chip failed: {} (such lines come every 10 s at most)", failure.getMessage());
        }
    }
}
