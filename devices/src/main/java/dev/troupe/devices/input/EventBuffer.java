package dev.troupe.devices.input;

/** Events that wait for buffers of the guest: so many and no more. For one thread. */
final class EventBuffer {
    private final long[] events;
    private int first;
    private int count;

    /** @param capacity the most events, a power of two */
    EventBuffer(int capacity) {
        events = new long[capacity];
    }

    boolean isEmpty() {
        return count == 0;
    }

    /** How many events fit besides. */
    int room() {
        return events.length - count;
    }

    int count() {
        return count;
    }

    /** Appends one; there must be room. */
    void add(long event) {
        events[(first + count++) & (events.length - 1)] = event;
    }

    /** Takes the oldest out; there must be one. */
    long poll() {
        long event = events[first];
        first = (first + 1) & (events.length - 1);
        count--;
        return event;
    }

    void clear() {
        count = 0;
    }
}
