package dev.troupe.runtime.bench;

/**
 * The blocks of a disk, or a queue's part of them; a block is as large as a request's data.
 *
 * @param firstBlock the first one
 * @param blocks how many, at least 1
 */
record DiskRange(long firstBlock, long blocks) {

    /** At 5 bytes each they leave the launcher's heap of 128 MiB some room. */
    private static final long MAX_VERIFIED_BLOCKS = 1L << 24;

    /**
     * What a plan uses of a disk.
     *
     * @param capacityBytes its size
     * @param logicalBlockBytes the unit of its requests
     * @throws BenchException if the plan does not fit the disk
     */
    static DiskRange of(BenchPlan plan, long capacityBytes, int logicalBlockBytes) throws BenchException {
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
        return new DiskRange(0, blocks);
    }

    /** The part of one of several queues; all parts are equally large and apart. */
    DiskRange part(int queue, int queues) {
        long each = blocks / queues;
        return new DiskRange(firstBlock + queue * each, each);
    }
}
