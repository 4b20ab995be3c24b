package dev.troupe.devices.scsi;

import dev.troupe.devices.storage.StorageBackend;
import dev.troupe.devices.storage.StorageLimits;
import java.nio.ByteBuffer;
import java.nio.charset.StandardCharsets;
import java.util.Arrays;

/** INQUIRY: who a unit is and what it can (SPC-4 6.6 and 7.8, SBC-3 6.6). */
final class Inquiry {
    /** The one target port. */
    static final int TARGET_PORT = 1;

    private static final int EVPD = 0x01;
    private static final int STANDARD_BYTES = 74;
    private static final byte CD_ROM = 5;
    private static final byte REMOVABLE = (byte) 0x80;
    private static final byte SPC_4 = 6;

    /** Hierarchical LUNs, response data format 2. */
    private static final byte HISUP_FORMAT = 0x12;

    /** Commands are queued. */
    private static final byte CMDQUE = 0x02;

    /** Versions: SAM-5, SPC-4, SBC-3. */
    private static final short[] DISK_VERSIONS = {0x00a0, 0x0460, 0x04c0};

    private static final byte[] DISK_PAGES = {
        0, (byte) 0x80, (byte) 0x83, (byte) 0x86, (byte) 0xb0, (byte) 0xb1, (byte) 0xb2
    };
    private static final byte[] CD_ROM_PAGES = {0, (byte) 0x80, (byte) 0x83, (byte) 0x86};

    private static final int PAGE_HEADER_BYTES = 4;
    private static final int EXTENDED_BYTES = 64;
    private static final int LIMITS_BYTES = 64;

    private Inquiry() {}

    static void execute(ScsiTask task) {
        LunSettings settings = task.unit().settings();
        int page = task.cdb().u8(2);
        if (!task.cdb().bit(1, EVPD)) {
            answerFor(task, settings.cdRom() ? CD_ROM : 0);
            return;
        }
        byte[] pages = settings.cdRom() ? CD_ROM_PAGES : DISK_PAGES;
        // Guest-controlled: a page that is not in the list does not exist.
        boolean known = false;
        for (byte each : pages) {
            known |= (each & 0xff) == page;
        }
        if (!known) {
            task.fail(Sense.INVALID_FIELD_IN_CDB);
            return;
        }
        byte[] body = switch (page) {
            case 0x00 -> pages;
            case 0x80 -> ascii(settings.serial());
            case 0x83 -> identification(settings);
            case 0x86 -> extended();
            case 0xb0 -> blockLimits(task.unit());
            case 0xb1 -> characteristics();
            default -> provisioning(task.unit());
        };
        ByteBuffer data = ByteBuffer.allocate(PAGE_HEADER_BYTES + body.length)
                .put(settings.cdRom() ? CD_ROM : 0)
                .put((byte) page)
                .putShort((short) body.length)
                .put(body);
        task.reply(data.array(), task.cdb().u16(3));
    }

    /** The standard data of a unit of this type, or of an address without a unit. */
    static void answerFor(ScsiTask task, byte qualifierAndType) {
        Nexus nexus = task.addressed();
        if (task.cdb().bit(1, EVPD) ? nexus == null : task.cdb().u8(2) != 0) {
            task.fail(Sense.INVALID_FIELD_IN_CDB);
            return;
        }
        ByteBuffer data = ByteBuffer.allocate(STANDARD_BYTES)
                .put(0, qualifierAndType)
                .put(2, SPC_4)
                .put(3, HISUP_FORMAT)
                .put(4, (byte) (STANDARD_BYTES - 5))
                .put(7, CMDQUE);
        data.put(8, padded("", 24));
        if (nexus != null) {
            LunSettings settings = nexus.unit().settings();
            data.put(1, settings.removable() ? REMOVABLE : 0);
            data.put(8, padded(settings.vendor(), 8));
            data.put(16, padded(settings.product(), 16));
            data.put(32, padded(settings.revision(), 4));
            if (!settings.cdRom()) {
                data.position(58);
                for (short version : DISK_VERSIONS) {
                    data.putShort(version);
                }
            }
        }
        task.reply(data.array(), task.cdb().u16(3));
    }

    private static byte[] ascii(String text) {
        return text.getBytes(StandardCharsets.US_ASCII);
    }

    private static byte[] padded(String text, int bytes) {
        byte[] all = new byte[bytes];
        Arrays.fill(all, (byte) ' ');
        byte[] start = ascii(text);
        System.arraycopy(start, 0, all, 0, Math.min(start.length, bytes));
        return all;
    }

    /** Three designators: vendor and serial, a number of the unit, the port. */
    private static byte[] identification(LunSettings settings) {
        byte[] vendor = ascii(String.format("%-8s", settings.vendor()) + settings.serial());
        return ByteBuffer.allocate(4 + vendor.length + 12 + 8)
                .put((byte) 0x02)
                .put((byte) 0x01)
                .put((byte) 0)
                .put((byte) vendor.length)
                .put(vendor)
                .put((byte) 0x01)
                .put((byte) 0x03)
                .put((byte) 0)
                .put((byte) 8)
                .putLong(Identity.naa(settings.serial()))
                .put((byte) 0x01)
                .put((byte) 0x14)
                .put((byte) 0)
                .put((byte) 4)
                .putInt(TARGET_PORT)
                .array();
    }

    /** Tasks may be simple only; there is a volatile cache to be flushed. */
    private static byte[] extended() {
        return ByteBuffer.allocate(EXTENDED_BYTES - PAGE_HEADER_BYTES)
                .put(1, (byte) 0x01)
                .put(2, (byte) 0x01)
                .array();
    }

    private static byte[] blockLimits(LogicalUnit unit) {
        ByteBuffer page = ByteBuffer.allocate(LIMITS_BYTES);
        StorageBackend storage = unit.storage();
        if (storage != null) {
            StorageLimits limits = storage.limits();
            int block = limits.logicalBlockBytes();
            page.put(4, (byte) 0x01)
                    .putShort(6, (short) Math.min(limits.minimumIoBytes() / block, 0xffff))
                    .putInt(12, limits.optimalIoBytes() / block)
                    .putLong(36, ProvisioningCommands.MAX_BLOCKS);
            if (unit.unmaps()) {
                page.putInt(20, ProvisioningCommands.MAX_BLOCKS)
                        .putInt(24, ProvisioningCommands.MAX_UNMAP_DESCRIPTORS)
                        .putInt(28, Math.max(limits.discardBytes() / block, 1));
            }
        }
        return Arrays.copyOfRange(page.array(), PAGE_HEADER_BYTES, LIMITS_BYTES);
    }

    /** It does not rotate. */
    private static byte[] characteristics() {
        return ByteBuffer.allocate(LIMITS_BYTES - PAGE_HEADER_BYTES)
                .putShort(0, (short) 1)
                .array();
    }

    /** UNMAP, WRITE SAME (16) and (10) with their UNMAP bit; what is unmapped may read as anything. */
    private static byte[] provisioning(LogicalUnit unit) {
        return unit.unmaps() ? new byte[] {0, (byte) 0xe0, 2, 0} : new byte[4];
    }
}
