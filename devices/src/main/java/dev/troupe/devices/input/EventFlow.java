package dev.troupe.devices.input;

import dev.troupe.devices.filling.FillingQueue;
import dev.troupe.transport.ring.ChainWriter;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.function.Consumer;
import java.util.function.LongSupplier;

/**
 * The way of reports to the guest. A report that finds no room is left out whole (section 5.8.6.2), and so are all after it
 * until the guest has taken what waits; then it is told what it missed, as far as that lasts: a key that was let go in the
 * meantime is let go in the guest. Belongs to the device's event loop, as what calls it does.
 */
final class EventFlow {
    /** Room for everything there is to say of a device with the most keys and contacts. */
    static final int MOST_EVENTS = 4096;

    /** Whoever is away for longer may be another guest when it comes. */
    private static final long LONG_NANOS = TimeUnit.SECONDS.toNanos(10);

    private final InputDescription description;
    private final LongSupplier nanoTime;
    private final EventBuffer buffer = new EventBuffer(MOST_EVENTS);
    private final InputState actual;
    private final InputState told;
    private final List<ReportListener> listeners = new ArrayList<>();
    private final List<Runnable> waitingForRoom = new ArrayList<>();
    private Runnable consumer = () -> {};
    private boolean started;
    private boolean away;
    private long awaySinceNanos;
    private boolean behind;
    private long leftOut;

    /** Who hears of every report, whether the guest gets it or not. */
    @FunctionalInterface
    interface ReportListener {
        /**
         * A report.
         *
         * @param events its events, the last of which ends it
         * @param count how many they are
         */
        void reported(long[] events, int count);
    }

    EventFlow(InputDescription description) {
        this(description, System::nanoTime);
    }

    /** @param nanoTime the clock */
    EventFlow(InputDescription description, LongSupplier nanoTime) {
        this.nanoTime = nanoTime;
        this.description = description;
        this.actual = new InputState(description);
        this.told = new InputState(description);
    }

    /** What the device is and can do. */
    InputDescription description() {
        return description;
    }

    /** What is pressed and where things are. */
    InputState actual() {
        return actual;
    }

    /** Whether a driver has started the device since it was reset, and has not been away for long. */
    boolean started() {
        return started && !isLongAway();
    }

    /** A front end that ends without a word resets nothing. */
    private boolean isLongAway() {
        return away && nanoTime.getAsLong() - awaySinceNanos > LONG_NANOS;
    }

    /** How many reports no guest got, in full. */
    long leftOut() {
        return leftOut;
    }

    /** How many events wait for the guest. */
    int waiting() {
        return buffer.count();
    }

    /** What fills the driver's buffers of the eventq. Asked for when the driver starts that queue. */
    FillingQueue.Supply supply() {
        started = true;
        if (isLongAway()) {
            buffer.clear();
            behind = true;
        }
        away = false;
        return new FillingQueue.Supply() {
            @Override
            public boolean hasMore() {
                return hasNext();
            }

            @Override
            public int leastBytes() {
                return InputWire.EVENT_BYTES;
            }

            @Override
            public int fill(ChainWriter buffer) {
                buffer.putLong(next());
                return InputWire.EVENT_BYTES;
            }

            @Override
            public void onMore(Runnable waiter) {
                consumer = waiter;
            }

            @Override
            public void closed() {
                away = true;
                awaySinceNanos = nanoTime.getAsLong();
            }
        };
    }

    /** The driver is gone: it gets nothing that happened before the next one is there. */
    void reset() {
        started = false;
        buffer.clear();
        behind = true;
        runWaiting();
    }

    /** An earlier device served the guest, which may take keys for held that nobody holds any more. */
    void tellEverything() {
        told.forget();
        behind = true;
    }

    /** Brings in one report: events that the device has, the last of which ends it. */
    void report(long[] events, int count) {
        boolean room = hasRoomFor(count);
        for (int i = 0; i < count; i++) {
            actual.apply(events[i]);
            if (room) {
                buffer.add(events[i]);
            }
        }
        for (int i = 0; i < listeners.size(); i++) {
            listeners.get(i).reported(events, count);
        }
        if (room) {
            consumer.run();
        } else {
            behind = true;
            leftOut += started ? 1 : 0;
        }
    }

    /** Whether a report of so many events would go to the guest. */
    boolean hasRoomFor(int count) {
        if (started) {
            catchUpIfEmpty();
        }
        return !behind && buffer.room() >= count;
    }

    /** Things are otherwise without a report that says so. */
    void change(Consumer<InputState> change) {
        change.accept(actual);
        behind = true;
        consumer.run();
    }

    /** Whether there is an event for the guest. */
    boolean hasNext() {
        catchUpIfEmpty();
        return !buffer.isEmpty();
    }

    private void catchUpIfEmpty() {
        if (behind && buffer.isEmpty()) {
            behind = false;
            actual.changesSince(told, buffer::add);
        }
    }

    /** The next event for the guest, which counts as told. There must be one. */
    long next() {
        long event = buffer.poll();
        told.apply(event);
        if (buffer.isEmpty()) {
            runWaiting();
        }
        return event;
    }

    private void runWaiting() {
        if (!waitingForRoom.isEmpty()) {
            List<Runnable> tasks = List.copyOf(waitingForRoom);
            waitingForRoom.clear();
            tasks.forEach(Runnable::run);
        }
    }

    /** Runs {@code task} once, when the guest has taken what waits, or its driver is gone. */
    void whenEmpty(Runnable task) {
        waitingForRoom.add(task);
    }

    /** {@link #whenEmpty} is off. */
    void cancel(Runnable task) {
        waitingForRoom.remove(task);
    }

    void listen(ReportListener listener) {
        listeners.add(listener);
    }

    void unlisten(ReportListener listener) {
        listeners.remove(listener);
    }
}
