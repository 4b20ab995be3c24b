package dev.troupe.devices.scsi;

import dev.troupe.devices.storage.StorageBackend;
import java.nio.ByteBuffer;

/** What an optical drive knows beside what a disk does (MMC-6, section 6): one finished session with one data track. */
final class CdCommands {
    /** Events of a medium (MMC-6 table 292). */
    static final int EJECT_REQUEST = 1;

    static final int NEW_MEDIA = 2;
    static final int MEDIA_REMOVAL = 3;

    private static final int TOC = 0;
    private static final int SESSIONS = 1;
    private static final int MSF = 0x02;
    private static final byte DATA_TRACK = 0x14;
    private static final int FIRST_TRACK = 1;
    private static final int LEAD_OUT = 0xaa;
    private static final int FRAMES_A_SECOND = 75;
    private static final int SECONDS_A_MINUTE = 60;

    /** Two seconds lie before the first block. */
    private static final int PREGAP_FRAMES = 150;

    /** A CD holds 80 minutes; what is longer is a DVD. */
    private static final long MAX_CD_BLOCKS = 80L * SECONDS_A_MINUTE * FRAMES_A_SECOND;

    private static final int PROFILE_CD_ROM = 0x08;
    private static final int PROFILE_DVD_ROM = 0x10;
    private static final int CURRENT = 1;
    private static final int ONE_FEATURE = 2;
    private static final int FEATURES_BYTES = 8 + 12 + 12 + 8 + 12 + 8 + 8;

    private static final int POLLED = 0x01;
    private static final int MEDIA_CLASS = 4;
    private static final byte NO_EVENT_AVAILABLE = (byte) 0x80;
    private static final byte MEDIA_PRESENT = 2;

    private static final int DISC_INFORMATION_BYTES = 34;

    /** The last session is complete, and the disc finalised. */
    private static final byte FINALISED = 0x0e;

    private static final int STRUCTURE_BYTES = 4 + 2048;
    private static final int FIRST_DVD_SECTOR = 0x3_0000;
    private static final int MECHANISM_BYTES = 8;

    private CdCommands() {}

    static void readToc(ScsiTask task) {
        StorageBackend storage = task.storage();
        if (storage == null) {
            return;
        }
        Cdb cdb = task.cdb();
        int format = cdb.u8(2) & 0x0f;
        if (format == 0) {
            // Where drives before MMC had it.
            format = cdb.u8(9) >> 6;
        }
        int track = cdb.u8(6);
        boolean msf = cdb.bit(1, MSF);
        ByteBuffer data = ByteBuffer.allocate(4 + 2 * 8).position(2);
        data.put((byte) FIRST_TRACK).put((byte) FIRST_TRACK);
        if (format == SESSIONS) {
            track(data, FIRST_TRACK, 0, msf);
        } else if (format == TOC && (track <= FIRST_TRACK || track == LEAD_OUT)) {
            if (track != LEAD_OUT) {
                track(data, FIRST_TRACK, 0, msf);
            }
            track(data, LEAD_OUT, BlockCommands.capacityBlocks(storage), msf);
        } else {
            task.fail(Sense.INVALID_FIELD_IN_CDB);
            return;
        }
        data.flip().putShort(0, (short) (data.limit() - 2));
        byte[] toc = new byte[data.limit()];
        data.get(toc);
        task.reply(toc, cdb.u16(7));
    }

    private static void track(ByteBuffer data, int number, long lba, boolean msf) {
        data.put((byte) 0).put(DATA_TRACK).put((byte) number).put((byte) 0);
        data.putInt(msf ? minutes(lba + PREGAP_FRAMES) : (int) Math.min(lba, Integer.MAX_VALUE));
    }

    private static int minutes(long frames) {
        long seconds = frames / FRAMES_A_SECOND;
        long minute = Math.min(seconds / SECONDS_A_MINUTE, 0xff);
        return (int) (minute << 16 | seconds % SECONDS_A_MINUTE << 8 | frames % FRAMES_A_SECOND);
    }

    private static int profile(StorageBackend storage) {
        return BlockCommands.capacityBlocks(storage) > MAX_CD_BLOCKS ? PROFILE_DVD_ROM : PROFILE_CD_ROM;
    }

    static void getConfiguration(ScsiTask task) {
        int which = task.cdb().serviceAction();
        if (which > ONE_FEATURE) {
            task.fail(Sense.INVALID_FIELD_IN_CDB);
            return;
        }
        StorageBackend storage = task.unit().storage();
        int profile = storage == null ? 0 : profile(storage);
        ByteBuffer data = ByteBuffer.allocate(FEATURES_BYTES).position(8);
        Features features = new Features(data, which, task.cdb().u16(2));
        if (features.begins(0x0000, 0x03, 8)) {
            data.putShort((short) PROFILE_DVD_ROM)
                    .put((byte) (profile == PROFILE_DVD_ROM ? 1 : 0))
                    .put((byte) 0);
            data.putShort((short) PROFILE_CD_ROM)
                    .put((byte) (profile == PROFILE_CD_ROM ? 1 : 0))
                    .put((byte) 0);
        }
        if (features.begins(0x0001, 0x0b, 8)) {
            data.putInt(1).putInt(0);
        }
        if (features.begins(0x0003, 0x03, 4)) {
            data.putInt(0x2900_0000);
        }
        if (features.begins(0x0010, storage == null ? 0 : 1, 8)) {
            data.putInt(2048).putInt(0x0001_0000);
        }
        if (features.begins(0x001e, profile == PROFILE_CD_ROM ? 0x09 : 0x08, 4)) {
            data.putInt(0);
        }
        if (features.begins(0x001f, profile == PROFILE_DVD_ROM ? 0x01 : 0x00, 4)) {
            data.putInt(0);
        }
        data.flip().putInt(0, data.limit() - 4).putShort(6, (short) profile);
        byte[] configuration = new byte[data.limit()];
        data.get(configuration);
        task.reply(configuration, task.cdb().u16(7));
    }

    /** Which features are asked for. */
    private record Features(ByteBuffer data, int which, int first) {
        boolean begins(int code, int flags, int bytes) {
            boolean wanted =
                    which == ONE_FEATURE ? code == first : code >= first && (which == 0 || (flags & CURRENT) != 0);
            if (wanted) {
                data.putShort((short) code).put((byte) flags).put((byte) bytes);
            }
            return wanted;
        }
    }

    static void getEventStatusNotification(ScsiTask task) {
        Cdb cdb = task.cdb();
        if (!cdb.bit(1, POLLED)) {
            task.fail(Sense.INVALID_FIELD_IN_CDB);
        } else if (cdb.bit(4, 1 << MEDIA_CLASS)) {
            if (!task.hasDataIn(cdb.u16(7))) {
                return;
            }
            byte present = task.unit().storage() == null ? 0 : MEDIA_PRESENT;
            byte event = (byte) task.nexus().takeMediaEvent();
            task.reply(new byte[] {0, 6, MEDIA_CLASS, 1 << MEDIA_CLASS, event, present, 0, 0}, cdb.u16(7));
        } else {
            task.reply(new byte[] {0, 2, NO_EVENT_AVAILABLE, 1 << MEDIA_CLASS}, cdb.u16(7));
        }
    }

    static void readDiscInformation(ScsiTask task) {
        if (task.cdb().u8(1) != 0) {
            task.fail(Sense.INVALID_FIELD_IN_CDB);
        } else if (task.storage() != null) {
            ByteBuffer data = ByteBuffer.allocate(DISC_INFORMATION_BYTES)
                    .putShort(0, (short) (DISC_INFORMATION_BYTES - 2))
                    .put(2, FINALISED);
            for (int i = 3; i <= 6; i++) {
                data.put(i, (byte) FIRST_TRACK);
            }
            task.reply(data.array(), task.cdb().u16(7));
        }
    }

    /** Only a DVD has a structure, and of that only the physical format is known. */
    static void readDiscStructure(ScsiTask task) {
        StorageBackend storage = task.storage();
        if (storage == null) {
            return;
        }
        Cdb cdb = task.cdb();
        if (cdb.u8(1) != 0 || cdb.u8(6) != 0 || cdb.u8(7) != 0 || profile(storage) != PROFILE_DVD_ROM) {
            task.fail(Sense.INVALID_FIELD_IN_CDB);
            return;
        }
        long last = FIRST_DVD_SECTOR + BlockCommands.capacityBlocks(storage) - 1;
        ByteBuffer data = ByteBuffer.allocate(STRUCTURE_BYTES)
                .putShort(0, (short) (STRUCTURE_BYTES - 2))
                .put(4, (byte) 0x01)
                .put(5, (byte) 0x0f)
                .put(6, (byte) 0x01)
                .putInt(8, FIRST_DVD_SECTOR)
                .putInt(12, (int) Math.min(last, 0xff_ffff));
        task.reply(data.array(), cdb.u16(8));
    }

    static void mechanismStatus(ScsiTask task) {
        task.reply(
                ByteBuffer.allocate(MECHANISM_BYTES).put(5, (byte) 1).array(),
                task.cdb().u16(8));
    }
}
