package dev.troupe.devices.console;

import dev.troupe.transport.ring.ChainWriter;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;

/**
 * What was written at a port and waits for the guest. Whoever writes waits until the guest has taken it, so each has one
 * chunk here at most. Loop thread only.
 */
final class PortInput {
    /** The most bytes of a chunk. */
    static final int CHUNK_BYTES = 4096;

    private final ArrayDeque<Chunk> chunks = new ArrayDeque<>();
    private int taken;

    private record Chunk(MemorySegment bytes, Runnable done) {}

    boolean isEmpty() {
        return chunks.isEmpty();
    }

    /** Adds bytes, not none; {@code done} is run when the guest has taken them, or never will. */
    void add(byte[] bytes, Runnable done) {
        chunks.add(new Chunk(MemorySegment.ofArray(bytes), done));
    }

    /** Moves as many bytes as there are and fit into a request; how many. */
    int moveInto(ChainWriter to) {
        int moved = 0;
        Chunk chunk = chunks.peek();
        while (chunk != null && to.remaining() > 0) {
            int bytes = (int) Math.min(to.remaining(), chunk.bytes.byteSize() - taken);
            to.copyFrom(chunk.bytes, taken, bytes);
            taken += bytes;
            moved += bytes;
            if (taken == chunk.bytes.byteSize()) {
                taken = 0;
                chunks.remove().done.run();
            }
            chunk = chunks.peek();
        }
        return moved;
    }

    /** How many bytes the guest has not taken. */
    long bytes() {
        return chunks.stream().mapToLong(chunk -> chunk.bytes.byteSize()).sum() - taken;
    }

    /** Throws a chunk away, as far as the guest has not taken it; {@code done} is that of {@link #add}, and is not run. */
    void drop(Runnable done) {
        Chunk first = chunks.peek();
        if (first != null && first.done.equals(done)) {
            taken = 0;
        }
        chunks.removeIf(chunk -> chunk.done.equals(done));
    }

    /** Throws everything away. */
    void clear() {
        taken = 0;
        while (!chunks.isEmpty()) {
            chunks.remove().done.run();
        }
    }
}
