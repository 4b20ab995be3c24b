package dev.troupe.devices.storage;

import dev.troupe.actors.device.QueueContext;
import dev.troupe.transport.ring.ChainReader;
import dev.troupe.transport.ring.ChainWriter;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * A way to sectors that are moved by copying on the event loop itself. What is large is copied in steps, and others on
 * the loop have their turn in between.
 */
abstract class SteppingLane implements StorageLane {
    private static final long STEP_BYTES = 1 << 20;

    final QueueContext queue;
    final Answers answers;
    private final @Nullable Step[] steps;
    private boolean closed;

    SteppingLane(QueueContext queue, Answers answers) {
        this.queue = queue;
        this.answers = answers;
        this.steps = new @Nullable Step[queue.size()];
    }

    /** Copies from the disk to the guest. */
    abstract void copyOut(long offsetBytes, long lengthBytes, ChainWriter into);

    /** Copies from the disk to memory of this program. */
    abstract void copyOut(long offsetBytes, MemorySegment into);

    /** Copies from the guest to the disk. */
    abstract void copyIn(long offsetBytes, long lengthBytes, ChainReader from);

    /** Destroys what is there. */
    abstract void erase(long offsetBytes, long lengthBytes);

    @Override
    public final void read(int slot, long offsetBytes, long lengthBytes, ChainWriter into) {
        step(slot).begin(offsetBytes, lengthBytes, into, null);
    }

    @Override
    public final void fetch(int slot, long offsetBytes, MemorySegment into) {
        copyOut(offsetBytes, into);
        answers.answered(slot, 0);
    }

    @Override
    public final void write(int slot, long offsetBytes, long lengthBytes, ChainReader from, boolean durable) {
        step(slot).begin(offsetBytes, lengthBytes, null, from);
    }

    @Override
    public final void secureErase(int slot, long offsetBytes, long lengthBytes) {
        step(slot).begin(offsetBytes, lengthBytes, null, null);
    }

    /** Nothing outlives the daemon, so nothing can be made durable. */
    @Override
    public final void flush(int slot) {
        answers.answered(slot, 0);
    }

    @Override
    public final void close() {
        closed = true;
    }

    final boolean isClosed() {
        return closed;
    }

    private Step step(int slot) {
        Step step = steps[slot];
        if (step == null) {
            step = new Step(slot);
            steps[slot] = step;
        }
        return step;
    }

    /** A copy or an erasure on its way; pooled, one a slot. */
    private final class Step implements Runnable {
        private final int slot;
        private long offset;
        private long left;
        private @Nullable ChainWriter into;
        private @Nullable ChainReader from;

        Step(int slot) {
            this.slot = slot;
        }

        void begin(long offsetBytes, long lengthBytes, @Nullable ChainWriter target, @Nullable ChainReader source) {
            offset = offsetBytes;
            left = lengthBytes;
            into = target;
            from = source;
            run();
        }

        @Override
        public void run() {
            if (closed) {
                return;
            }
            long bytes = Math.min(left, STEP_BYTES);
            if (into != null) {
                copyOut(offset, bytes, into);
            } else if (from != null) {
                copyIn(offset, bytes, from);
            } else {
                erase(offset, bytes);
            }
            offset += bytes;
            left -= bytes;
            if (left > 0) {
                queue.loop().execute(this);
            } else {
                into = null;
                from = null;
                answers.answered(slot, 0);
            }
        }
    }
}
