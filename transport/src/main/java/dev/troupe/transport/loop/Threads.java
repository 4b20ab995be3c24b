package dev.troupe.transport.loop;

/** Waiting for threads that are ending. */
final class Threads {
    private Threads() {}

    /** Waits for its end, whatever interrupts; an interrupt stays pending for the caller. */
    static void join(Thread thread) {
        boolean interrupted = false;
        while (thread.isAlive()) {
            try {
                thread.join();
            } catch (InterruptedException e) {
                interrupted = true;
            }
        }
        if (interrupted) {
            Thread.currentThread().interrupt();
        }
    }
}
