package dev.troupe.transport.loop;

/** Looks for work that would otherwise announce itself by a wake-up, for example in an avail ring. */
@FunctionalInterface
public interface BusyPoll {
    /**
     * Looks, and does or schedules what it finds; true if there was something. Called in every turn of the loop and again
     * and again before it sleeps: it must be cheap.
     */
    boolean poll();

    /**
     * The loop is about to sleep and asks no more until it wakes: from now on the work has to announce itself. What is
     * found now has to be handed to the loop as a task; then it does not sleep.
     */
    default void aboutToSleep() {}
}
