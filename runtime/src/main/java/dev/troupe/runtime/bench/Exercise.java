package dev.troupe.runtime.bench;

import dev.troupe.config.DeviceTypes;
import dev.troupe.runtime.probe.NoBackEndException;
import dev.troupe.runtime.probe.Probe;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Optional;

/**
 * Some load for a disk whose figures nobody wants: this process serves the disk itself, and so loads and compiles what its
 * guests will need. Any thread.
 */
public final class Exercise {

    private static final int TIMEOUT_MS = 10_000;
    private static final int DEPTH = 4;
    private static final int BLOCK_BYTES = 4096;
    private static final Mix MIX = new Mix(true, 50);

    private Exercise() {}

    /**
     * Reads and writes at random, and returns when the time is over.
     *
     * @param socket where the disk listens
     * @param types the device types
     * @param packed whether over packed rings
     * @param duration how long
     * @throws BenchException if the disk does not do its part
     * @throws NoBackEndException if there is none
     */
    public static void drive(Path socket, DeviceTypes types, boolean packed, Duration duration)
            throws BenchException, NoBackEndException, InterruptedException {
        BenchPlan plan = new BenchPlan(
                socket,
                Aim.FIRST,
                DEPTH,
                1,
                BLOCK_BYTES,
                MIX,
                new RingWishes(packed, Optional.empty(), Optional.empty()),
                duration,
                Duration.ZERO,
                List.of(),
                false,
                0,
                false,
                Duration.ofMillis(TIMEOUT_MS));
        BenchTarget target = new BenchTarget(plan, new Probe(socket, TIMEOUT_MS, types.all()).look(types.find("blk")));
        target.subject().run(target, _ -> {});
    }
}
