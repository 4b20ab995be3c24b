package dev.troupe.runtime.bench;

import dev.troupe.runtime.probe.NoBackEndException;
import java.util.function.Consumer;

/** A device whose queues are driven one by one, each from a thread of its own. */
sealed interface QueueSubject extends Subject permits BlkSubject, GpioSubject, I2cSubject, RngSubject, ScsiSubject {

    /**
     * Asks the device what only requests can tell, and sets up what the load needs.
     *
     * @throws BenchException if it cannot be driven as planned
     */
    default void meet(BenchSession session) throws BenchException {}

    /**
     * Undoes what {@link #meet} has set up.
     *
     * @throws BenchException if the device does not let it
     */
    default void part(BenchSession session) throws BenchException {}

    /**
     * The requests of one queue, after {@link #meet}.
     *
     * @param queue counted from 0 among those driven
     * @param seed of this run
     */
    Workload workload(BenchSession session, int queue, long seed);

    @Override
    default BenchResult run(BenchTarget target, Consumer<Watch.Progress> progress)
            throws BenchException, NoBackEndException, InterruptedException {
        return new BenchRun(this, target, progress).run();
    }
}
