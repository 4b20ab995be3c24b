package dev.troupe.transport.loop;

import java.util.Arrays;
import org.jspecify.annotations.Nullable;

/** Timers by their time, those of the same time in the order they were set: a binary heap. Loop thread only. */
final class TimerHeap {
    private Entry[] heap = new Entry[16];
    private int size;
    private long sequence;

    Timer add(long atNanos, Runnable task) {
        if (size == heap.length) {
            heap = Arrays.copyOf(heap, size * 2);
        }
        Entry entry = new Entry(this, atNanos, sequence++, task);
        place(size++, entry);
        up(entry.position);
        return entry;
    }

    boolean isEmpty() {
        return size == 0;
    }

    /** Nanoseconds from {@code now} to the first timer, at least 0; -1 if there is none. */
    long delayNanos(long now) {
        return size == 0 ? -1 : Math.max(0, heap[0].atNanos - now);
    }

    /** Takes out the first task that is due at {@code now}; null if none is. */
    @Nullable
    Runnable pollDue(long now) {
        if (size == 0 || heap[0].atNanos - now > 0) {
            return null;
        }
        Entry first = heap[0];
        remove(first);
        return first.task;
    }

    /** Drops all of them. */
    void clear() {
        while (size > 0) {
            remove(heap[size - 1]);
        }
    }

    private void remove(Entry entry) {
        int hole = entry.position;
        entry.position = -1;
        Entry last = heap[--size];
        // The array's unused places hold no entry; they are never read.
        Arrays.fill(heap, size, size + 1, null);
        if (last != entry) {
            place(hole, last);
            up(hole);
            down(last.position);
        }
    }

    private void up(int from) {
        int at = from;
        Entry entry = heap[at];
        while (at > 0 && entry.isBefore(heap[(at - 1) / 2])) {
            place(at, heap[(at - 1) / 2]);
            at = (at - 1) / 2;
        }
        place(at, entry);
    }

    private void down(int from) {
        int at = from;
        Entry entry = heap[at];
        int child = 2 * at + 1;
        while (child < size) {
            if (child + 1 < size && heap[child + 1].isBefore(heap[child])) {
                child++;
            }
            if (!heap[child].isBefore(entry)) {
                break;
            }
            place(at, heap[child]);
            at = child;
            child = 2 * at + 1;
        }
        place(at, entry);
    }

    private void place(int position, Entry entry) {
        heap[position] = entry;
        entry.position = position;
    }

    private static final class Entry implements Timer {
        private final TimerHeap owner;
        private final long atNanos;
        private final long sequence;
        private final Runnable task;
        private int position;

        Entry(TimerHeap owner, long atNanos, long sequence, Runnable task) {
            this.owner = owner;
            this.atNanos = atNanos;
            this.sequence = sequence;
            this.task = task;
        }

        boolean isBefore(Entry other) {
            long difference = atNanos - other.atNanos;
            return difference != 0 ? difference < 0 : sequence < other.sequence;
        }

        @Override
        public void cancel() {
            if (position >= 0) {
                owner.remove(this);
            }
        }
    }
}
