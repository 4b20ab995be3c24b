package dev.troupe.devices.scsi;

import dev.troupe.transport.ring.ChainReader;

/**
 * A command descriptor block, copied from the guest: its first 16 bytes, the most that any command here has. Numbers are
 * big-endian (SPC-4, 4.2). Filled anew for each command.
 */
final class Cdb {
    static final int BYTES = 16;

    private long first;
    private long second;

    /** Copies the CDB that comes next, and moves behind it. */
    void read(ChainReader in, int cdbSize) {
        if (cdbSize >= BYTES) {
            first = Long.reverseBytes(in.getLong());
            second = Long.reverseBytes(in.getLong());
            in.skip(cdbSize - (long) BYTES);
            return;
        }
        first = 0;
        second = 0;
        for (int i = 0; i < cdbSize; i++) {
            long value = (in.getByte() & 0xffL) << (Long.SIZE - Byte.SIZE * (i % Long.BYTES + 1));
            if (i < Long.BYTES) {
                first |= value;
            } else {
                second |= value;
            }
        }
    }

    int opcode() {
        return u8(0);
    }

    int serviceAction() {
        return u8(1) & 0x1f;
    }

    int u8(int offset) {
        long word = offset < Long.BYTES ? first : second;
        return (int) (word >>> (Long.SIZE - Byte.SIZE * (offset % Long.BYTES + 1))) & 0xff;
    }

    boolean bit(int offset, int mask) {
        return (u8(offset) & mask) != 0;
    }

    int u16(int offset) {
        return u8(offset) << 8 | u8(offset + 1);
    }

    long u32(int offset) {
        return (long) u16(offset) << 16 | u16(offset + 2);
    }

    long u64(int offset) {
        return u32(offset) << 32 | u32(offset + 4);
    }

    /** Whether a bit is set that a command does not know, given the bits that it knows. */
    boolean hasOtherThan(long knownFirst, long knownSecond) {
        return ((first & ~knownFirst) | (second & ~knownSecond)) != 0;
    }

    /** Tells two commands apart. */
    long digest() {
        return first * 31 + second;
    }
}
