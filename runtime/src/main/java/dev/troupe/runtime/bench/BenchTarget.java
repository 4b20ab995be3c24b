package dev.troupe.runtime.bench;

import dev.troupe.actors.device.DeviceFactory;
import dev.troupe.runtime.probe.ProbeResult;
import dev.troupe.transport.protocol.ProtocolFeature;
import dev.troupe.transport.protocol.VirtioFeature;
import dev.troupe.transport.ring.RingFeatures;
import java.util.List;

/** The device under load: what is negotiated with it, and what its rings and its memory have to hold. Any thread. */
final class BenchTarget {

    static final String BLK = "blk";
    static final String SCSI = "scsi";
    static final String RNG = "rng";
    static final String I2C = "i2c";
    static final String GPIO = "gpio";
    static final String VSOCK = "vsock";

    /** The types that can be driven. */
    static final List<String> TYPES = List.of(BLK, SCSI, RNG, I2C, GPIO, VSOCK);

    private static final int DEFAULT_DEPTH = 32;
    private static final int SMALLEST_RING = 128;
    private static final int LARGEST_RING = 1024;
    private static final long SLACK_BYTES = 1 << 20;
    private static final int TABLE_ENTRY_BYTES = 16;
    private static final int RING_ENTRY_BYTES = 64;

    private final BenchPlan plan;
    private final String type;
    private final Subject subject;
    private final long offered;
    private final RingFeatures ring;

    /**
     * Checks a plan against what a back end offers.
     *
     * @throws BenchException if they do not fit
     */
    BenchTarget(BenchPlan asked, ProbeResult probe) throws BenchException {
        this.offered = probe.features();
        this.type = typeOf(probe);
        // Buses and lines serve one request at a time: more would only wait. How much of a stream is under way is not
        // said.
        this.plan = asked.orDepth(List.of(I2C, GPIO, VSOCK).contains(type) ? 1 : DEFAULT_DEPTH);
        if (!VirtioFeature.VERSION_1.isIn(offered)) {
            throw new BenchException("The back end offers only a legacy device (no VERSION_1).");
        }
        ring = plan.ring().against(offered);
        subject = Subject.of(type, plan, probe);
        if (rings() > probe.maxQueues() && (plan.queues() > 1 || tellsQueues(probe))) {
            throw new BenchException(
                    "--queues: the back end serves " + Math.max(0, probe.maxQueues() - subject.firstRing()) + " only.");
        }
        if (ringSize() > LARGEST_RING) {
            throw new BenchException("--depth " + plan.depth() + " needs a ring of " + ringSize()
                    + " descriptors; back ends take at most " + LARGEST_RING + ".");
        }
    }

    /** A back end that does not tell has as many as its type needs. */
    private static boolean tellsQueues(ProbeResult probe) {
        return ProtocolFeature.MQ.isIn(probe.protocolFeatures());
    }

    private static String typeOf(ProbeResult probe) throws BenchException {
        List<String> names = probe.types().stream().map(DeviceFactory::type).toList();
        if (names.size() != 1) {
            throw new BenchException(
                    "Cannot tell the device's type: name it with --type, as one of " + String.join(", ", TYPES) + ".");
        }
        String name = names.getFirst();
        if (!TYPES.contains(name)) {
            throw new BenchException(
                    "The device is of type " + name + "; only " + String.join(", ", TYPES) + " can be driven.");
        }
        return name;
    }

    /** What is to be measured; its depth is that of the type if none was given. */
    BenchPlan plan() {
        return plan;
    }

    /** One of {@link #TYPES}. */
    String type() {
        return type;
    }

    /** What is driven. */
    Subject subject() {
        return subject;
    }

    /** How the rings are laid out. */
    RingFeatures ring() {
        return ring;
    }

    /** How many rings are set up. */
    int rings() {
        return subject.rings(plan.queues());
    }

    /** The feature bits to accept. */
    long features() {
        return VirtioFeature.VERSION_1.mask() | RingWishes.bits(ring) | (offered & subject.accepted());
    }

    /** How many descriptors each ring has. */
    int ringSize() {
        int needed = plan.depth() * subject.chains() * (ring.indirect() && buffers() > 1 ? 1 : buffers());
        return Math.max(SMALLEST_RING, Integer.highestOneBit(Math.max(1, needed - 1)) << 1);
    }

    /** How many buffers a descriptor chain has at most. */
    int buffers() {
        return subject.buffers();
    }

    /** How much guest memory all of it takes. */
    long memoryBytes() {
        long tables = (long) ringSize() * (RING_ENTRY_BYTES + (long) buffers() * TABLE_ENTRY_BYTES);
        return plan.queues() * subject.memoryBytes() + rings() * (tables + SLACK_BYTES);
    }
}
