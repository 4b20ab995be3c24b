package dev.troupe.runtime.bench;

import dev.troupe.transport.sys.CpuAffinity;
import java.io.IOException;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * A thread of a run: goes to its processor, begins when all are ready, and keeps what has ended it before its time. Any thread
 * may start, join and ask it.
 */
abstract class BenchThread {

    private static final long JOIN_MS = 5_000;

    final Meter meter = new Meter();
    final Pace pace;
    private final String title;
    private final OptionalInt cpu;
    private final Thread thread = Thread.ofPlatform().daemon().unstarted(this::run);
    private volatile @Nullable Throwable failure;

    /**
     * Prepares a thread.
     *
     * @param title what it does, for people; begins a sentence
     * @param cpu its processor, if any
     */
    BenchThread(String title, Pace pace, OptionalInt cpu) {
        this.title = title;
        this.pace = pace;
        this.cpu = cpu;
        thread.setName("bench: " + title);
    }

    /** Does its part of the run, on its own thread. */
    abstract void drive() throws IOException;

    private void run() {
        pin();
        try {
            // Also when it has failed already: the others, and whoever watches over all, wait for it.
            pace.awaitStart();
            if (failure == null) {
                drive();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (Throwable e) {
            // Whatever it is, an Error too: a run of which a thread has died is no measurement. What is thrown once
            // nobody
            // waits any more comes of ending it.
            if (!pace.isAbandoned()) {
                failure = e;
            }
        }
    }

    private void pin() {
        try {
            cpu.ifPresent(CpuAffinity::pinCurrentThread);
        } catch (RuntimeException e) {
            failure = e;
        }
    }

    final void start() {
        thread.start();
    }

    /** Waits until it has ended, but not for ever. */
    final void join() throws InterruptedException {
        thread.join(JOIN_MS);
    }

    final boolean isAlive() {
        return thread.isAlive();
    }

    /** What it does, for people. */
    final String title() {
        return title;
    }

    /**
     * Finds out whether all went well so far.
     *
     * @throws BenchException if it has ended before its time
     */
    final void requireNoFailure() throws BenchException {
        Throwable found = failure;
        if (found != null) {
            String message = found.getMessage();
            throw new BenchException(title + ": " + (message == null ? found : message) + ".", found);
        }
    }
}
