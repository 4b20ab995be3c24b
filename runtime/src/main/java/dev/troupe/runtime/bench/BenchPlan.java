package dev.troupe.runtime.bench;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.OptionalInt;

/**
 * What is to be measured and how.
 *
 * @param socket where the back end listens
 * @param aim what of the device is driven
 * @param depth requests under way on each queue; 0 for what suits the device type
 * @param queues how many queues, each with a thread of its own
 * @param blockBytes size of a request's data
 * @param mix which requests
 * @param ring how the rings are laid out
 * @param duration how long to measure
 * @param warmUp how long to drive before measuring
 * @param cpus the processors of the queues' threads, in turn; none leaves the choice to the kernel
 * @param busyPoll whether to look for returned requests all the time in place of sleeping on the call eventfd
 * @param rangeBytes how much of the device to use, from its start; 0 for all
 * @param verify whether written data is recognisable, and looked for when read
 * @param patience how long a back end may return nothing before the run ends
 */
record BenchPlan(
        Path socket,
        Aim aim,
        int depth,
        int queues,
        int blockBytes,
        Mix mix,
        RingWishes ring,
        Duration duration,
        Duration warmUp,
        List<Integer> cpus,
        boolean busyPoll,
        long rangeBytes,
        boolean verify,
        Duration patience) {

    /** Keeps a copy of the list. */
    BenchPlan {
        cpus = List.copyOf(cpus);
    }

    /** The processor of one of the threads, if it is not the kernel's choice. */
    OptionalInt cpu(int thread) {
        return cpus.isEmpty() ? OptionalInt.empty() : OptionalInt.of(cpus.get(thread % cpus.size()));
    }

    /** With another depth, if none was given. */
    BenchPlan orDepth(int otherwise) {
        return depth != 0
                ? this
                : new BenchPlan(
                        socket,
                        aim,
                        otherwise,
                        queues,
                        blockBytes,
                        mix,
                        ring,
                        duration,
                        warmUp,
                        cpus,
                        busyPoll,
                        rangeBytes,
                        verify,
                        patience);
    }

    /**
     * For devices that keep no data.
     *
     * @throws BenchException if data is to be written or verified
     */
    void requireNoData(String what) throws BenchException {
        if (verify || mix.writes()) {
            throw new BenchException(what + " has nothing to write or to verify.");
        }
    }

    /**
     * For devices whose requests all go through one queue.
     *
     * @throws BenchException if there shall be several
     */
    void requireOneQueue() throws BenchException {
        if (queues != 1) {
            throw new BenchException("--queues: this device type has one queue for requests.");
        }
    }
}
