package dev.troupe.runtime.cli;

import org.jspecify.annotations.Nullable;

/** SIGHUP, which may come before the daemon can do what it means; then that is done as soon as it can. Any thread. */
final class HangUp {

    private boolean waits;
    private @Nullable Runnable meaning;

    /** The signal has come. */
    synchronized void heard() {
        if (meaning == null) {
            waits = true;
        } else {
            meaning.run();
        }
    }

    /** From now on the signal means something that does not block. */
    synchronized void means(Runnable action) {
        meaning = action;
        if (waits) {
            waits = false;
            action.run();
        }
    }
}
