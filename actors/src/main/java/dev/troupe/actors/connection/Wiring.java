package dev.troupe.actors.connection;

import dev.troupe.actors.daemon.DeviceSpec;
import dev.troupe.actors.dispatch.EventLoops;

/**
 * What all actors of one device work with.
 *
 * @param spec what is wanted of the device
 * @param loops the daemon's threads
 * @param firstQueueLoop the number of the queue loop of its first queue
 * @param monitor its figures
 */
public record Wiring(DeviceSpec spec, EventLoops loops, int firstQueueLoop, DeviceMonitor monitor) {

    /** The number of the queue loop that serves a queue. */
    public int queueLoop(int queue) {
        return firstQueueLoop + queue;
    }
}
