package dev.troupe.runtime.bench;

import dev.troupe.actors.device.DeviceFactory;
import dev.troupe.runtime.probe.ProbeResult;
import dev.troupe.transport.frontend.GuestMemoryFile;
import dev.troupe.transport.protocol.VirtioFeature;
import dev.troupe.transport.ring.RingFeatures;
import java.util.List;

/** The device under load: what is negotiated with it, and the requests that it gets. Any thread. */
final class BenchTarget {

    static final String BLK = "blk";
    static final String RNG = "rng";
    private static final int SMALLEST_RING = 128;
    private static final int LARGEST_RING = 1024;
    private static final long SLACK_BYTES = 1 << 20;
    private static final int TABLE_ENTRY_BYTES = 16;
    private static final int RING_ENTRY_BYTES = 64;

    private final BenchPlan plan;
    private final String type;
    private final long offered;
    private final RingFeatures ring;
    private final List<BlkTarget> blk;
    private final long blocks;

    /**
     * Checks a plan against what a back end offers.
     *
     * @throws BenchException if they do not fit
     */
    BenchTarget(BenchPlan plan, ProbeResult probe) throws BenchException {
        this.plan = plan;
        this.offered = probe.features();
        this.type = typeOf(probe);
        if (!VirtioFeature.VERSION_1.isIn(offered)) {
            throw new BenchException("The back end offers only a legacy device (no VERSION_1).");
        }
        ring = plan.ring().against(offered);
        if (plan.queues() > probe.maxQueues()) {
            throw new BenchException("--queues: the back end serves " + probe.maxQueues() + " only.");
        }
        if (type.equals(BLK)) {
            List<DeviceFactory> factory = probe.certainType();
            BlkTarget target =
                    BlkTarget.of(offered, probe.config(), factory.getFirst().configFields());
            blocks = target.blocks(plan);
            blk = List.of(target);
        } else {
            if (plan.verify() || plan.mix().writes()) {
                throw new BenchException("An entropy device has nothing to write or to verify.");
            }
            blocks = 0;
            blk = List.of();
        }
        if (ringSize() > LARGEST_RING) {
            throw new BenchException("--depth " + plan.depth() + " needs a ring of " + ringSize()
                    + " descriptors; back ends take at most " + LARGEST_RING + ".");
        }
    }

    private static String typeOf(ProbeResult probe) throws BenchException {
        List<String> names = probe.types().stream().map(DeviceFactory::type).toList();
        if (names.size() != 1) {
            throw new BenchException("Cannot tell the device's type: name it with --type blk or --type rng.");
        }
        String name = names.getFirst();
        if (!name.equals(BLK) && !name.equals(RNG)) {
            throw new BenchException("The device is of type " + name + "; only blk and rng can be driven.");
        }
        return name;
    }

    /** {@code blk} or {@code rng}. */
    String type() {
        return type;
    }

    /** How the rings are laid out. */
    RingFeatures ring() {
        return ring;
    }

    /** The feature bits to accept. */
    long features() {
        long device = type.equals(BLK) ? offered & BlkTarget.ACCEPTED : 0;
        return VirtioFeature.VERSION_1.mask() | RingWishes.bits(ring) | device;
    }

    /** How many descriptors each ring has. */
    int ringSize() {
        int needed = plan.depth() * (ring.indirect() && buffers() > 1 ? 1 : buffers());
        return Math.max(SMALLEST_RING, Integer.highestOneBit(Math.max(1, needed - 1)) << 1);
    }

    /** How many buffers a request has. */
    int buffers() {
        return blk.isEmpty()
                ? 1
                : BlkWorkload.buffers(plan.blockBytes(), blk.getFirst().segmentBytes());
    }

    /** How much guest memory all queues take. */
    long memoryBytes() {
        long slots = blk.isEmpty()
                ? RngWorkload.memoryBytes(plan.depth(), plan.blockBytes())
                : BlkWorkload.memoryBytes(plan.depth(), plan.blockBytes());
        long tables = (long) ringSize() * (RING_ENTRY_BYTES + (long) buffers() * TABLE_ENTRY_BYTES);
        return plan.queues() * (slots + tables + SLACK_BYTES);
    }

    /** The requests of one queue (seed: of this run). */
    Workload workload(GuestMemoryFile memory, int queue, long seed) {
        if (blk.isEmpty()) {
            return new RngWorkload(memory, plan.depth(), plan.blockBytes());
        }
        long each = blocks / plan.queues();
        BlkWorkload.Area area = new BlkWorkload.Area(queue * each, each);
        return new BlkWorkload(memory, plan, area, blk.getFirst().segmentBytes(), seed + queue);
    }
}
