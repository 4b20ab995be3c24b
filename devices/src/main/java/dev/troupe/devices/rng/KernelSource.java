package dev.troupe.devices.rng;

import dev.troupe.actors.device.QueueContext;
import dev.troupe.transport.loop.IoCompletion;
import dev.troupe.transport.ring.ChainWriter;
import dev.troupe.transport.sys.HostRandom;
import dev.troupe.transport.sys.SysException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/** The host kernel's generator, asked directly: works without any device file. */
final class KernelSource implements RngSource {
    /** So much takes about ten microseconds: others on the loop do not notice. */
    private static final int MOST_BYTES = 4096;

    @Override
    public String description() {
        return "getrandom";
    }

    @Override
    public Tap open(QueueContext queue, IoCompletion result) {
        MemorySegment scratch = Arena.ofAuto().allocate(MOST_BYTES);
        return (into, bytes) -> result.completed(fill(scratch, into, Math.min(bytes, MOST_BYTES)));
    }

    private static int fill(MemorySegment scratch, ChainWriter into, int bytes) {
        MemorySegment used = scratch.asSlice(0, bytes);
        try {
            HostRandom.fill(used);
        } catch (SysException e) {
            return -e.errno();
        }
        into.copyFrom(used, 0, bytes);
        // What this guest got must not be left for anybody else to find.
        used.fill((byte) 0);
        return bytes;
    }

    @Override
    public void close() {}
}
