package dev.troupe.devices.vsock;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Deque;
import java.util.Map;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedDeque;

/**
 * The memory of all pipes of this daemon: what one has done with the next one gets. It grows to the most that was ever in use
 * at once, which the budgets of the devices bound. Any thread.
 */
final class PipeMemory implements AutoCloseable {
    private final Arena arena = Arena.ofShared();
    private final Map<Integer, Deque<MemorySegment>> free = new ConcurrentHashMap<>();

    /** Memory of so many bytes, with anything in it. */
    MemorySegment take(int bytes) {
        MemorySegment used = ofSize(bytes).poll();
        return used != null ? used : arena.allocate(bytes, Long.BYTES);
    }

    /** Gives back what {@link #take} gave. */
    void giveBack(MemorySegment memory) {
        ofSize((int) memory.byteSize()).push(memory);
    }

    private Deque<MemorySegment> ofSize(int bytes) {
        return free.computeIfAbsent(bytes, _ -> new ConcurrentLinkedDeque<>());
    }

    /** Frees all; no pipe is used any more. */
    @Override
    public void close() {
        arena.close();
    }
}
