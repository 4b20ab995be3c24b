package dev.troupe.devices.scsi;

/**
 * Where a logical unit is: a target and a LUN in one number, and the eight bytes that stand for it (virtio section 5.6.6.1,
 * SAM-5 4.7). A LUN below 256 is written with peripheral device addressing, a larger one with flat space addressing, since
 * drivers compare what an event says with what REPORT LUNS said; both are read.
 */
final class LunAddress {
    static final int MAX_TARGET = 255;
    static final int MAX_LUN = 16383;

    /** The well-known logical unit that answers REPORT LUNS. */
    static final int REPORT_LUNS = -1;

    /** No target is addressed so. */
    static final int NO_TARGET = -2;

    private static final int FLAT = 0x40;
    private static final int LUN_BITS = 14;
    private static final int PERIPHERAL_LUNS = 256;

    /** A LUN that no unit has. */
    private static final int NO_LUN = MAX_LUN + 1;

    private LunAddress() {}

    static int of(int target, int lun) {
        return target << (LUN_BITS + 1) | lun;
    }

    static int target(int address) {
        return address >> (LUN_BITS + 1);
    }

    static int lun(int address) {
        return address & (MAX_LUN | NO_LUN);
    }

    /** The address in eight bytes that were read as a little-endian number. */
    static int decode(long bytes) {
        int first = (int) bytes & 0xff;
        int second = (int) (bytes >>> 8) & 0xff;
        if (first == 0xc1 && second == 1) {
            return REPORT_LUNS;
        }
        if (first != 1) {
            return NO_TARGET;
        }
        int third = (int) (bytes >>> 16) & 0xff;
        int fourth = (int) (bytes >>> 24) & 0xff;
        boolean known = bytes >>> 32 == 0 && (third == 0 || (third & ~(FLAT - 1)) == FLAT);
        return of(second, known ? (third & (FLAT - 1)) << 8 | fourth : NO_LUN);
    }

    /** The eight bytes, as a little-endian number. */
    static long encode(int address) {
        int lun = Short.toUnsignedInt(Short.reverseBytes(single(lun(address))));
        return 1L | (long) target(address) << 8 | (long) lun << 16;
    }

    /** The first two bytes of a LUN as REPORT LUNS lists it, big-endian. */
    static short single(int lun) {
        return (short) (lun < PERIPHERAL_LUNS ? lun : FLAT << 8 | lun);
    }
}
