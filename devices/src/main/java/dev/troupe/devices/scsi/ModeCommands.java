package dev.troupe.devices.scsi;

import dev.troupe.devices.storage.StorageBackend;
import java.io.ByteArrayOutputStream;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/** MODE SENSE and MODE SELECT (SPC-4, 6.10 to 6.13). */
final class ModeCommands {
    private static final int MODE_SENSE_6 = 0x1a;
    private static final int MODE_SELECT_6 = 0x15;
    private static final int DBD = 0x08;
    private static final int PF = 0x10;
    private static final int SP = 0x01;
    private static final int ALL_PAGES = 0x3f;
    private static final int ALL_SUBPAGES = 0xff;
    private static final int CHANGEABLE = 1;
    private static final int DEFAULT = 2;
    private static final int SAVED = 3;
    private static final int WP = 0x80;
    private static final int DPOFUA = 0x10;
    private static final int HEADER_6 = 4;
    private static final int HEADER_10 = 8;
    private static final int BLOCK_DESCRIPTOR_BYTES = 8;
    private static final int PAGE_CODE = 0x3f;

    /** Longer than all pages there are. */
    private static final int MAX_LIST_BYTES = 512;

    private ModeCommands() {}

    static void sense(ScsiTask task) {
        Cdb cdb = task.cdb();
        boolean six = cdb.opcode() == MODE_SENSE_6;
        int control = cdb.u8(2) >> 6;
        if (control == SAVED) {
            task.fail(Sense.SAVING_PARAMETERS_NOT_SUPPORTED);
            return;
        }
        byte[] pages = pages(task, control);
        if (pages == null) {
            task.fail(Sense.INVALID_FIELD_IN_CDB);
            return;
        }
        LogicalUnit unit = task.unit();
        boolean described = !cdb.bit(1, DBD) && !unit.settings().cdRom();
        int descriptorBytes = described ? BLOCK_DESCRIPTOR_BYTES : 0;
        int header = six ? HEADER_6 : HEADER_10;
        ByteBuffer data = ByteBuffer.allocate(header + descriptorBytes + pages.length);
        byte specific = deviceSpecific(unit);
        if (six) {
            data.put(0, (byte) (data.capacity() - 1)).put(2, specific).put(3, (byte) descriptorBytes);
        } else {
            data.putShort(0, (short) (data.capacity() - 2)).put(3, specific).putShort(6, (short) descriptorBytes);
        }
        data.position(header);
        if (described) {
            describeBlocks(data, unit.storage());
        }
        task.reply(data.put(pages).array(), six ? cdb.u8(4) : cdb.u16(7));
    }

    private static byte deviceSpecific(LogicalUnit unit) {
        StorageBackend storage = unit.storage();
        boolean protectedOne = storage != null && storage.readOnly();
        return (byte) (unit.settings().cdRom() ? 0 : DPOFUA | (protectedOne ? WP : 0));
    }

    private static void describeBlocks(ByteBuffer data, @Nullable StorageBackend storage) {
        long blocks = storage == null ? 0 : BlockCommands.capacityBlocks(storage);
        data.putInt((int) Math.min(blocks, 0xffff_ffffL));
        data.putInt(storage == null ? 0 : storage.limits().logicalBlockBytes());
    }

    private static byte @Nullable [] pages(ScsiTask task, int control) {
        int code = task.cdb().u8(2) & PAGE_CODE;
        int subpage = task.cdb().u8(3);
        boolean wanted = subpage == 0 || (code == ALL_PAGES && subpage == ALL_SUBPAGES);
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        for (ModePage page : ModePage.values()) {
            if (wanted && page.isFor(task.unit().settings().cdRom()) && (code == ALL_PAGES || code == page.code())) {
                all.writeBytes(values(page, task.unit(), control));
            }
        }
        return all.size() == 0 ? null : all.toByteArray();
    }

    private static byte[] values(ModePage page, LogicalUnit unit, int control) {
        UnitState state = unit.state();
        return switch (control) {
            case CHANGEABLE -> page.changeable();
            case DEFAULT -> page.of(unit.settings().writeBack(), false);
            default -> page.of(state.writeCache(), state.descriptorSense());
        };
    }

    /** All pages of a list are checked before the first counts. */
    static void select(ScsiTask task) {
        Cdb cdb = task.cdb();
        boolean six = cdb.opcode() == MODE_SELECT_6;
        int length = six ? cdb.u8(4) : cdb.u16(7);
        if (!cdb.bit(1, PF) || cdb.bit(1, SP)) {
            task.fail(Sense.INVALID_FIELD_IN_CDB);
        } else if (length == 0) {
            task.good(0);
        } else if (length < (six ? HEADER_6 : HEADER_10) || length > MAX_LIST_BYTES) {
            task.fail(Sense.PARAMETER_LIST_LENGTH_ERROR);
        } else if (task.hasDataOut(length)) {
            Sense refusal = apply(task, task.parameters(length), six);
            if (refusal == null) {
                BlockCommands.end(task, length);
            } else {
                task.fail(refusal);
            }
        }
    }

    private static @Nullable Sense apply(ScsiTask task, byte[] list, boolean six) {
        ByteBuffer data = ByteBuffer.wrap(list);
        int descriptors = six ? data.get(3) & 0xff : data.getShort(6) & 0xffff;
        int header = six ? HEADER_6 : HEADER_10;
        if (descriptors > data.limit() - header) {
            return Sense.PARAMETER_LIST_LENGTH_ERROR;
        }
        data.position(header + descriptors);
        LogicalUnit unit = task.unit();
        UnitState state = unit.state();
        boolean cache = state.writeCache();
        boolean descriptor = state.descriptorSense();
        while (data.hasRemaining()) {
            ModePage page = page(data, unit.settings().cdRom());
            if (page == null) {
                return Sense.INVALID_FIELD_IN_PARAMETER_LIST;
            }
            if (page.bytes() > data.remaining()) {
                return Sense.PARAMETER_LIST_LENGTH_ERROR;
            }
            if (!changesOnlyWhatItMay(page, page.of(cache, descriptor), data)) {
                return Sense.INVALID_FIELD_IN_PARAMETER_LIST;
            }
            byte flags = data.get(data.position() + 2);
            cache = page == ModePage.CACHING ? ModePage.writeCache(flags) : cache;
            descriptor = page == ModePage.CONTROL ? ModePage.descriptorSense(flags) : descriptor;
            data.position(data.position() + page.bytes());
        }
        unit.changeModes(task.nexus(), cache, descriptor);
        return null;
    }

    /** The page at the position of the list, if there is such a page and it has the right length. */
    private static @Nullable ModePage page(ByteBuffer data, boolean cdRom) {
        if (data.remaining() < 2) {
            return null;
        }
        int code = data.get(data.position()) & ALL_SUBPAGES;
        int bytes = 2 + (data.get(data.position() + 1) & 0xff);
        for (ModePage page : ModePage.values()) {
            if (page.isFor(cdRom) && page.code() == code && page.bytes() == bytes) {
                return page;
            }
        }
        return null;
    }

    private static boolean changesOnlyWhatItMay(ModePage page, byte[] now, ByteBuffer wanted) {
        byte[] mask = page.changeable();
        for (int i = 2; i < now.length; i++) {
            if (((wanted.get(wanted.position() + i) ^ now[i]) & ~mask[i]) != 0) {
                return false;
            }
        }
        return true;
    }
}
