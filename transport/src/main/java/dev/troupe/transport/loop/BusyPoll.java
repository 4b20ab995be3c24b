package dev.troupe.transport.loop;

/** Looks for work that would otherwise announce itself by a wake-up, for example in an avail ring. */
@FunctionalInterface
public interface BusyPoll {
    /** Looks, and does or schedules what it finds; true if there was something. Called often: it must be cheap. */
    boolean poll();
}
