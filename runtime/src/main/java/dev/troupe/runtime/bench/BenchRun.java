package dev.troupe.runtime.bench;

import dev.troupe.runtime.probe.NoBackEndException;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalInt;
import java.util.function.Consumer;

/** One run: starts a thread a queue, watches over them, and adds up. For one thread, once. */
final class BenchRun {

    private static final int TICK_MS = 1_000;
    private static final long JOIN_MS = 5_000;

    private final BenchPlan plan;
    private final BenchTarget target;
    private final Consumer<Progress> progress;
    private final List<QueueDriver> drivers = new ArrayList<>();
    private final List<Thread> threads = new ArrayList<>();
    private final Pace pace;

    /**
     * How far a run is, each second.
     *
     * @param second how many seconds it has run, warm-up included
     * @param requests how many requests came back since the last one
     * @param bytes how much data they moved
     * @param nanos how long that took
     */
    record Progress(int second, long requests, long bytes, long nanos) {}

    /**
     * Prepares a run.
     *
     * @param progress told each second, on the thread of {@link #run}
     */
    BenchRun(BenchTarget target, Consumer<Progress> progress) {
        this.plan = target.plan();
        this.target = target;
        this.progress = progress;
        pace = new Pace(plan.warmUp().toNanos(), plan.duration().toNanos(), plan.queues());
    }

    /**
     * Drives the back end for the planned time.
     *
     * @throws BenchException if the back end does not do its part
     */
    BenchResult run() throws BenchException, NoBackEndException, InterruptedException {
        try (BenchSession session = BenchSession.open(target)) {
            try {
                target.subject().meet(session);
                startDrivers(session);
                pace.start();
                watchOver(session);
                target.subject().part(session);
                session.stop();
                return BenchResult.of(pace.measuredNanos(), drivers);
            } finally {
                endDrivers();
            }
        }
    }

    private void startDrivers(BenchSession session) {
        long seed = System.nanoTime();
        for (int i = 0; i < plan.queues(); i++) {
            OptionalInt cpu = plan.cpus().isEmpty()
                    ? OptionalInt.empty()
                    : OptionalInt.of(plan.cpus().get(i % plan.cpus().size()));
            Workload workload = target.subject().workload(session, i, seed);
            QueueDriver driver = new QueueDriver(session, i, workload, pace, plan, cpu);
            drivers.add(driver);
            threads.add(Thread.ofPlatform().daemon().name("bench-queue-" + i).start(driver));
        }
    }

    /** Returns when all threads have ended by themselves. */
    private void watchOver(BenchSession session) throws BenchException {
        long[] seen = new long[drivers.size()];
        long[] seenAt = new long[drivers.size()];
        java.util.Arrays.fill(seenAt, System.nanoTime());
        long lastRequests = 0;
        long lastBytes = 0;
        long lastAt = System.nanoTime();
        long dueAt = lastAt;
        int second = 0;
        // At least once: a thread that failed may have ended already.
        do {
            dueAt += TICK_MS * 1_000_000L;
            awaitEnd(session, dueAt);
            long now = System.nanoTime();
            long requests =
                    drivers.stream().mapToLong(d -> d.meter().progress.get()).sum();
            long bytes = drivers.stream()
                    .mapToLong(d -> d.meter().progressBytes.get())
                    .sum();
            if (now - dueAt >= 0) {
                progress.accept(new Progress(++second, requests - lastRequests, bytes - lastBytes, now - lastAt));
                lastRequests = requests;
                lastBytes = bytes;
                lastAt = now;
            }
            for (int i = 0; i < drivers.size(); i++) {
                long done = drivers.get(i).meter().progress.get();
                seenAt[i] = done == seen[i] ? seenAt[i] : now;
                seen[i] = done;
                check(session, i, now - seenAt[i]);
            }
        } while (threads.stream().anyMatch(Thread::isAlive));
    }

    /** Waits until all threads have ended or a time has come, with an eye on the connection. */
    private void awaitEnd(BenchSession session, long dueAt) throws BenchException {
        while (threads.stream().anyMatch(Thread::isAlive) && System.nanoTime() - dueAt < 0) {
            session.watch(Math.clamp((dueAt - System.nanoTime()) / 1_000_000, 1, 50));
        }
    }

    private void check(BenchSession session, int index, long silentNanos) throws BenchException {
        QueueDriver driver = drivers.get(index);
        RuntimeException failure = driver.failure();
        if (failure != null) {
            throw new BenchException("Queue " + index + ": " + failure.getMessage() + ".", failure);
        }
        if (session.isBroken(index)) {
            throw new BenchException("The back end has declared queue " + index + " broken; its log says why.");
        }
        if (silentNanos > plan.patience().toNanos() && threads.get(index).isAlive()) {
            throw new BenchException("The back end has returned none of the requests of queue " + index + " for "
                    + plan.patience().toSeconds() + " s.");
        }
    }

    private void endDrivers() throws InterruptedException {
        pace.abandon();
        drivers.forEach(QueueDriver::wake);
        for (Thread thread : threads) {
            thread.join(JOIN_MS);
        }
    }
}
