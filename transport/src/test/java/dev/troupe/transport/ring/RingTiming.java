package dev.troupe.transport.ring;

import dev.troupe.transport.frontend.BufferList;
import java.util.Arrays;
import java.util.Locale;

/** Prints what a request costs on the device's side: next, complete, publish. A program, not a test. */
final class RingTiming {

    private static final int BATCH = 32;
    private static final int ROUNDS = 60_000;

    private RingTiming() {}

    /** Runs all variants in turns and prints the medians in nanoseconds. */
    public static void main(String[] arguments) {
        double[][] times = new double[4][9];
        for (int i = 0; i < times[0].length; i++) {
            for (int variant = 0; variant < times.length; variant++) {
                times[variant][i] = measure((variant & 1) != 0, (variant & 2) != 0);
            }
        }
        for (int variant = 0; variant < times.length; variant++) {
            Arrays.sort(times[variant]);
            System.out.printf(
                    Locale.ROOT,
                    "%s, %s in-flight log: %.1f ns a request%n",
                    (variant & 1) != 0 ? "packed" : "split",
                    (variant & 2) != 0 ? "with" : "without",
                    times[variant][times[variant].length / 2]);
        }
    }

    private static double measure(boolean packed, boolean logged) {
        RingFeatures features = new RingFeatures(packed, true, true, false);
        try (RingFixture rings = logged ? RingFixture.logged(256, features) : RingFixture.plain(256, features)) {
            BufferList buffers = new BufferList()
                    .readable(RingFixture.SECOND, 16)
                    .writable(RingFixture.SECOND + 4096, 4096)
                    .writable(RingFixture.SECOND + 64, 1);
            DescriptorChain[] held = new DescriptorChain[BATCH];
            long nanos = 0;
            for (int round = 0; round < ROUNDS; round++) {
                for (int i = 0; i < BATCH; i++) {
                    rings.driver.add(buffers, i);
                }
                rings.driver.publish();
                long start = System.nanoTime();
                for (int i = 0; i < BATCH; i++) {
                    held[i] = rings.take();
                }
                for (int i = 0; i < BATCH; i++) {
                    rings.device.complete(held[i], 4097);
                }
                rings.device.publish();
                nanos += System.nanoTime() - start;
                while (rings.driver.poll()) {}
            }
            return (double) nanos / ROUNDS / BATCH;
        }
    }
}
