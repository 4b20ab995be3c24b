package dev.troupe.runtime.bench;

import dev.troupe.actors.device.ConfigField;
import dev.troupe.runtime.probe.ConfigSpace;
import java.util.List;

/**
 * What of a block device's features and configuration space matters to its driver (virtio 1.4, sections 5.2.3 and 5.2.4).
 *
 * @param capacityBytes its size
 * @param logicalBlockBytes the unit of requests
 * @param segmentBytes the longest data buffer
 * @param readOnly whether it refuses writes
 */
record BlkTarget(long capacityBytes, int logicalBlockBytes, int segmentBytes, boolean readOnly) {

    private static final long VIRTIO_BLK_F_SIZE_MAX = 1L << 1;
    private static final long VIRTIO_BLK_F_RO = 1L << 5;
    private static final long VIRTIO_BLK_F_BLK_SIZE = 1L << 6;

    /**
     * The feature bits that this driver accepts where they are offered, as a guest's does: SIZE_MAX, SEG_MAX, GEOMETRY, RO,
     * BLK_SIZE, FLUSH (without it a device has to write through), TOPOLOGY, CONFIG_WCE, MQ.
     */
    static final long ACCEPTED =
            1L << 1 | 1L << 2 | 1L << 4 | 1L << 5 | 1L << 6 | 1L << 9 | 1L << 10 | 1L << 11 | 1L << 12;

    private static final int SECTOR_BYTES = 512;
    private static final long MAX_VERIFIED_BLOCKS = 1L << 26;

    /**
     * Reads it out of a probe's answers.
     *
     * @param features the offered feature bits
     * @param config the configuration space
     * @param fields the fields of the type's configuration space
     * @throws BenchException if the device has no room
     */
    static BlkTarget of(long features, ConfigSpace config, List<ConfigField> fields) throws BenchException {
        long sectors = config.value(fields, "capacity").orElse(0);
        if (sectors <= 0 || sectors > Long.MAX_VALUE / SECTOR_BYTES) {
            throw new BenchException("The back end tells no usable capacity (" + Long.toUnsignedString(sectors)
                    + " sectors): there is nothing to read.");
        }
        long block = has(features, VIRTIO_BLK_F_BLK_SIZE)
                ? config.value(fields, "blk_size").orElse(0)
                : 0;
        long segment = has(features, VIRTIO_BLK_F_SIZE_MAX)
                ? config.value(fields, "size_max").orElse(0)
                : 0;
        return new BlkTarget(
                sectors * SECTOR_BYTES,
                Math.clamp(block, SECTOR_BYTES, 1 << 20),
                segment <= 0 ? Integer.MAX_VALUE : Math.clamp(segment, SECTOR_BYTES, Integer.MAX_VALUE),
                has(features, VIRTIO_BLK_F_RO));
    }

    /**
     * How many blocks a plan uses.
     *
     * @throws BenchException if the plan does not fit the device
     */
    long blocks(BenchPlan plan) throws BenchException {
        if (readOnly && plan.mix().writes()) {
            throw new BenchException("The device is read-only: use --mix read or randread.");
        }
        if (plan.blockBytes() % logicalBlockBytes != 0) {
            throw new BenchException(
                    "--block-size must be a multiple of the device's blocks of " + logicalBlockBytes + " bytes.");
        }
        if (plan.rangeBytes() > capacityBytes) {
            throw new BenchException("--size is more than the device has, which is " + capacityBytes + " bytes.");
        }
        long range = plan.rangeBytes() == 0 ? capacityBytes : plan.rangeBytes();
        long blocks = range / plan.blockBytes();
        long needed = (long) plan.queues() * (plan.verify() ? plan.depth() + 1 : 1);
        if (blocks < needed) {
            throw new BenchException(
                    "The range of " + range + " bytes has " + blocks + " blocks; this run needs " + needed + ".");
        }
        if (plan.verify() && blocks > MAX_VERIFIED_BLOCKS) {
            throw new BenchException("--verify remembers every block; the range has " + blocks + ", more than "
                    + MAX_VERIFIED_BLOCKS + ": use a smaller --size or a larger --block-size.");
        }
        return blocks;
    }

    private static boolean has(long features, long bit) {
        return (features & bit) != 0;
    }
}
