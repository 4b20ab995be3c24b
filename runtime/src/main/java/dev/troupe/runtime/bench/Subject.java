package dev.troupe.runtime.bench;

import dev.troupe.runtime.probe.NoBackEndException;
import dev.troupe.runtime.probe.ProbeResult;
import java.util.function.Consumer;

/**
 * A device of one type, seen by its driver: which queues are driven, and how. What a plan asks for and the back end lacks is found
 * when it is made, or by requests in {@link QueueSubject#meet}. Any thread, but for what takes a session.
 */
sealed interface Subject permits QueueSubject, VsockSubject {

    /**
     * A subject of the type that a back end has.
     *
     * @param type one of {@link BenchTarget#TYPES}
     * @throws BenchException if plan and back end do not fit
     */
    static Subject of(String type, BenchPlan plan, ProbeResult probe) throws BenchException {
        return switch (type) {
            case BenchTarget.BLK -> BlkSubject.of(plan, probe);
            case BenchTarget.SCSI -> ScsiSubject.of(plan, probe);
            case BenchTarget.I2C -> I2cSubject.of(plan, probe);
            case BenchTarget.GPIO -> GpioSubject.of(plan, probe);
            case BenchTarget.VSOCK -> VsockSubject.of(plan);
            default -> RngSubject.of(plan);
        };
    }

    /** What its requests are, for people. */
    String title();

    /** What is counted, for people. */
    default String noun() {
        return "requests";
    }

    /** The feature bits of its type that are accepted where they are offered. */
    long accepted();

    /** The ring that the first driven queue has. */
    default int firstRing() {
        return 0;
    }

    /** How many rings are set up for so many driven queues. */
    default int rings(int queues) {
        return firstRing() + queues;
    }

    /** How many descriptor chains make a request. */
    default int chains() {
        return 1;
    }

    /** How many buffers a chain has at most. */
    int buffers();

    /** How much guest memory the requests of one queue take. */
    long memoryBytes();

    /**
     * Drives the back end for the planned time. For one thread, once.
     *
     * @param progress told each second, on the calling thread
     * @throws BenchException if the back end does not do its part
     */
    BenchResult run(BenchTarget target, Consumer<Watch.Progress> progress)
            throws BenchException, NoBackEndException, InterruptedException;
}
