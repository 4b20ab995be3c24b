package dev.troupe.runtime.bench;

import dev.troupe.actors.device.ConfigField;
import dev.troupe.devices.blk.BlkWire;
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

    /**
     * The feature bits that this driver accepts where they are offered, as a guest's does. Without FLUSH a device has to
     * write through.
     */
    static final long ACCEPTED = BlkWire.VIRTIO_BLK_F_SIZE_MAX
            | BlkWire.VIRTIO_BLK_F_SEG_MAX
            | BlkWire.VIRTIO_BLK_F_GEOMETRY
            | BlkWire.VIRTIO_BLK_F_RO
            | BlkWire.VIRTIO_BLK_F_BLK_SIZE
            | BlkWire.VIRTIO_BLK_F_FLUSH
            | BlkWire.VIRTIO_BLK_F_TOPOLOGY
            | BlkWire.VIRTIO_BLK_F_CONFIG_WCE
            | BlkWire.VIRTIO_BLK_F_MQ;

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
        if (sectors <= 0 || sectors > Long.MAX_VALUE / BlkWire.SECTOR_BYTES) {
            throw new BenchException("The back end tells no usable capacity (" + Long.toUnsignedString(sectors)
                    + " sectors): there is nothing to read.");
        }
        long block = has(features, BlkWire.VIRTIO_BLK_F_BLK_SIZE)
                ? config.value(fields, "blk_size").orElse(0)
                : 0;
        long segment = has(features, BlkWire.VIRTIO_BLK_F_SIZE_MAX)
                ? config.value(fields, "size_max").orElse(0)
                : 0;
        return new BlkTarget(
                sectors * BlkWire.SECTOR_BYTES,
                Math.clamp(block, BlkWire.SECTOR_BYTES, 1 << 20),
                segment <= 0 ? Integer.MAX_VALUE : Math.clamp(segment, BlkWire.SECTOR_BYTES, Integer.MAX_VALUE),
                has(features, BlkWire.VIRTIO_BLK_F_RO));
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
