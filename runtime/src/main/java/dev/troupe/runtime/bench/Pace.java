package dev.troupe.runtime.bench;

import java.util.concurrent.CountDownLatch;

/**
 * The times of one run, the same for all queues, and the way to break it off. Times are {@link System#nanoTime}. Any thread.
 */
final class Pace {

    private final long warmUpNanos;
    private final long measuredNanos;
    private final CountDownLatch ready;
    private final CountDownLatch go = new CountDownLatch(1);
    private volatile long startedAt;
    private volatile boolean abandoned;

    Pace(long warmUpNanos, long measuredNanos, int threads) {
        this.warmUpNanos = warmUpNanos;
        this.measuredNanos = measuredNanos;
        this.ready = new CountDownLatch(threads);
    }

    /** A queue's thread is ready and waits until all are. */
    void awaitStart() throws InterruptedException {
        ready.countDown();
        go.await();
    }

    /** Waits until all threads are ready and lets them go. */
    void start() throws InterruptedException {
        ready.await();
        startedAt = System.nanoTime();
        go.countDown();
    }

    /** When measuring begins. */
    long measuredFrom() {
        return startedAt + warmUpNanos;
    }

    /** When measuring ends. */
    long measuredTo() {
        return startedAt + warmUpNanos + measuredNanos;
    }

    /** How long is measured. */
    long measuredNanos() {
        return measuredNanos;
    }

    /** Nobody waits for unfinished requests any more; threads that sleep must be woken as well. */
    void abandon() {
        abandoned = true;
        go.countDown();
    }

    /** Whether the run was broken off. */
    boolean isAbandoned() {
        return abandoned;
    }
}
