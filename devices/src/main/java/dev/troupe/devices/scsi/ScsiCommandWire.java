package dev.troupe.devices.scsi;

import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteOrder;

/**
 * Commands as a driver writes them, and its look at the responses; the layouts are those of {@link ScsiWire}. Offsets are in
 * bytes and may be any. Any thread.
 */
public final class ScsiCommandWire {
    /** The first of the queues that take commands. */
    public static final int REQUESTQ = ScsiWire.REQUESTQ;

    /** The bytes of the parameter data of READ CAPACITY (16). */
    public static final int CAPACITY_BYTES = BlockCommands.CAPACITY_16_BYTES;

    private static final ValueLayout.OfLong LE64 = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfInt LE32 = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong BE64 = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
    private static final ValueLayout.OfInt BE32 = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);
    private static final ValueLayout.OfShort BE16 = ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

    private static final int ID_OFFSET = 8;
    private static final int TASK_ATTR_OFFSET = 16;
    private static final int STATUS_OFFSET = 10;
    private static final int RESPONSE_OFFSET = 11;
    private static final byte NO_RESPONSE = (byte) 0xff;
    private static final int MAX_BLOCKS_OF_10 = 0xffff;
    private static final long MAX_LBA_OF_10 = 0xffff_ffffL;

    private ScsiCommandWire() {}

    /** The bytes of a request before its data. */
    public static int requestBytes(int cdbSize) {
        return ScsiWire.REQUEST_BEFORE_CDB + cdbSize;
    }

    /** The bytes of a response before its data. */
    public static int responseBytes(int senseSize) {
        return ScsiWire.RESPONSE_BEFORE_SENSE + senseSize;
    }

    /**
     * Writes a request but for its CDB, which is all zeros: TEST UNIT READY.
     *
     * @param target the unit's target, up to 255
     * @param lun the unit's number there, up to 16383
     * @param id tells the command from others under way
     */
    public static void putRequest(MemorySegment memory, long offset, int target, int lun, long id, int cdbSize) {
        long end = offset + requestBytes(cdbSize);
        long at = offset + TASK_ATTR_OFFSET;
        for (; at + Long.BYTES <= end; at += Long.BYTES) {
            memory.set(LE64, at, 0);
        }
        for (; at < end; at++) {
            memory.set(ValueLayout.JAVA_BYTE, at, (byte) 0);
        }
        memory.set(LE64, offset, LunAddress.encode(LunAddress.of(target, lun)));
        memory.set(LE64, offset + ID_OFFSET, id);
    }

    /** Writes the CDB of READ CAPACITY (16) into a request that {@link #putRequest} wrote. */
    public static void putReadCapacity(MemorySegment memory, long offset) {
        long cdb = offset + ScsiWire.REQUEST_BEFORE_CDB;
        putByte(memory, cdb, Operation.READ_CAPACITY_16.opcode());
        putByte(memory, cdb + 1, Operation.READ_CAPACITY_16.serviceAction());
        memory.set(BE32, cdb + 10, CAPACITY_BYTES);
    }

    /** Writes the CDB of a READ or WRITE, the short one where it will do, into a request that {@link #putRequest} wrote. */
    public static void putTransfer(MemorySegment memory, long offset, boolean write, long lba, int blocks) {
        long cdb = offset + ScsiWire.REQUEST_BEFORE_CDB;
        if (lba + blocks <= MAX_LBA_OF_10 && blocks <= MAX_BLOCKS_OF_10) {
            putByte(memory, cdb, (write ? Operation.WRITE_10 : Operation.READ_10).opcode());
            memory.set(BE32, cdb + 2, (int) lba);
            memory.set(BE16, cdb + 7, (short) blocks);
        } else {
            putByte(memory, cdb, (write ? Operation.WRITE_16 : Operation.READ_16).opcode());
            memory.set(BE64, cdb + 2, lba);
            memory.set(BE32, cdb + 10, blocks);
        }
    }

    private static void putByte(MemorySegment memory, long offset, int value) {
        memory.set(ValueLayout.JAVA_BYTE, offset, (byte) value);
    }

    /** Prepares the place of a response, so that one that was not written is no good one. */
    public static void clearResponse(MemorySegment memory, long offset) {
        memory.set(ValueLayout.JAVA_BYTE, offset + RESPONSE_OFFSET, NO_RESPONSE);
    }

    /** Whether the command of a response was carried out. */
    public static boolean isGood(MemorySegment memory, long offset) {
        return memory.get(ValueLayout.JAVA_BYTE, offset + RESPONSE_OFFSET) == ScsiWire.VIRTIO_SCSI_S_OK
                && memory.get(ValueLayout.JAVA_BYTE, offset + STATUS_OFFSET) == ScsiTask.GOOD;
    }

    /** Whether a response only tells something that the command has to be repeated after. */
    public static boolean isUnitAttention(MemorySegment memory, long offset) {
        return hasSense(memory, offset) && senseKey(memory, offset) == Sense.UNIT_ATTENTION;
    }

    /** Whether a response says that there is no such unit. */
    public static boolean isAbsent(MemorySegment memory, long offset) {
        int response = memory.get(ValueLayout.JAVA_BYTE, offset + RESPONSE_OFFSET);
        return response == ScsiWire.VIRTIO_SCSI_S_BAD_TARGET
                || response == ScsiWire.VIRTIO_SCSI_S_INCORRECT_LUN
                || (hasSense(memory, offset)
                        && additionalCode(memory, offset) == Sense.LOGICAL_UNIT_NOT_SUPPORTED.changeReason());
    }

    /** A response in words, such as {@code status 2, sense 7/27/00}. */
    public static String describe(MemorySegment memory, long offset) {
        int response = Byte.toUnsignedInt(memory.get(ValueLayout.JAVA_BYTE, offset + RESPONSE_OFFSET));
        int status = Byte.toUnsignedInt(memory.get(ValueLayout.JAVA_BYTE, offset + STATUS_OFFSET));
        if (response != ScsiWire.VIRTIO_SCSI_S_OK) {
            return "response " + response;
        }
        if (!hasSense(memory, offset)) {
            return "status %x".formatted(status);
        }
        int code = additionalCode(memory, offset);
        return "status %x, sense %x/%02x/%02x"
                .formatted(status, senseKey(memory, offset), code & 0xff, code >> Byte.SIZE);
    }

    /** The additional sense code, and its qualifier in the byte above. */
    private static int additionalCode(MemorySegment memory, long offset) {
        boolean fixed = isFixed(memory, offset);
        return senseByte(memory, offset, fixed ? 12 : 2) | senseByte(memory, offset, fixed ? 13 : 3) << Byte.SIZE;
    }

    private static boolean hasSense(MemorySegment memory, long offset) {
        return memory.get(LE32, offset) != 0
                && memory.get(ValueLayout.JAVA_BYTE, offset + STATUS_OFFSET) == ScsiTask.CHECK_CONDITION;
    }

    private static boolean isFixed(MemorySegment memory, long offset) {
        return (senseByte(memory, offset, 0) & ~1 & 0x7f) == Sense.FIXED_FORMAT;
    }

    private static int senseKey(MemorySegment memory, long offset) {
        return senseByte(memory, offset, isFixed(memory, offset) ? 2 : 1) & 0xf;
    }

    private static int senseByte(MemorySegment memory, long offset, int index) {
        return Byte.toUnsignedInt(memory.get(ValueLayout.JAVA_BYTE, offset + ScsiWire.RESPONSE_BEFORE_SENSE + index));
    }

    /** The number of blocks, out of the parameter data of READ CAPACITY (16). */
    public static long blocks(MemorySegment memory, long offset) {
        return memory.get(BE64, offset) + 1;
    }

    /** The bytes of a block, out of the parameter data of READ CAPACITY (16). */
    public static int blockBytes(MemorySegment memory, long offset) {
        return memory.get(BE32, offset + Long.BYTES);
    }
}
