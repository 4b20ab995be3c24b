package dev.troupe.runtime.bench;

import dev.troupe.transport.sys.CpuAffinity;
import java.io.IOException;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/** One end of a socket device under load, with a thread of its own. */
abstract class VsockEnd implements Runnable {
    final Pace pace;
    final Meter meter = new Meter();
    private final OptionalInt cpu;
    private volatile @Nullable Exception failure;
    private boolean metering;

    /** @param cpu the processor for its thread, if any */
    VsockEnd(Pace pace, OptionalInt cpu) {
        this.pace = pace;
        this.cpu = cpu;
    }

    /** Does its part until {@link #isOver}. */
    abstract void drive() throws IOException;

    @Override
    public final void run() {
        try {
            cpu.ifPresent(CpuAffinity::pinCurrentThread);
            pace.awaitStart();
            drive();
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (IOException | RuntimeException e) {
            if (!isOver()) {
                failure = e;
            }
        }
        meter.end();
    }

    /** Whether the time is over; metering begins when it should. To be asked again and again. */
    final boolean isOver() {
        long now = System.nanoTime();
        if (!metering && now - pace.measuredFrom() >= 0) {
            metering = true;
            meter.begin();
        }
        return pace.isAbandoned() || now - pace.measuredTo() >= 0;
    }

    /** Why it ended before its time, or null. Any thread. */
    final @Nullable Exception failure() {
        return failure;
    }
}
