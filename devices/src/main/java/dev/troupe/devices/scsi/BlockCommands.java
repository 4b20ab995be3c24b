package dev.troupe.devices.scsi;

import dev.troupe.devices.storage.StorageBackend;
import dev.troupe.devices.storage.StorageLane;
import dev.troupe.devices.storage.StorageLimits;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** Commands on blocks (SBC-3, section 5). Nothing is done before the whole range is known to lie on the medium. */
final class BlockCommands {
    private static final int FUA = 0x08;
    private static final int BYTCHK = 0x02;
    private static final int READ_6_MAX_BLOCKS = 256;
    private static final int LBA_BITS_OF_6 = 0x1f_ffff;
    private static final int CAPACITY_10_BYTES = 8;
    static final int CAPACITY_16_BYTES = 32;

    /** Logical block provisioning management enabled. */
    private static final byte LBPME = (byte) 0x80;

    /** The cache may be turned off while a write to it is under way. */
    private static final ScsiTask.Next AFTER_A_WRITE = task -> end(task, task.transferred());

    private BlockCommands() {}

    /** The operation codes of 6, 10, 16 and 12 byte CDBs differ in their three highest bits (SPC-4 4.2.5). */
    private static int group(Cdb cdb) {
        return cdb.opcode() >> 5;
    }

    static long lba(Cdb cdb) {
        return switch (group(cdb)) {
            case 0 -> cdb.u32(0) & LBA_BITS_OF_6;
            case 4 -> cdb.u64(2);
            default -> cdb.u32(2);
        };
    }

    static long blocks(Cdb cdb) {
        return switch (group(cdb)) {
            case 0 -> cdb.u8(4) == 0 ? READ_6_MAX_BLOCKS : cdb.u8(4);
            case 4 -> cdb.u32(10);
            case 5 -> cdb.u32(6);
            default -> cdb.u16(7);
        };
    }

    static int blockShift(StorageBackend storage) {
        return Integer.numberOfTrailingZeros(storage.limits().logicalBlockBytes());
    }

    static long capacityBlocks(StorageBackend storage) {
        return storage.capacityBytes() >> blockShift(storage);
    }

    /** Whether a range lies on the medium; fails the task if not. */
    static boolean isOnMedium(ScsiTask task, StorageBackend storage, long lba, long blocks) {
        // Guest-controlled: nothing is computed from the LBA before it is known to lie on the medium.
        long capacity = capacityBlocks(storage);
        if (lba < 0 || lba > capacity || blocks > capacity - lba) {
            task.fail(Sense.LOGICAL_BLOCK_ADDRESS_OUT_OF_RANGE);
            return false;
        }
        return true;
    }

    static void read(ScsiTask task) {
        transfer(task, task.storage(), false);
    }

    static void write(ScsiTask task) {
        transfer(task, writable(task), true);
    }

    private static void transfer(ScsiTask task, @Nullable StorageBackend storage, boolean out) {
        Cdb cdb = task.cdb();
        long lba = lba(cdb);
        long blocks = blocks(cdb);
        if (storage == null || !isOnMedium(task, storage, lba, blocks)) {
            return;
        }
        int shift = blockShift(storage);
        long bytes = blocks << shift;
        if (!task.hasData(out, bytes)) {
            return;
        }
        if (bytes == 0) {
            task.good(0);
            return;
        }
        StorageLane lane = task.lane(storage);
        if (lane == null) {
            return;
        }
        if (out) {
            boolean durable = (group(cdb) != 0 && cdb.bit(1, FUA)) || isWriteThrough(task);
            task.expect(bytes, Sense.WRITE_ERROR, durable ? null : AFTER_A_WRITE);
            lane.write(task.slot(), lba << shift, bytes, task.dataOut(), durable);
        } else {
            task.expect(bytes, Sense.UNRECOVERED_READ_ERROR, null);
            lane.read(task.slot(), lba << shift, bytes, task.dataIn());
        }
    }

    /** Ends well; without a write cache when all that was written so far is durable. */
    static void end(ScsiTask task, long transferred) {
        StorageBackend storage = task.unit().storage();
        if (!isWriteThrough(task) || storage == null || storage.readOnly()) {
            task.good(transferred);
            return;
        }
        StorageLane lane = task.lane(storage);
        if (lane != null) {
            task.expect(transferred, Sense.WRITE_ERROR, null);
            lane.flush(task.slot());
        }
    }

    /** What keeps the sectors, if they may be changed; fails the task if not. */
    @Nullable
    static StorageBackend writable(ScsiTask task) {
        StorageBackend storage = task.storage();
        if (storage != null && storage.readOnly()) {
            task.fail(Sense.WRITE_PROTECTED);
            return null;
        }
        return storage;
    }

    static boolean isWriteThrough(ScsiTask task) {
        return !task.unit().state().writeCache();
    }

    /** IMMED is answered when all is done, as it may be. */
    static void synchronizeCache(ScsiTask task) {
        StorageBackend storage = task.storage();
        if (storage == null || !isOnMedium(task, storage, lba(task.cdb()), blocks(task.cdb()))) {
            return;
        }
        if (storage.readOnly()) {
            task.good(0);
            return;
        }
        StorageLane lane = task.lane(storage);
        if (lane != null) {
            task.expect(0, Sense.WRITE_ERROR, null);
            lane.flush(task.slot());
        }
    }

    /** What is not compared with data is only looked for: a host tells of bad sectors when they are read. */
    static void verify(ScsiTask task) {
        StorageBackend storage = task.storage();
        long lba = lba(task.cdb());
        long blocks = blocks(task.cdb());
        if (storage == null || !isOnMedium(task, storage, lba, blocks)) {
            return;
        }
        int shift = blockShift(storage);
        long bytes = task.cdb().bit(1, BYTCHK) ? blocks << shift : 0;
        if (bytes == 0) {
            task.good(0);
        } else if (task.hasDataOut(bytes)) {
            StorageLane lane = task.lane(storage);
            if (lane != null) {
                task.queue().comparer().compare(task, lane, lba << shift, bytes);
            }
        }
    }

    static void readCapacity10(ScsiTask task) {
        StorageBackend storage = task.storage();
        if (storage != null) {
            long last = Math.min(capacityBlocks(storage) - 1, 0xffff_ffffL);
            task.reply(
                    ByteBuffer.allocate(CAPACITY_10_BYTES)
                            .putInt((int) last)
                            .putInt(storage.limits().logicalBlockBytes())
                            .array(),
                    CAPACITY_10_BYTES);
        }
    }

    static void readCapacity16(ScsiTask task) {
        StorageBackend storage = task.storage();
        if (storage == null) {
            return;
        }
        StorageLimits limits = storage.limits();
        ByteBuffer data = ByteBuffer.allocate(CAPACITY_16_BYTES)
                .putLong(0, capacityBlocks(storage) - 1)
                .putInt(8, limits.logicalBlockBytes())
                .put(13, (byte)
                        Integer.numberOfTrailingZeros(limits.physicalBlockBytes() / limits.logicalBlockBytes()));
        if (task.unit().unmaps()) {
            data.put(14, LBPME);
        }
        task.reply(data.array(), task.cdb().u32(10));
    }
}
