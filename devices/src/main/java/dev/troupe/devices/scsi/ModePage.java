package dev.troupe.devices.scsi;

import java.util.HexFormat;

/** Mode pages (SPC-4 7.5, SBC-3 6.4, MMC-6 annex E), and what of them an initiator may change. */
enum ModePage {
    /** Reads and writes are done again by themselves where that helps. */
    READ_WRITE_ERROR_RECOVERY(0x01, 0x0a, false, true),
    CACHING(0x08, 0x12, true, false),
    CONTROL(0x0a, 0x0a, true, true),
    /** Nothing is told that nobody asked for. */
    INFORMATIONAL_EXCEPTIONS(0x1c, 0x0a, true, true),
    /** What an optical drive can: play nothing, lock and eject its medium. */
    CAPABILITIES(0x2a, 0x14, false, true);

    private static final byte AWRE_ARRE = (byte) 0xc0;
    private static final byte WCE = 0x04;
    private static final byte D_SENSE = 0x04;
    private static final byte UNRESTRICTED_REORDERING = 0x10;
    private static final byte DEXCPT = 0x08;

    private static final byte[] DRIVE = HexFormat.of()
            .parseHex("2a14" + "3b00" + "0000" + "2900" + "0000" + "0000" + "0000" + "0000" + "000000000000");

    private final int code;
    private final int length;
    private final boolean forDisks;
    private final boolean forCdRoms;

    ModePage(int code, int length, boolean forDisks, boolean forCdRoms) {
        this.code = code;
        this.length = length;
        this.forDisks = forDisks;
        this.forCdRoms = forCdRoms;
    }

    int code() {
        return code;
    }

    /** With its two bytes of header. */
    int bytes() {
        return 2 + length;
    }

    boolean isFor(boolean cdRom) {
        return cdRom ? forCdRoms : forDisks;
    }

    /** The page with the values of a unit. */
    byte[] of(boolean writeCache, boolean descriptorSense) {
        byte[] page = blank();
        switch (this) {
            case READ_WRITE_ERROR_RECOVERY -> page[2] = AWRE_ARRE;
            case CACHING -> page[2] = writeCache ? WCE : 0;
            case CONTROL -> {
                page[2] = descriptorSense ? D_SENSE : 0;
                page[3] = UNRESTRICTED_REORDERING;
            }
            case INFORMATIONAL_EXCEPTIONS -> page[2] = DEXCPT;
            case CAPABILITIES -> System.arraycopy(DRIVE, 0, page, 0, page.length);
        }
        return page;
    }

    /** The page with a one wherever a value may be changed. */
    byte[] changeable() {
        byte[] page = blank();
        if (this == CACHING) {
            page[2] = WCE;
        } else if (this == CONTROL) {
            page[2] = D_SENSE;
        }
        return page;
    }

    private byte[] blank() {
        byte[] page = new byte[bytes()];
        page[0] = (byte) code;
        page[1] = (byte) length;
        return page;
    }

    /** What a page says of the write cache. */
    static boolean writeCache(byte flags) {
        return (flags & WCE) != 0;
    }

    /** What a page says of the format of sense data. */
    static boolean descriptorSense(byte flags) {
        return (flags & D_SENSE) != 0;
    }
}
