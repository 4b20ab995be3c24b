package dev.troupe.devices.blk;

import dev.troupe.actors.device.ConfigField;
import dev.troupe.actors.device.FeatureName;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.Arrays;
import java.util.List;

/**
 * Numbers and layouts of the block device, virtio 1.4 section 5.2. All fields are little-endian and may lie at any
 * address.
 *
 * <pre>
 * request, device-readable          segment (discard, write zeroes, secure erase)
 *  0 le32 type                       0 le64 sector
 *  4 le32 reserved (ioprio)          8 le32 num_sectors
 *  8 le64 sector                    12 le32 flags (bit 0 unmap)
 * 16 data …
 * request, device-writable: data …, u8 status as its very last byte
 * </pre>
 *
 * <p>Public are those parts that a driver needs too.
 */
public final class BlkWire {
    /** The device's number, section 5. */
    static final int VIRTIO_ID = 2;

    /** The unit of sectors and capacity, whatever the block size. */
    public static final int SECTOR_BYTES = 512;

    /** The longest data buffer is told, section 5.2.3 as the others. */
    public static final long VIRTIO_BLK_F_SIZE_MAX = 1L << 1;

    /** The most data buffers of a request are told. */
    public static final long VIRTIO_BLK_F_SEG_MAX = 1L << 2;

    /** A geometry of old is told. */
    public static final long VIRTIO_BLK_F_GEOMETRY = 1L << 4;

    /** The device refuses writes. */
    public static final long VIRTIO_BLK_F_RO = 1L << 5;

    /** The logical block is told. */
    public static final long VIRTIO_BLK_F_BLK_SIZE = 1L << 6;

    /** There is a flush request. */
    public static final long VIRTIO_BLK_F_FLUSH = 1L << 9;

    /** What the device likes best is told. */
    public static final long VIRTIO_BLK_F_TOPOLOGY = 1L << 10;

    /** The driver may choose between write-back and write-through. */
    public static final long VIRTIO_BLK_F_CONFIG_WCE = 1L << 11;

    /** There may be several queues. */
    public static final long VIRTIO_BLK_F_MQ = 1L << 12;

    static final long VIRTIO_BLK_F_DISCARD = 1L << 13;
    static final long VIRTIO_BLK_F_WRITE_ZEROES = 1L << 14;
    static final long VIRTIO_BLK_F_SECURE_ERASE = 1L << 16;

    /** A read, section 5.2.6 as the others. */
    public static final int VIRTIO_BLK_T_IN = 0;

    /** A write. */
    public static final int VIRTIO_BLK_T_OUT = 1;

    static final int VIRTIO_BLK_T_FLUSH = 4;
    static final int VIRTIO_BLK_T_GET_ID = 8;
    static final int VIRTIO_BLK_T_DISCARD = 11;
    static final int VIRTIO_BLK_T_WRITE_ZEROES = 13;
    static final int VIRTIO_BLK_T_SECURE_ERASE = 14;

    /** The request was carried out. */
    public static final byte VIRTIO_BLK_S_OK = 0;

    static final byte VIRTIO_BLK_S_IOERR = 1;
    static final byte VIRTIO_BLK_S_UNSUPP = 2;

    /** The request header: type, reserved, sector. */
    public static final int HEADER_SIZE = 16;

    private static final ValueLayout.OfInt LE32 = ValueLayout.JAVA_INT_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);
    private static final ValueLayout.OfLong LE64 = ValueLayout.JAVA_LONG_UNALIGNED.withOrder(ByteOrder.LITTLE_ENDIAN);

    /** The answer to {@link #VIRTIO_BLK_T_GET_ID}: a string, padded with zeros, without one if it is this long. */
    static final int ID_SIZE = 20;

    /** One segment of a discard, write zeroes or secure erase. */
    static final int SEGMENT_SIZE = 16;

    static final int VIRTIO_BLK_WRITE_ZEROES_FLAG_UNMAP = 1;

    /** struct virtio_blk_config, section 5.2.4. */
    static final int CONFIG_SIZE = 96;

    static final int CAPACITY_OFFSET = 0;
    static final int SEG_MAX_OFFSET = 12;
    static final int BLK_SIZE_OFFSET = 20;
    static final int PHYSICAL_BLOCK_EXP_OFFSET = 24;
    static final int ALIGNMENT_OFFSET_OFFSET = 25;
    static final int MIN_IO_SIZE_OFFSET = 26;
    static final int OPT_IO_SIZE_OFFSET = 28;
    static final int WRITEBACK_OFFSET = 32;
    static final int NUM_QUEUES_OFFSET = 34;
    static final int MAX_DISCARD_SECTORS_OFFSET = 36;
    static final int MAX_DISCARD_SEG_OFFSET = 40;
    static final int DISCARD_SECTOR_ALIGNMENT_OFFSET = 44;
    static final int MAX_WRITE_ZEROES_SECTORS_OFFSET = 48;
    static final int MAX_WRITE_ZEROES_SEG_OFFSET = 52;
    static final int WRITE_ZEROES_MAY_UNMAP_OFFSET = 56;
    static final int MAX_SECURE_ERASE_SECTORS_OFFSET = 60;
    static final int MAX_SECURE_ERASE_SEG_OFFSET = 64;
    static final int SECURE_ERASE_SECTOR_ALIGNMENT_OFFSET = 68;

    private static final List<FeatureName> FEATURE_NAMES = List.of(
            new FeatureName(1, "VIRTIO_BLK_F_SIZE_MAX"),
            new FeatureName(2, "VIRTIO_BLK_F_SEG_MAX"),
            new FeatureName(4, "VIRTIO_BLK_F_GEOMETRY"),
            new FeatureName(5, "VIRTIO_BLK_F_RO"),
            new FeatureName(6, "VIRTIO_BLK_F_BLK_SIZE"),
            new FeatureName(9, "VIRTIO_BLK_F_FLUSH"),
            new FeatureName(10, "VIRTIO_BLK_F_TOPOLOGY"),
            new FeatureName(11, "VIRTIO_BLK_F_CONFIG_WCE"),
            new FeatureName(12, "VIRTIO_BLK_F_MQ"),
            new FeatureName(13, "VIRTIO_BLK_F_DISCARD"),
            new FeatureName(14, "VIRTIO_BLK_F_WRITE_ZEROES"),
            new FeatureName(15, "VIRTIO_BLK_F_LIFETIME"),
            new FeatureName(16, "VIRTIO_BLK_F_SECURE_ERASE"),
            new FeatureName(17, "VIRTIO_BLK_F_ZONED"));

    private static final List<ConfigField> CONFIG_FIELDS = List.of(
            new ConfigField("capacity", CAPACITY_OFFSET, 8),
            new ConfigField("size_max", 8, 4),
            new ConfigField("seg_max", SEG_MAX_OFFSET, 4),
            new ConfigField("geometry.cylinders", 16, 2),
            new ConfigField("geometry.heads", 18, 1),
            new ConfigField("geometry.sectors", 19, 1),
            new ConfigField("blk_size", BLK_SIZE_OFFSET, 4),
            new ConfigField("topology.physical_block_exp", PHYSICAL_BLOCK_EXP_OFFSET, 1),
            new ConfigField("topology.alignment_offset", ALIGNMENT_OFFSET_OFFSET, 1),
            new ConfigField("topology.min_io_size", MIN_IO_SIZE_OFFSET, 2),
            new ConfigField("topology.opt_io_size", OPT_IO_SIZE_OFFSET, 4),
            new ConfigField("writeback", WRITEBACK_OFFSET, 1),
            new ConfigField("num_queues", NUM_QUEUES_OFFSET, 2),
            new ConfigField("max_discard_sectors", MAX_DISCARD_SECTORS_OFFSET, 4),
            new ConfigField("max_discard_seg", MAX_DISCARD_SEG_OFFSET, 4),
            new ConfigField("discard_sector_alignment", DISCARD_SECTOR_ALIGNMENT_OFFSET, 4),
            new ConfigField("max_write_zeroes_sectors", MAX_WRITE_ZEROES_SECTORS_OFFSET, 4),
            new ConfigField("max_write_zeroes_seg", MAX_WRITE_ZEROES_SEG_OFFSET, 4),
            new ConfigField("write_zeroes_may_unmap", WRITE_ZEROES_MAY_UNMAP_OFFSET, 1),
            new ConfigField("max_secure_erase_sectors", MAX_SECURE_ERASE_SECTORS_OFFSET, 4),
            new ConfigField("max_secure_erase_seg", MAX_SECURE_ERASE_SEG_OFFSET, 4),
            new ConfigField("secure_erase_sector_alignment", SECURE_ERASE_SECTOR_ALIGNMENT_OFFSET, 4),
            new ConfigField("zoned.zone_sectors", 72, 4),
            new ConfigField("zoned.max_open_zones", 76, 4),
            new ConfigField("zoned.max_active_zones", 80, 4),
            new ConfigField("zoned.max_append_sectors", 84, 4),
            new ConfigField("zoned.write_granularity", 88, 4),
            new ConfigField("zoned.model", 92, 1));

    /** Fields that only advise a driver: it does no harm that it has read other ones. */
    private static final int ADVICE_FROM = PHYSICAL_BLOCK_EXP_OFFSET;

    private static final int ADVICE_TO = WRITEBACK_OFFSET;

    /** The three fields about secure erase. */
    private static final int SECURE_ERASE_BYTES = 12;

    private BlkWire() {}

    /**
     * Writes a request's header, as a driver does. Any thread.
     *
     * @param memory where it goes
     * @param offset where in {@code memory}, in bytes; any alignment
     * @param type one of {@code VIRTIO_BLK_T_}
     * @param sector the first sector, in units of {@link #SECTOR_BYTES}
     */
    public static void putHeader(MemorySegment memory, long offset, int type, long sector) {
        memory.set(LE32, offset, type);
        memory.set(LE32, offset + 4, 0);
        memory.set(LE64, offset + 8, sector);
    }

    /**
     * Whether a driver that found one configuration space may find the other: the disk may grow, it may lose its write
     * cache (its driver flushes in vain), and what only advises may differ. A disk that shrinks, or that gets a cache which
     * its driver does not flush, would lose data.
     */
    static boolean mayBecome(byte[] before, byte[] now) {
        ByteBuffer old = ByteBuffer.wrap(before).order(ByteOrder.LITTLE_ENDIAN);
        ByteBuffer rest = ByteBuffer.wrap(now.clone()).order(ByteOrder.LITTLE_ENDIAN);
        boolean grows = rest.getLong(CAPACITY_OFFSET) >= old.getLong(CAPACITY_OFFSET);
        boolean keepsPromises = rest.get(WRITEBACK_OFFSET) <= old.get(WRITEBACK_OFFSET);
        rest.putLong(CAPACITY_OFFSET, old.getLong(CAPACITY_OFFSET));
        rest.put(WRITEBACK_OFFSET, old.get(WRITEBACK_OFFSET));
        rest.put(ADVICE_FROM, before, ADVICE_FROM, ADVICE_TO - ADVICE_FROM);
        rest.putInt(DISCARD_SECTOR_ALIGNMENT_OFFSET, old.getInt(DISCARD_SECTOR_ALIGNMENT_OFFSET));
        if (old.getInt(MAX_SECURE_ERASE_SECTORS_OFFSET) == 0) {
            // The driver knows nothing of it and need not.
            rest.put(MAX_SECURE_ERASE_SECTORS_OFFSET, before, MAX_SECURE_ERASE_SECTORS_OFFSET, SECURE_ERASE_BYTES);
        }
        return grows && keepsPromises && Arrays.equals(before, rest.array());
    }

    static List<FeatureName> featureNames() {
        return FEATURE_NAMES;
    }

    static List<ConfigField> configFields() {
        return CONFIG_FIELDS;
    }
}
