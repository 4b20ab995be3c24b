package dev.troupe.runtime.bench;

import java.time.Duration;
import java.util.Arrays;
import java.util.List;
import java.util.function.Consumer;

/**
 * Watches over a run: tells each second how far it is, and breaks it off when a thread has failed or the back end does not do its
 * part. For one thread, once.
 */
final class Watch {

    private static final long TICK_NANOS = 1_000_000_000L;
    private static final int LOOK_MS = 50;

    private final BenchSession session;
    private final List<? extends BenchThread> threads;
    private final List<? extends BenchThread> measured;
    private final Duration patience;
    private final Consumer<Progress> progress;
    private final long[] seen;
    private final long[] seenAt;
    private int second;
    private long lastRequests;
    private long lastBytes;
    private long lastAt;
    private long dueAt;

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
     * Prepares one.
     *
     * @param threads all threads of the run
     * @param measured those of them that take requests back
     * @param progress told each second
     */
    Watch(
            BenchSession session,
            List<? extends BenchThread> threads,
            List<? extends BenchThread> measured,
            Duration patience,
            Consumer<Progress> progress) {
        this.session = session;
        this.threads = threads;
        this.measured = measured;
        this.patience = patience;
        this.progress = progress;
        seen = new long[measured.size()];
        seenAt = new long[measured.size()];
    }

    /**
     * Returns when all that is measured has ended by itself.
     *
     * @throws BenchException if it has to be broken off
     */
    void untilOver() throws BenchException {
        lastAt = System.nanoTime();
        dueAt = lastAt + TICK_NANOS;
        Arrays.fill(seenAt, lastAt);
        while (measured.stream().anyMatch(BenchThread::isAlive)) {
            session.watch(LOOK_MS);
            look(System.nanoTime());
        }
        for (BenchThread thread : measured) {
            thread.requireNoFailure();
        }
    }

    private void look(long now) throws BenchException {
        for (BenchThread thread : threads) {
            thread.requireNoFailure();
        }
        for (int i = 0; i < seen.length; i++) {
            BenchThread thread = measured.get(i);
            long done = thread.meter.progress.get();
            seenAt[i] = done == seen[i] ? seenAt[i] : now;
            seen[i] = done;
            if (now - seenAt[i] > patience.toNanos() && thread.isAlive()) {
                throw new BenchException(
                        thread.title() + ": the back end has returned nothing for " + patience.toSeconds() + " s.");
            }
        }
        if (now - dueAt >= 0) {
            dueAt += TICK_NANOS;
            tell(now);
            session.requireUnbroken();
        }
    }

    private void tell(long now) {
        long requests = Arrays.stream(seen).sum();
        long bytes = measured.stream()
                .mapToLong(thread -> thread.meter.progressBytes.get())
                .sum();
        progress.accept(new Progress(++second, requests - lastRequests, bytes - lastBytes, now - lastAt));
        lastRequests = requests;
        lastBytes = bytes;
        lastAt = now;
    }
}
