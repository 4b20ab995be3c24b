package dev.troupe.transport.frontend;

import dev.troupe.transport.sys.EventFd;
import dev.troupe.transport.sys.Fd;

/**
 * A vring's three eventfds, owned here; the back end gets duplicates.
 *
 * @param kick written by the driver
 * @param call written by the device
 * @param err written by the back end if the ring is broken
 */
public record VringFds(Fd kick, Fd call, Fd err) implements AutoCloseable {
    /**
     * Makes three eventfds that do not block.
     *
     * @return the eventfds
     */
    public static VringFds create() {
        return new VringFds(EventFd.create(true), EventFd.create(true), EventFd.create(true));
    }

    /** Closes all three. */
    @Override
    public void close() {
        kick.close();
        call.close();
        err.close();
    }
}
