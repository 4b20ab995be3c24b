package dev.troupe.devices.i2c;

import dev.troupe.transport.sys.I2cMessage;
import java.time.Duration;
import java.util.List;

/** A device's place at a bus that it may share with others. Any thread. */
final class BusUser implements AutoCloseable {
    private final SharedBus bus;
    private final String device;
    private volatile long leaseNanos;

    /** For {@link SharedBus#join}. */
    BusUser(SharedBus bus, String device, Duration lease) {
        this.bus = bus;
        this.device = device;
        lease(lease);
    }

    SharedBus bus() {
        return bus;
    }

    /** How long a target stays this user's after each transfer. */
    long leaseNanos() {
        return leaseNanos;
    }

    void lease(Duration lease) {
        leaseNanos = lease.toNanos();
    }

    /** Whether the target is not another user's as long as that is there. */
    boolean mayUse(int address) {
        return bus.mayUse(this, address);
    }

    /**
     * Has the bus used for this transfer when it is free and none of the targets is leased to another user, on a thread that
     * may block.
     *
     * @param use alone with the bus while it runs
     */
    SharedBus.Turn submit(List<I2cMessage> messages, SharedBus.Use use) {
        return bus.submit(this, messages, use);
    }

    /** Gives up the place, and what was this user's alone. */
    @Override
    public void close() {
        bus.leave(this);
    }

    @Override
    public String toString() {
        return device;
    }
}
