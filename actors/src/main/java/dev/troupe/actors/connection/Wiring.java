package dev.troupe.actors.connection;

import dev.troupe.actors.daemon.DeviceSpec;
import dev.troupe.actors.dispatch.EventLoops;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * What all actors of one device work with.
 *
 * @param spec what is wanted of the device
 * @param loops the daemon's threads
 * @param firstQueueLoop the number of the queue loop of its first queue
 * @param monitor its figures
 */
public record Wiring(DeviceSpec spec, EventLoops loops, int firstQueueLoop, DeviceMonitor monitor) {

    private static final Logger LOG = LoggerFactory.getLogger(Wiring.class);

    /** The number of the queue loop that serves a queue. */
    public int queueLoop(int queue) {
        return firstQueueLoop + queue;
    }

    /** Says and counts that a front end broke a rule. */
    void violated(String what) {
        String text = spec.name() + ": " + what;
        LOG.warn("{}", text);
        monitor.violation(text);
    }
}
