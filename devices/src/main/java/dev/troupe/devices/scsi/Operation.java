package dev.troupe.devices.scsi;

import java.util.Arrays;
import java.util.HexFormat;
import org.jspecify.annotations.Nullable;

/**
 * The commands that there are: which CDB, for which kind of unit, and what a reservation of somebody else means for each.
 * The usage data says, bit by bit, what of a CDB has a meaning (SPC-4, 6.35.3); any other bit that is set makes the command
 * an illegal request, so no command has to look at what it does not know.
 */
enum Operation {
    TEST_UNIT_READY(0x00, Access.ANY, Units.ALL, "00000000 00"),
    REQUEST_SENSE(0x03, Access.ANY, Units.ALL, "010000ff 00"),
    INQUIRY(0x12, Access.ANY, Units.ALL, "01ffffff 00"),
    MODE_SELECT_6(0x15, Access.WRITE, Units.ALL, "110000ff 00"),
    MODE_SENSE_6(0x1a, Access.WRITE, Units.ALL, "08ffffff 00"),
    START_STOP_UNIT(0x1b, Access.WRITE, Units.ALL, "01000ff7 00"),
    PREVENT_ALLOW_MEDIUM_REMOVAL(0x1e, Access.WRITE, Units.ALL, "00000003 00"),
    READ_CAPACITY_10(0x25, Access.ANY, Units.ALL, "00ffffff ff000001 00"),
    LOG_SENSE(0x4d, Access.ANY, Units.ALL, "00ffff00 ffffffff 00"),
    MODE_SELECT_10(0x55, Access.WRITE, Units.ALL, "11000000 0000ffff 00"),
    MODE_SENSE_10(0x5a, Access.WRITE, Units.ALL, "18ffff00 0000ffff 00"),
    REPORT_LUNS(0xa0, Access.ANY, Units.ALL, "00ff0000 00ffffff ff0000"),
    REPORT_SUPPORTED_OPERATION_CODES(0xa3, 0x0c, Access.ANY, Units.ALL, "1f07ffff ffffffff ff0000"),

    READ_6(0x08, Access.READ, Units.ALL, "1fffffff 00"),
    READ_10(0x28, Access.READ, Units.ALL, "18ffffff ff1fffff 00"),
    READ_12(0xa8, Access.READ, Units.ALL, "18ffffff ffffffff ff1f00"),
    READ_16(0x88, Access.READ, Units.DISK, "18ffffff ffffffff ffffffff ff1f00"),
    WRITE_6(0x0a, Access.WRITE, Units.DISK, "1fffffff 00"),
    WRITE_10(0x2a, Access.WRITE, Units.DISK, "18ffffff ff1fffff 00"),
    WRITE_12(0xaa, Access.WRITE, Units.DISK, "18ffffff ffffffff ff1f00"),
    WRITE_16(0x8a, Access.WRITE, Units.DISK, "18ffffff ffffffff ffffffff ff1f00"),
    VERIFY_10(0x2f, Access.READ, Units.ALL, "12ffffff ff1fffff 00"),
    VERIFY_12(0xaf, Access.READ, Units.ALL, "12ffffff ffffffff ff1f00"),
    VERIFY_16(0x8f, Access.READ, Units.DISK, "12ffffff ffffffff ffffffff ff1f00"),
    SYNCHRONIZE_CACHE_10(0x35, Access.WRITE, Units.DISK, "06ffffff ff1fffff 00"),
    SYNCHRONIZE_CACHE_16(0x91, Access.WRITE, Units.DISK, "06ffffff ffffffff ffffffff ff1f00"),
    WRITE_SAME_10(0x41, Access.WRITE, Units.DISK, "08ffffff ff1fffff 00"),
    WRITE_SAME_16(0x93, Access.WRITE, Units.DISK, "09ffffff ffffffff ffffffff ff1f00"),
    UNMAP(0x42, Access.WRITE, Units.DISK, "00000000 001fffff 00"),
    READ_CAPACITY_16(0x9e, 0x10, Access.ANY, Units.DISK, "1fffffff ffffffff ffffffff ff0100"),
    GET_LBA_STATUS(0x9e, 0x12, Access.READ, Units.DISK, "1fffffff ffffffff ffffffff ff0000"),
    PERSISTENT_RESERVE_IN(0x5e, Access.ANY, Units.DISK, "1f000000 0000ffff 00"),
    PERSISTENT_RESERVE_OUT(0x5f, Access.ANY, Units.DISK, "1fff0000 ffffffff 00"),

    READ_TOC(0x43, Access.READ, Units.CD_ROM, "020f0000 00ffffff c0"),
    GET_CONFIGURATION(0x46, Access.ANY, Units.CD_ROM, "03ffff00 0000ffff 00"),
    GET_EVENT_STATUS_NOTIFICATION(0x4a, Access.ANY, Units.CD_ROM, "010000ff 0000ffff 00"),
    READ_DISC_INFORMATION(0x51, Access.READ, Units.CD_ROM, "07000000 0000ffff 00"),
    READ_DISC_STRUCTURE(0xad, Access.READ, Units.CD_ROM, "0fffffff ffffffff ffc000"),
    MECHANISM_STATUS(0xbd, Access.ANY, Units.CD_ROM, "00000000 000000ff ff0000");

    /** What a command does, as far as a reservation of another nexus is concerned (SPC-4 5.12.1, SBC-3 4.17). */
    enum Access {
        /** Always allowed. */
        ANY,
        /** Allowed unless access is exclusive. */
        READ,
        /** Never allowed. */
        WRITE
    }

    /** The kinds of unit that know a command. */
    enum Units {
        ALL,
        DISK,
        CD_ROM
    }

    private static final int OPCODES = 256;
    private static final int NO_SERVICE_ACTION = -1;

    /** By operation code; several where they have service actions. */
    private static final Operation[][] BY_OPCODE = new Operation[OPCODES][0];

    static {
        for (Operation operation : values()) {
            Operation[] known = BY_OPCODE[operation.opcode];
            Operation[] all = Arrays.copyOf(known, known.length + 1);
            all[known.length] = operation;
            BY_OPCODE[operation.opcode] = all;
        }
    }

    private final int opcode;
    private final int serviceAction;
    private final Access access;
    private final Units units;
    private final String usage;
    private final long knownFirst;
    private final long knownSecond;

    Operation(int opcode, Access access, Units units, String usageAfterOpcode) {
        this(opcode, -1, access, units, usageAfterOpcode);
    }

    Operation(int opcode, int serviceAction, Access access, Units units, String usageAfterOpcode) {
        this.opcode = opcode;
        this.serviceAction = serviceAction;
        this.access = access;
        this.units = units;
        this.usage = "ff" + usageAfterOpcode.replace(" ", "");
        byte[] known = HexFormat.of().parseHex(usage);
        this.knownFirst = word(known, 0);
        this.knownSecond = word(known, Long.BYTES);
    }

    /** Bytes behind the end of a CDB may be anything. */
    private static long word(byte[] usage, int from) {
        long word = 0;
        for (int i = from; i < from + Long.BYTES; i++) {
            word = word << Byte.SIZE | (i < usage.length ? usage[i] & 0xff : 0xff);
        }
        return word;
    }

    /** The command of a CDB, or {@code null} if there is no such command for this kind of unit. */
    static @Nullable Operation of(Cdb cdb, boolean cdRom) {
        return of(cdb.opcode(), cdb.serviceAction(), cdRom);
    }

    /** The command of an operation code, and of a service action if it has those, or {@code null}. */
    static @Nullable Operation of(int opcode, int serviceAction, boolean cdRom) {
        Operation found = of(opcode, cdRom);
        if (found == null || found.serviceAction == NO_SERVICE_ACTION) {
            return found;
        }
        for (Operation operation : BY_OPCODE[opcode]) {
            if (operation.serviceAction == serviceAction) {
                return operation;
            }
        }
        return null;
    }

    /** A command of an operation code, or {@code null}; all that share a code are for the same kinds of unit. */
    static @Nullable Operation of(int opcode, boolean cdRom) {
        Operation[] known = BY_OPCODE[opcode];
        Operation found = known.length == 0 ? null : known[0];
        return found != null && found.isFor(cdRom) ? found : null;
    }

    boolean isFor(boolean cdRom) {
        return units == Units.ALL || cdRom == (units == Units.CD_ROM);
    }

    /** Whether no bit of a CDB is set that the command does not know. */
    boolean accepts(Cdb cdb) {
        return !cdb.hasOtherThan(knownFirst, knownSecond);
    }

    int opcode() {
        return opcode;
    }

    boolean hasServiceAction() {
        return serviceAction != NO_SERVICE_ACTION;
    }

    int serviceAction() {
        return Math.max(serviceAction, 0);
    }

    /** What the command of a CDB does; to start a unit, or to allow its removal, does nobody harm. */
    Access access(Cdb cdb) {
        boolean starts = this == START_STOP_UNIT && (cdb.u8(4) & 0xf1) == 1;
        boolean allows = this == PREVENT_ALLOW_MEDIUM_REMOVAL && cdb.u8(4) == 0;
        return starts || allows ? Access.ANY : access;
    }

    /** The usage data: the operation code, and a bit for each of the CDB's that has a meaning. */
    byte[] usage() {
        byte[] data = HexFormat.of().parseHex(usage);
        data[0] = (byte) opcode;
        return data;
    }
}
