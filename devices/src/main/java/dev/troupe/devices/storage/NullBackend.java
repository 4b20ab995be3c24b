package dev.troupe.devices.storage;

import dev.troupe.actors.device.DeviceException;
import dev.troupe.actors.device.QueueContext;
import dev.troupe.transport.ring.ChainReader;
import dev.troupe.transport.ring.ChainWriter;
import java.lang.foreign.MemorySegment;

/**
 * A disk that keeps nothing: reads are zeros, writes are forgotten without looking at them. For measuring all but the
 * disk. Reads do fill the guest's buffers, so that no driver finds there what it had left in them.
 */
final class NullBackend implements StorageBackend {
    private static final int BLOCK_BYTES = 512;

    private final StorageLimits limits;
    private final boolean readOnly;
    private volatile long capacityBytes;

    NullBackend(StorageSettings settings) {
        int block = settings.blockBytes().orElse(BLOCK_BYTES);
        int physical = settings.physicalBlockBytes().orElse(block);
        this.limits = new StorageLimits(
                block,
                physical,
                settings.minimumIoBytes().orElse(0),
                settings.optimalIoBytes().orElse(0),
                block,
                true,
                false);
        this.readOnly = settings.readOnly();
        this.capacityBytes = settings.sizeBytes().orElseThrow();
    }

    @Override
    public String description() {
        return "nothing";
    }

    @Override
    public long capacityBytes() {
        return capacityBytes;
    }

    @Override
    public StorageLimits limits() {
        return limits;
    }

    @Override
    public boolean readOnly() {
        return readOnly;
    }

    @Override
    public StorageLane openLane(QueueContext queue, StorageLane.Answers answers) {
        return new Lane(queue, answers);
    }

    @Override
    public void sync() {}

    @Override
    public void resize(NewSize size) throws DeviceException {
        size.require(capacityBytes, limits.logicalBlockBytes());
        capacityBytes = size.bytes().orElse(capacityBytes);
    }

    @Override
    public void close() {}

    /** One queue's way to nothing. */
    private static final class Lane extends SteppingLane {
        Lane(QueueContext queue, Answers answers) {
            super(queue, answers);
        }

        @Override
        void copyOut(long offsetBytes, long lengthBytes, ChainWriter into) {
            into.fill(0, lengthBytes);
        }

        @Override
        void copyOut(long offsetBytes, MemorySegment into) {
            into.fill((byte) 0);
        }

        @Override
        void copyIn(long offsetBytes, long lengthBytes, ChainReader from) {
            from.skip(lengthBytes);
        }

        @Override
        void erase(long offsetBytes, long lengthBytes) {}

        @Override
        public void discard(int slot, long offsetBytes, long lengthBytes) {
            answers.answered(slot, 0);
        }

        @Override
        public void writeZeroes(int slot, long offsetBytes, long lengthBytes, boolean unmap) {
            answers.answered(slot, 0);
        }
    }
}
