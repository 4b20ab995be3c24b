package dev.troupe.devices.i2c;

import dev.troupe.actors.device.DeviceException;
import dev.troupe.transport.sys.I2cMessage;
import java.time.Duration;
import java.util.ArrayDeque;
import java.util.Iterator;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.stream.Collectors;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One bus and those who use it: one at a time, in the order in which they came, save that whoever wants a target that is
 * leased to another waits for the end of the lease. Each guest has at most one transfer under way, so guests that all want
 * the bus take turns. Any thread.
 */
final class SharedBus implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(SharedBus.class);

    private final I2cBus bus;
    private final Executor blocking;
    private final Clock clock;
    private final ArrayDeque<Turn> waiting = new ArrayDeque<>();
    private final BusLeases leases = new BusLeases();
    private boolean busy;

    /** What somebody does with the bus, alone with it. On a thread that may block. */
    interface Use {
        void with(I2cBus bus);
    }

    /** What tells the time. */
    interface Clock {
        /** As {@link System#nanoTime}. */
        long nanoTime();

        /** Runs something after so long, on any thread. */
        void after(long nanos, Runnable task);
    }

    /** The host's clock. */
    private record HostClock(Executor blocking) implements Clock {
        @Override
        public long nanoTime() {
            return System.nanoTime();
        }

        @Override
        public void after(long nanos, Runnable task) {
            CompletableFuture.delayedExecutor(nanos, TimeUnit.NANOSECONDS, blocking)
                    .execute(task);
        }
    }

    /**
     * @param bus owned by this
     * @param blocking where it is used
     */
    SharedBus(I2cBus bus, Executor blocking) {
        this(bus, blocking, new HostClock(blocking));
    }

    /** The same by another clock. */
    SharedBus(I2cBus bus, Executor blocking, Clock clock) {
        this.bus = bus;
        this.blocking = blocking;
        this.clock = clock;
    }

    I2cBus bus() {
        return bus;
    }

    /**
     * Gives a device its place.
     *
     * @param exclusive the addresses of targets that are to be the device's alone as long as it has its place
     * @param lease how long a target stays the device's after each transfer
     * @throws DeviceException if one of the targets is another's
     */
    synchronized BusUser join(String device, Set<Integer> exclusive, Duration lease) throws DeviceException {
        for (int address : exclusive) {
            Optional<BusUser> owner = leases.owner(address);
            if (owner.isPresent()) {
                throw new DeviceException(TargetAddress.format(address) + " of " + bus.description() + " belongs to "
                        + owner.get() + ".");
            }
        }
        BusUser user = new BusUser(this, device, lease);
        leases.own(user, exclusive);
        return user;
    }

    /** For {@link BusUser#close}. */
    void leave(BusUser user) {
        synchronized (this) {
            leases.forget(user);
        }
        goOn();
    }

    /** For {@link BusUser#mayUse}. */
    synchronized boolean mayUse(BusUser user, int address) {
        return leases.mayUse(user, address);
    }

    /**
     * Makes a target a user's for so long, whatever it does with it.
     *
     * @throws DeviceException if it is another's
     */
    synchronized void grant(BusUser user, int address, Duration length) throws DeviceException {
        Optional<BusUser> other = leases.grant(user, address, length.toNanos(), clock.nanoTime());
        if (other.isPresent()) {
            throw new DeviceException(TargetAddress.format(address) + " belongs to " + other.get() + ".");
        }
    }

    /** Ends a user's lease of a target; whether it had one. */
    boolean release(BusUser user, int address) {
        boolean had;
        synchronized (this) {
            had = leases.release(user, address, clock.nanoTime());
        }
        goOn();
        return had;
    }

    /** A line for each target that is somebody's alone. */
    synchronized String describeLeases() {
        return leases.describe(clock.nanoTime());
    }

    /** For {@link BusUser#submit}. */
    Turn submit(BusUser user, List<I2cMessage> messages, Use use) {
        Turn turn = new Turn(user, addresses(messages), use);
        synchronized (this) {
            waiting.add(turn);
        }
        goOn();
        return turn;
    }

    private static Set<Integer> addresses(List<I2cMessage> messages) {
        return messages.stream().map(TargetAddress::of).collect(Collectors.toSet());
    }

    /** Has the bus used, if it is not and somebody waits for it. */
    private void goOn() {
        synchronized (this) {
            if (busy || waiting.isEmpty()) {
                return;
            }
            busy = true;
        }
        blocking.execute(this::next);
    }

    private void next() {
        Turn turn = take();
        if (turn == null) {
            return;
        }
        try {
            turn.use.with(bus);
        } finally {
            over(turn);
            blocking.execute(this::next);
        }
    }

    private synchronized @Nullable Turn take() {
        long now = clock.nanoTime();
        long soonestNanos = Long.MAX_VALUE;
        for (Iterator<Turn> turns = waiting.iterator(); turns.hasNext(); ) {
            Turn turn = turns.next();
            long waitNanos = leases.waitNanos(turn.user, turn.addresses, now);
            if (waitNanos == 0) {
                turns.remove();
                return turn;
            }
            soonestNanos = Math.min(soonestNanos, waitNanos);
        }
        busy = false;
        if (!waiting.isEmpty()) {
            clock.after(soonestNanos, this::goOn);
        }
        return null;
    }

    private void over(Turn turn) {
        synchronized (this) {
            leases.used(turn.user, turn.addresses, clock.nanoTime());
        }
        turn.over.countDown();
    }

    /** Gives the bus back, once a transfer that is under way is through. */
    @Override
    public void close() {
        bus.close();
    }

    /** Somebody who waits for the bus, or has it. */
    final class Turn {
        private final BusUser user;
        private final Set<Integer> addresses;
        private final Use use;
        private final CountDownLatch over = new CountDownLatch(1);

        private Turn(BusUser user, Set<Integer> addresses, Use use) {
            this.user = user;
            this.addresses = addresses;
            this.use = use;
        }

        /** Gives the turn up, if it has not come yet. */
        void cancel() {
            synchronized (SharedBus.this) {
                if (waiting.remove(this)) {
                    over.countDown();
                }
            }
        }

        /** Waits until the turn is over, or for so long. Threads that may block. */
        void await(long timeoutNanos) {
            try {
                if (!over.await(timeoutNanos, TimeUnit.NANOSECONDS)) {
                    LOG.warn("{} does not come to an end", bus.description());
                }
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
            }
        }
    }
}
