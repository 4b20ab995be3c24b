package dev.troupe.devices.scsi;

import java.nio.ByteBuffer;
import java.util.List;

/** Commands that every kind of unit has (SPC-4, section 6; START STOP UNIT: SBC-3 5.25). */
final class PrimaryCommands {
    private static final int DESC = 0x01;
    private static final int LUN_BYTES = 8;
    private static final int LEAST_LUN_LIST = 16;
    private static final int SELECT_UNITS = 0;
    private static final int SELECT_WELL_KNOWN = 1;
    private static final int SELECT_ALL = 2;

    /** The REPORT LUNS well-known logical unit. */
    private static final long REPORT_LUNS_UNIT = 0xc101L << 48;

    private static final int PAGE_CODE = 0x3f;

    /** An order about power means neither of the others. */
    private static final int POWER_CONDITION = 0xf0;

    private static final int LOEJ = 0x02;
    private static final int START = 0x01;

    private PrimaryCommands() {}

    static void testUnitReady(ScsiTask task) {
        if (task.storage() != null) {
            task.good(0);
        }
    }

    /** What would be told with the next command is told now instead. */
    static void requestSense(ScsiTask task) {
        if (!task.hasDataIn(task.cdb().u8(4))) {
            return;
        }
        Sense attention = task.nexus().takeAttention();
        Sense state = task.unit().storage() == null ? Sense.MEDIUM_NOT_PRESENT : Sense.NO_SENSE;
        replySense(task, attention == null ? state : attention);
    }

    static void replySense(ScsiTask task, Sense sense) {
        task.reply(sense.data(task.cdb().bit(1, DESC)), task.cdb().u8(4));
    }

    /** The units of the target, or of the first target where the well-known unit is asked. */
    static void reportLuns(ScsiTask task) {
        int select = task.cdb().u8(2);
        long allocation = task.cdb().u32(6);
        if (select > SELECT_ALL || allocation < LEAST_LUN_LIST) {
            task.fail(Sense.INVALID_FIELD_IN_CDB);
            return;
        }
        int target = task.address() == LunAddress.REPORT_LUNS ? 0 : LunAddress.target(task.address());
        List<Nexus> units = task.queue().device().units().ofTarget(target);
        List<Nexus> listed = select == SELECT_WELL_KNOWN ? List.of() : units;
        int count = listed.size() + (select == SELECT_UNITS ? 0 : 1);
        ByteBuffer data = ByteBuffer.allocate(LUN_BYTES + count * LUN_BYTES).putInt(0, count * LUN_BYTES);
        data.position(LUN_BYTES);
        listed.forEach(nexus -> data.putLong((LunAddress.single(LunAddress.lun(nexus.address())) & 0xffffL) << 48));
        if (select != SELECT_UNITS) {
            data.putLong(REPORT_LUNS_UNIT);
        }
        units.forEach(nexus -> nexus.forgo(Sense.REPORTED_LUNS_DATA_HAS_CHANGED));
        task.reply(data.array(), allocation);
    }

    /** There is only the list of pages, and only itself is on it. */
    static void logSense(ScsiTask task) {
        if ((task.cdb().u8(2) & PAGE_CODE) != 0 || task.cdb().u8(3) != 0) {
            task.fail(Sense.INVALID_FIELD_IN_CDB);
        } else {
            task.reply(new byte[] {0, 0, 0, 1, 0}, task.cdb().u16(7));
        }
    }

    /** Units are always started; what can leave is a medium. */
    static void startStopUnit(ScsiTask task) {
        boolean power = task.cdb().bit(4, POWER_CONDITION);
        int order = power ? 0 : task.cdb().u8(4) & (LOEJ | START);
        LogicalUnit unit = task.unit();
        if (order == LOEJ && unit.settings().removable()) {
            if (unit.preventsRemoval()) {
                task.fail(Sense.MEDIUM_REMOVAL_PREVENTED);
            } else {
                task.good(0);
                unit.eject();
            }
        } else if (order == (LOEJ | START)) {
            testUnitReady(task);
        } else {
            task.good(0);
        }
    }

    static void preventAllowMediumRemoval(ScsiTask task) {
        task.nexus().preventRemoval(task.cdb().bit(4, 1));
        task.good(0);
    }
}
