package dev.troupe.devices.scsi;

import dev.troupe.devices.storage.StorageLane;
import dev.troupe.transport.ring.ChainReader;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.Queue;
import org.jspecify.annotations.Nullable;

/**
 * Compares data-out buffers with what is on a medium, for VERIFY: one command of its queue after the other, piece by piece, with a
 * turn for others in between, so that what guests can make it hold is one piece a queue. Loop thread of its queue only.
 */
final class Comparer {
    private static final int PIECE_BYTES = 64 << 10;
    private static final int PAGE_BYTES = 4096;

    private final ScsiRequestQueue queue;
    private final Queue<Comparison> line = new ArrayDeque<>();
    private final MemorySegment memory = Arena.ofAuto().allocate(PIECE_BYTES, PAGE_BYTES);
    private @Nullable Comparison current;

    /** A command's data and the range that it is compared with. */
    private record Comparison(ScsiTask task, StorageLane lane, long offsetBytes, long lengthBytes) {}

    Comparer(ScsiRequestQueue queue) {
        this.queue = queue;
    }

    /** Ends the task when all is compared, or at the first difference; the data-out buffer is long enough. */
    void compare(ScsiTask task, StorageLane lane, long offsetBytes, long lengthBytes) {
        line.add(new Comparison(task, lane, offsetBytes, lengthBytes));
        if (current == null) {
            next();
        }
    }

    /** A task has been answered, by a difference, a failure, or because it was aborted. */
    void ended(ScsiTask task) {
        Comparison now = current;
        if (now != null && now.task() == task) {
            current = null;
            queue.later(this::next);
        }
    }

    private void next() {
        if (current == null) {
            current = line.poll();
            if (current != null) {
                fetch(current, 0);
            }
        }
    }

    private void fetch(Comparison comparison, long done) {
        MemorySegment piece = memory.asSlice(0, Math.min(comparison.lengthBytes() - done, PIECE_BYTES));
        ScsiTask task = comparison.task();
        task.expect(0, Sense.UNRECOVERED_READ_ERROR, _ -> fetched(comparison, done, piece));
        comparison.lane().fetch(task.slot(), comparison.offsetBytes() + done, piece);
    }

    private void fetched(Comparison comparison, long done, MemorySegment piece) {
        ScsiTask task = comparison.task();
        long end = done + piece.byteSize();
        ChainReader expected = task.dataOut();
        expected.skip(done);
        if (!isSame(expected, piece)) {
            task.fail(Sense.MISCOMPARE_DURING_VERIFY_OPERATION);
        } else if (end == comparison.lengthBytes()) {
            task.good(end);
        } else {
            queue.later(() -> fetch(comparison, end));
        }
    }

    private static boolean isSame(ChainReader expected, MemorySegment found) {
        for (long at = 0; at < found.byteSize(); ) {
            MemorySegment part = expected.nextPiece(found.byteSize() - at);
            if (part.mismatch(found.asSlice(at, part.byteSize())) >= 0) {
                return false;
            }
            at += part.byteSize();
        }
        return true;
    }
}
