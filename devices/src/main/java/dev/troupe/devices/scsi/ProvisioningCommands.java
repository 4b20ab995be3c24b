package dev.troupe.devices.scsi;

import dev.troupe.devices.storage.Extent;
import dev.troupe.devices.storage.StorageBackend;
import dev.troupe.devices.storage.StorageLane;
import dev.troupe.transport.ring.ChainReader;
import java.nio.ByteBuffer;
import java.util.Arrays;

/** GET LBA STATUS, UNMAP and WRITE SAME (SBC-3, 5.4, 5.28, 5.42 and 5.43): many blocks, little or no data. */
final class ProvisioningCommands {
    /** The most blocks that one command may name; told in the block limits page. */
    static final int MAX_BLOCKS = 1 << 21;

    /** The most ranges that one UNMAP may name; told in the block limits page. */
    static final int MAX_UNMAP_DESCRIPTORS = 256;

    private static final int UNMAP_HEADER_BYTES = 8;
    private static final int UNMAP_DESCRIPTOR_BYTES = 16;
    private static final int NDOB = 0x01;
    private static final int UNMAP = 0x08;
    private static final int WRITE_SAME_16 = 0x93;

    private static final int STATUS_HEADER_BYTES = 8;
    private static final int STATUS_DESCRIPTOR_BYTES = 16;
    private static final int MAX_STATUS_DESCRIPTORS = 32;
    private static final long MAX_STATUS_BLOCKS = 0xffff_ffffL;
    private static final byte MAPPED = 0;
    private static final byte DEALLOCATED = 1;

    private ProvisioningCommands() {}

    static void unmap(ScsiTask task) {
        StorageBackend storage = BlockCommands.writable(task);
        if (storage == null) {
            return;
        }
        int length = task.cdb().u16(7);
        if (!task.hasDataOut(length)) {
            return;
        }
        if (length < UNMAP_HEADER_BYTES) {
            if (length == 0) {
                task.good(0);
            } else {
                task.fail(Sense.PARAMETER_LIST_LENGTH_ERROR);
            }
            return;
        }
        int most = UNMAP_HEADER_BYTES + MAX_UNMAP_DESCRIPTORS * UNMAP_DESCRIPTOR_BYTES;
        // Guest-controlled: what a list says of its own length counts only as far as there is a list.
        ByteBuffer list = ByteBuffer.wrap(task.parameters(Math.min(length, most + UNMAP_DESCRIPTOR_BYTES)));
        int described = Math.min(list.getShort(2) & 0xffff, list.limit() - UNMAP_HEADER_BYTES);
        list.position(UNMAP_HEADER_BYTES);
        list.limit(UNMAP_HEADER_BYTES + described - described % UNMAP_DESCRIPTOR_BYTES);
        if (list.limit() > most || !areOnMedium(task, storage, list.slice())) {
            if (task.isActive()) {
                task.fail(Sense.INVALID_FIELD_IN_PARAMETER_LIST);
            }
            return;
        }
        StorageLane lane = task.lane(storage);
        if (lane != null) {
            nextRange(task, storage, lane, list, length);
        }
    }

    /** All ranges are looked at before the first is given back. */
    private static boolean areOnMedium(ScsiTask task, StorageBackend storage, ByteBuffer ranges) {
        long sum = 0;
        while (ranges.hasRemaining()) {
            long lba = ranges.getLong();
            long blocks = Integer.toUnsignedLong(ranges.getInt());
            ranges.getInt();
            sum += blocks;
            if (!BlockCommands.isOnMedium(task, storage, lba, blocks)) {
                return false;
            }
        }
        return sum <= MAX_BLOCKS;
    }

    private static void nextRange(
            ScsiTask task, StorageBackend storage, StorageLane lane, ByteBuffer ranges, long transferred) {
        int shift = BlockCommands.blockShift(storage);
        while (ranges.hasRemaining()) {
            long lba = ranges.getLong();
            long blocks = Integer.toUnsignedLong(ranges.getInt());
            ranges.getInt();
            if (blocks > 0 && task.unit().unmaps()) {
                task.expect(0, Sense.WRITE_ERROR, same -> nextRange(same, storage, lane, ranges, transferred));
                lane.discard(task.slot(), lba << shift, blocks << shift);
                return;
            }
        }
        BlockCommands.end(task, transferred);
    }

    /** The host is asked where it may block; the answer holds until the next command that changes it. */
    static void getLbaStatus(ScsiTask task) {
        StorageBackend storage = task.storage();
        Cdb cdb = task.cdb();
        long lba = cdb.u64(2);
        long allocation = cdb.u32(10);
        if (storage == null || !BlockCommands.isOnMedium(task, storage, lba, 1) || !task.hasDataIn(allocation)) {
            return;
        }
        long most = Math.min((allocation - STATUS_HEADER_BYTES) / STATUS_DESCRIPTOR_BYTES, MAX_STATUS_DESCRIPTORS);
        int descriptors = (int) Math.max(most, 1);
        if (task.unit().unmaps()) {
            ask(task, storage, descriptors);
        } else {
            task.reply(allMapped(storage, lba), allocation);
        }
    }

    private static void ask(ScsiTask task, StorageBackend storage, int descriptors) {
        long lba = task.cdb().u64(2);
        long allocation = task.cdb().u32(10);
        ScsiRequestQueue queue = task.queue();
        queue.device().blocking().execute(() -> {
            byte[] status;
            try {
                status = status(storage, lba, descriptors);
            } catch (IllegalStateException e) {
                // Closed meanwhile; whoever serves the queue next gets the command again.
                return;
            }
            queue.later(() -> task.reply(status, allocation));
        });
    }

    private static byte[] allMapped(StorageBackend storage, long lba) {
        byte[] status = statusOf(1);
        describe(descriptorsOf(status), lba, BlockCommands.capacityBlocks(storage) - lba, true);
        return status;
    }

    private static byte[] status(StorageBackend storage, long from, int descriptors) {
        int shift = BlockCommands.blockShift(storage);
        byte[] status = statusOf(descriptors);
        ByteBuffer data = descriptorsOf(status);
        long lba = from;
        while (data.hasRemaining() && lba < BlockCommands.capacityBlocks(storage)) {
            Extent extent = storage.extentAt(lba << shift);
            long blocks = Math.max(1, extent.lengthBytes() >> shift);
            describe(data, lba, blocks, extent.mapped());
            lba += Math.min(blocks, MAX_STATUS_BLOCKS);
        }
        data.putInt(0, data.position() - Integer.BYTES);
        return Arrays.copyOf(status, data.position());
    }

    private static ByteBuffer descriptorsOf(byte[] status) {
        return ByteBuffer.wrap(status).position(STATUS_HEADER_BYTES);
    }

    private static byte[] statusOf(int descriptors) {
        int bytes = STATUS_HEADER_BYTES + descriptors * STATUS_DESCRIPTOR_BYTES;
        byte[] status = new byte[bytes];
        ByteBuffer.wrap(status).putInt(bytes - Integer.BYTES);
        return status;
    }

    private static void describe(ByteBuffer data, long lba, long blocks, boolean mapped) {
        data.putLong(lba)
                .putInt((int) Math.min(blocks, MAX_STATUS_BLOCKS))
                .put(mapped ? MAPPED : DEALLOCATED)
                .put((byte) 0)
                .putShort((short) 0);
    }

    static void writeSame(ScsiTask task) {
        StorageBackend storage = BlockCommands.writable(task);
        if (storage == null) {
            return;
        }
        Cdb cdb = task.cdb();
        long lba = BlockCommands.lba(cdb);
        long blocks = BlockCommands.blocks(cdb);
        if (blocks == 0 || blocks > MAX_BLOCKS) {
            task.fail(Sense.INVALID_FIELD_IN_CDB);
            return;
        }
        int shift = BlockCommands.blockShift(storage);
        boolean noData = cdb.opcode() == WRITE_SAME_16 && cdb.bit(1, NDOB);
        long dataBytes = noData ? 0 : 1L << shift;
        if (!BlockCommands.isOnMedium(task, storage, lba, blocks) || !task.hasDataOut(dataBytes)) {
            return;
        }
        StorageLane lane = task.lane(storage);
        if (lane == null) {
            return;
        }
        if (noData || isZero(task.dataOut(), dataBytes)) {
            boolean unmap = cdb.bit(1, UNMAP) && task.unit().unmaps();
            task.expect(0, Sense.WRITE_ERROR, same -> BlockCommands.end(same, dataBytes));
            lane.writeZeroes(task.slot(), lba << shift, blocks << shift, unmap);
        } else {
            nextBlock(task, lane, lba << shift, blocks, dataBytes);
        }
    }

    /** One block a turn of the loop, so that others have theirs. */
    private static void nextBlock(ScsiTask task, StorageLane lane, long offsetBytes, long blocks, long blockBytes) {
        if (blocks == 0) {
            BlockCommands.end(task, blockBytes);
            return;
        }
        ScsiRequestQueue queue = task.queue();
        task.expect(
                0,
                Sense.WRITE_ERROR,
                same -> queue.later(() -> nextBlock(same, lane, offsetBytes + blockBytes, blocks - 1, blockBytes)));
        lane.write(task.slot(), offsetBytes, blockBytes, task.dataOut(), false);
    }

    private static boolean isZero(ChainReader block, long bytes) {
        long bits = 0;
        for (long i = 0; i < bytes / Long.BYTES; i++) {
            bits |= block.getLong();
        }
        return bits == 0;
    }
}
