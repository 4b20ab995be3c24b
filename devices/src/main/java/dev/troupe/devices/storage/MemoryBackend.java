package dev.troupe.devices.storage;

import dev.troupe.actors.device.DeviceContext;
import dev.troupe.actors.device.DeviceException;
import dev.troupe.actors.device.Quantities;
import dev.troupe.actors.device.QueueContext;
import dev.troupe.transport.ring.ChainReader;
import dev.troupe.transport.ring.ChainWriter;
import dev.troupe.transport.sys.HostFile;
import dev.troupe.transport.sys.SysException;
import java.lang.foreign.MemorySegment;

/**
 * A disk in the host's memory. It starts as zeros, takes memory only for what is written to it, keeps its contents while
 * the device is restarted and the program is upgraded, or restarted by somebody who keeps its descriptors, and is gone when
 * the device is removed or the daemon ends.
 */
final class MemoryBackend implements StorageBackend {
    private static final int BLOCK_BYTES = 512;
    private static final int PAGE_BYTES = 4096;
    private static final int FREE = HostFile.FALLOC_PUNCH_HOLE | HostFile.FALLOC_KEEP_SIZE;

    private final MemorySectors memory;
    private final StorageLimits limits;
    private final boolean readOnly;

    private MemoryBackend(StorageSettings settings, MemorySectors memory) {
        this.memory = memory;
        this.readOnly = settings.readOnly();
        int block = settings.blockBytes().orElse(BLOCK_BYTES);
        int physical = settings.physicalBlockBytes().orElse(PAGE_BYTES);
        this.limits = new StorageLimits(
                block,
                physical,
                settings.minimumIoBytes().orElse(physical),
                settings.optimalIoBytes().orElse(0),
                PAGE_BYTES,
                true,
                true);
    }

    static MemoryBackend open(StorageSettings settings, String name, DeviceContext context) throws DeviceException {
        long size = settings.sizeBytes().orElseThrow();
        try {
            MemorySectors sectors = context.keep(
                    name, MemorySectors.class, () -> MemorySectors.over(context.keepMemory(name, size), size));
            if (sectors.sizeBytes() != size) {
                throw new DeviceException(
                        "A disk in memory keeps its size, " + Quantities.formatBytes(sectors.sizeBytes())
                                + ", for as long as it is there; remove the device and add it anew.");
            }
            return new MemoryBackend(settings, sectors);
        } catch (SysException e) {
            throw new DeviceException(
                    "Cannot have " + Quantities.formatBytes(size) + " of memory: " + e.getMessage(), e);
        }
    }

    @Override
    public String description() {
        return "memory";
    }

    @Override
    public long capacityBytes() {
        return memory.sizeBytes();
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
    public Extent extentAt(long offsetBytes) {
        return Extent.of(memory.file(), offsetBytes, capacityBytes(), limits.logicalBlockBytes());
    }

    @Override
    public void sync() {}

    @Override
    public void resize(NewSize size) throws DeviceException {
        if (size.bytes().isPresent()) {
            throw new DeviceException("A disk in memory cannot be resized; change its size in the configuration.");
        }
    }

    /** The sectors stay for the next opening of the device; whoever keeps them closes them. */
    @Override
    public void close() {}

    /** One queue's way to the memory. */
    private final class Lane extends SteppingLane {
        private final MemorySegment sectors = memory.segment();

        Lane(QueueContext queue, Answers answers) {
            super(queue, answers);
        }

        @Override
        void copyOut(long offsetBytes, long lengthBytes, ChainWriter into) {
            into.copyFrom(sectors, offsetBytes, lengthBytes);
        }

        @Override
        void copyOut(long offsetBytes, MemorySegment into) {
            MemorySegment.copy(sectors, offsetBytes, into, 0, into.byteSize());
        }

        @Override
        void copyIn(long offsetBytes, long lengthBytes, ChainReader from) {
            from.copyTo(sectors, offsetBytes, lengthBytes);
        }

        /** There is only this one copy: zeros over it, and the memory goes back to the host. */
        @Override
        void erase(long offsetBytes, long lengthBytes) {
            sectors.asSlice(offsetBytes, lengthBytes).fill((byte) 0);
            HostFile.allocate(memory.file(), FREE, offsetBytes, lengthBytes);
        }

        @Override
        public void discard(int slot, long offsetBytes, long lengthBytes) {
            free(slot, offsetBytes, lengthBytes);
        }

        @Override
        public void writeZeroes(int slot, long offsetBytes, long lengthBytes, boolean unmap) {
            free(slot, offsetBytes, lengthBytes);
        }

        private void free(int slot, long offsetBytes, long lengthBytes) {
            queue.io().allocate(memory.file(), FREE, offsetBytes, lengthBytes, result -> {
                if (!isClosed()) {
                    answers.answered(slot, result);
                }
            });
        }
    }
}
