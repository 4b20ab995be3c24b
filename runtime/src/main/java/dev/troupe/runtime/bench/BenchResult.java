package dev.troupe.runtime.bench;

import java.util.List;
import org.HdrHistogram.Histogram;

/**
 * What was measured, of all queues together. Any thread may read it.
 *
 * @param measuredNanos how long
 * @param requests how many came back well in that time
 * @param bytes how much data they moved
 * @param errors how many failed
 * @param latencyNanos from the making of a request until it was taken back well; also of those that were under way when the time
 *     was over
 * @param notifications kicks and calls
 * @param verification what came of {@code --verify}
 * @param problems the first failure of each queue that had any
 */
record BenchResult(
        long measuredNanos,
        long requests,
        long bytes,
        long errors,
        Histogram latencyNanos,
        Notifications notifications,
        Verification verification,
        List<String> problems) {

    private static final double NANOS = 1e9;
    private static final double MEBI = 1 << 20;

    /** Keeps a copy of the list. */
    BenchResult {
        problems = List.copyOf(problems);
    }

    /**
     * How often the two ends have woken each other.
     *
     * @param kicks writes to the kick eventfds
     * @param calls writes of the back end to the call eventfds
     * @param sleeps how often a thread slept on a call eventfd
     * @param allocatedBytes what the threads have allocated on the heap meanwhile
     */
    record Notifications(long kicks, long calls, long sleeps, long allocatedBytes) {}

    /**
     * Blocks read back.
     *
     * @param verified with the contents last written
     * @param mismatches with others
     */
    record Verification(long verified, long mismatches) {}

    /** Adds up what the drivers, which have ended, have counted. */
    static BenchResult of(long measuredNanos, List<QueueDriver> drivers) {
        List<Meter> meters = drivers.stream().map(driver -> driver.meter).toList();
        List<Workload> workloads = drivers.stream().map(QueueDriver::workload).toList();
        Histogram latency = new Histogram(meters.getFirst().latencyNanos);
        meters.forEach(meter -> latency.add(meter.latencyNanos));
        return new BenchResult(
                measuredNanos,
                meters.stream().mapToLong(meter -> meter.requests).sum(),
                meters.stream().mapToLong(meter -> meter.bytes).sum(),
                meters.stream().mapToLong(meter -> meter.errors).sum(),
                latency,
                new Notifications(
                        meters.stream().mapToLong(meter -> meter.kicks).sum(),
                        meters.stream().mapToLong(meter -> meter.calls).sum(),
                        meters.stream().mapToLong(meter -> meter.sleeps).sum(),
                        meters.stream().mapToLong(meter -> meter.allocatedBytes).sum()),
                new Verification(
                        workloads.stream().mapToLong(Workload::verified).sum(),
                        workloads.stream().mapToLong(Workload::mismatches).sum()),
                workloads.stream()
                        .map(Workload::firstProblem)
                        .filter(problem -> !problem.isEmpty())
                        .toList());
    }

    /** Good requests a second. */
    double requestsPerSecond() {
        return requests * NANOS / measuredNanos;
    }

    /** MiB a second. */
    double mebibytesPerSecond() {
        return bytes * NANOS / measuredNanos / MEBI;
    }

    /** A count a request, well or not. */
    double perRequest(long count) {
        long all = requests + errors;
        return all == 0 ? 0 : (double) count / all;
    }

    /** Whether every request succeeded and everything read back was right. */
    boolean isClean() {
        return problems.isEmpty() && errors == 0 && verification.mismatches() == 0;
    }
}
