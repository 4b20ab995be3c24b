package dev.troupe.devices.i2c;

import dev.troupe.transport.sys.I2cMessage;
import java.util.List;

/** What carries transfers out. One at a time, on threads that may block. */
interface I2cBus extends AutoCloseable {

    /** What it is, for the log and for operators. */
    String description();

    /**
     * Makes one transfer: a start before each message, a stop after the last.
     *
     * @return 0, or why it failed: an error number, positive
     */
    int transfer(List<I2cMessage> messages);

    /** Gives the host resource back. May block. */
    @Override
    void close();
}
