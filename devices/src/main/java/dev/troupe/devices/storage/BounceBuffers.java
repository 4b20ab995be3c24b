package dev.troupe.devices.storage;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * A few aligned buffers of one queue, for guest buffers that direct I/O cannot use as they are. Made when first
 * needed; a transfer that finds none free waits for its turn.
 */
final class BounceBuffers {
    /** The most that one buffer carries at a time. */
    static final int BUFFER_BYTES = 256 << 10;

    private static final int BUFFERS = 4;

    private final int alignmentBytes;
    private final @Nullable MemorySegment[] free = new @Nullable MemorySegment[BUFFERS];
    private int freeCount;
    private int made;
    private @Nullable FileTransfer firstWaiting;
    private @Nullable FileTransfer lastWaiting;

    BounceBuffers(int alignmentBytes) {
        this.alignmentBytes = alignmentBytes;
    }

    /** A buffer, or {@code null}: then {@link FileTransfer#bounceWith} is called when one is free. */
    @Nullable
    MemorySegment take(FileTransfer transfer) {
        if (freeCount > 0) {
            return free[--freeCount];
        }
        if (made < BUFFERS) {
            made++;
            // Kept by whoever reaches it, so also by an operation that outlives its queue.
            return Arena.ofAuto().allocate(BUFFER_BYTES, alignmentBytes);
        }
        if (lastWaiting == null) {
            firstWaiting = transfer;
        } else {
            lastWaiting.nextWaiting = transfer;
        }
        lastWaiting = transfer;
        return null;
    }

    /** Gives a buffer back; who waits longest gets it at once. */
    void give(MemorySegment buffer) {
        FileTransfer next = firstWaiting;
        if (next == null) {
            free[freeCount++] = buffer;
            return;
        }
        firstWaiting = next.nextWaiting;
        next.nextWaiting = null;
        if (firstWaiting == null) {
            lastWaiting = null;
        }
        next.bounceWith(buffer);
    }
}
