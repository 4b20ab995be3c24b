package dev.troupe.runtime.bench;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;

/**
 * What is to be measured and how.
 *
 * @param socket where the back end listens
 * @param depth requests under way on each queue
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
}
