package dev.troupe.runtime.bench;

import dev.troupe.actors.device.ConfigField;
import dev.troupe.devices.blk.BlkWire;
import dev.troupe.runtime.probe.ConfigSpace;
import dev.troupe.runtime.probe.ProbeResult;
import java.util.List;

/** A block device, by what of its features and configuration space matters to a driver (virtio 1.4, 5.2.3 and 5.2.4). */
final class BlkSubject implements QueueSubject {

    /**
     * The feature bits that this driver accepts where they are offered, as a guest's does. Without FLUSH a device has to
     * write through.
     */
    private static final long ACCEPTED = BlkWire.VIRTIO_BLK_F_SIZE_MAX
            | BlkWire.VIRTIO_BLK_F_SEG_MAX
            | BlkWire.VIRTIO_BLK_F_GEOMETRY
            | BlkWire.VIRTIO_BLK_F_RO
            | BlkWire.VIRTIO_BLK_F_BLK_SIZE
            | BlkWire.VIRTIO_BLK_F_FLUSH
            | BlkWire.VIRTIO_BLK_F_TOPOLOGY
            | BlkWire.VIRTIO_BLK_F_CONFIG_WCE
            | BlkWire.VIRTIO_BLK_F_MQ;

    private static final int MAX_BLOCK_BYTES = 1 << 20;

    private final BenchPlan plan;
    private final DiskRange range;
    private final DiskFormat format;

    private BlkSubject(BenchPlan plan, DiskRange range, DiskFormat format) {
        this.plan = plan;
        this.range = range;
        this.format = format;
    }

    /**
     * Reads it out of a probe's answers.
     *
     * @throws BenchException if the device has no room, or the plan does not fit it
     */
    static BlkSubject of(BenchPlan plan, ProbeResult probe) throws BenchException {
        long features = probe.features();
        ConfigSpace config = probe.config();
        List<ConfigField> fields = probe.certainType().getFirst().configFields();
        long sectors = config.value(fields, "capacity").orElse(0);
        if (sectors <= 0 || sectors > Long.MAX_VALUE / BlkWire.SECTOR_BYTES) {
            throw new BenchException("The back end tells no usable capacity (" + Long.toUnsignedString(sectors)
                    + " sectors): there is nothing to read.");
        }
        if (plan.mix().writes() && has(features, BlkWire.VIRTIO_BLK_F_RO)) {
            throw new BenchException("The device is read-only: use --mix read or randread.");
        }
        long block = has(features, BlkWire.VIRTIO_BLK_F_BLK_SIZE)
                ? config.value(fields, "blk_size").orElse(0)
                : 0;
        long segment = has(features, BlkWire.VIRTIO_BLK_F_SIZE_MAX)
                ? config.value(fields, "size_max").orElse(0)
                : 0;
        DiskRange range = DiskRange.of(
                plan, sectors * BlkWire.SECTOR_BYTES, Math.clamp(block, BlkWire.SECTOR_BYTES, MAX_BLOCK_BYTES));
        int longest = segment <= 0 ? Integer.MAX_VALUE : Math.clamp(segment, BlkWire.SECTOR_BYTES, Integer.MAX_VALUE);
        return new BlkSubject(plan, range, new BlkFormat(plan.blockBytes(), longest));
    }

    private static boolean has(long features, long bit) {
        return (features & bit) != 0;
    }

    @Override
    public String title() {
        return DiskWorkload.title(plan);
    }

    @Override
    public long accepted() {
        return ACCEPTED;
    }

    @Override
    public int buffers() {
        return format.buffers();
    }

    @Override
    public long memoryBytes() {
        return DiskWorkload.memoryBytes(plan, format);
    }

    @Override
    public Workload workload(BenchSession session, int queue, long seed) {
        return new DiskWorkload(session.memory(), plan, format, range.part(queue, plan.queues()), seed + queue);
    }
}
