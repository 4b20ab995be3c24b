package dev.troupe.samples.seeded;

/** Bytes that follow from a seed, each of which can be told without those before it. Good for tests, useless for secrets. */
final class SeededStream {
    /** An odd number near 2^64 divided by the golden ratio: its multiples spread evenly. */
    private static final long STEP = 0x9e3779b97f4a7c15L;

    private SeededStream() {}

    static byte at(long seed, long position) {
        long mixed = (seed + (position / Long.BYTES + 1) * STEP) * STEP;
        mixed = (mixed ^ (mixed >>> 32)) * STEP;
        mixed ^= mixed >>> 29;
        return (byte) (mixed >>> (position % Long.BYTES * Byte.SIZE));
    }
}
