package dev.troupe.devices.i2c;

import java.util.ArrayDeque;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/**
 * One bus and those who use it: one at a time, in the order in which they came. Each guest has at most one transfer under
 * way, so guests that all want the bus take turns. Any thread.
 */
final class SharedBus implements AutoCloseable {
    private static final Logger LOG = LoggerFactory.getLogger(SharedBus.class);

    private final I2cBus bus;
    private final Executor blocking;
    private final ArrayDeque<Turn> waiting = new ArrayDeque<>();
    private boolean busy;

    /**
     * @param bus owned by this
     * @param blocking where it is used
     */
    SharedBus(I2cBus bus, Executor blocking) {
        this.bus = bus;
        this.blocking = blocking;
    }

    I2cBus bus() {
        return bus;
    }

    /**
     * Has the bus used when it is free, on a thread that may block.
     *
     * @param use alone with the bus while it runs
     */
    Turn submit(Consumer<I2cBus> use) {
        Turn turn = new Turn(use);
        synchronized (this) {
            waiting.add(turn);
            if (busy) {
                return turn;
            }
            busy = true;
        }
        blocking.execute(this::next);
        return turn;
    }

    private void next() {
        Turn turn = take();
        if (turn == null) {
            return;
        }
        try {
            turn.use.accept(bus);
        } finally {
            turn.over.countDown();
            blocking.execute(this::next);
        }
    }

    private synchronized @Nullable Turn take() {
        Turn turn = waiting.poll();
        busy = turn != null;
        return turn;
    }

    /** Gives the bus back, once a transfer that is under way is through. */
    @Override
    public void close() {
        bus.close();
    }

    /** Somebody who waits for the bus, or has it. */
    final class Turn {
        private final Consumer<I2cBus> use;
        private final CountDownLatch over = new CountDownLatch(1);

        private Turn(Consumer<I2cBus> use) {
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
