package dev.troupe.transport.loop;

/** A task that a loop runs later. Loop thread only. */
public interface Timer {
    /** Keeps the task from running; without effect once it has run. */
    void cancel();
}
