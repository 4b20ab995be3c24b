package dev.troupe.samples.guest;

import java.time.Duration;
import java.util.concurrent.locks.LockSupport;
import java.util.function.BooleanSupplier;

/** Bounded waiting for what gives no sign of its own. */
final class Patience {
    private static final long LOOK_EVERY_NS = 5_000_000;

    private Patience() {}

    static void await(String what, Duration timeout, BooleanSupplier condition) {
        long deadlineNs = System.nanoTime() + timeout.toNanos();
        while (!condition.getAsBoolean()) {
            if (System.nanoTime() - deadlineNs > 0) {
                throw new AssertionError("no sign of " + what + " within " + timeout);
            }
            LockSupport.parkNanos(LOOK_EVERY_NS);
        }
    }
}
