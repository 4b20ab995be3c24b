package dev.troupe.transport.loop;

import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** Calls what others gave to the loop, so that nothing they throw gets into it. */
final class Failures {
    private static final Logger LOG = LoggerFactory.getLogger(EventLoop.class);

    private Failures() {}

    /**
     * Runs it; logs what it throws. Errors too: a mapping whose file was cut short shows up as {@link InternalError}, and no
     * error of one owner may end the loop that others run on.
     */
    static void contain(String loop, String what, Runnable task) {
        try {
            task.run();
        } catch (Throwable e) {
            log(loop, what, e);
        }
    }

    /** Logs it; never throws, even if there is no memory for that or the failure cannot tell of itself. */
    static void log(String loop, String what, Throwable failure) {
        try {
            LOG.error("Loop {}: {} failed; the loop goes on", loop, what, failure);
        } catch (Throwable e) {
            // A loop that ended here would leave its I/O under way and everybody on it without answers.
        }
    }
}
