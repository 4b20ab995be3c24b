package dev.troupe.devices.i2c;

import java.util.ArrayDeque;
import java.util.concurrent.Executor;
import java.util.function.Consumer;
import org.jspecify.annotations.Nullable;

/**
 * One bus and those who use it: one at a time, in the order in which they came. Each guest has at most one transfer under
 * way, so guests that all want the bus take turns. Any thread.
 */
final class SharedBus implements AutoCloseable {
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

        private Turn(Consumer<I2cBus> use) {
            this.use = use;
        }

        /** Gives the turn up, if it has not come yet. */
        void cancel() {
            synchronized (SharedBus.this) {
                waiting.remove(this);
            }
        }
    }
}
