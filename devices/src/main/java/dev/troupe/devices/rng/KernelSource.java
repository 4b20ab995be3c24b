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

    private final MemorySegment scratch = Arena.ofAuto().allocate(MOST_BYTES);

    @Override
    public String description() {
        return "getrandom";
    }

    @Override
    public void fill(QueueContext queue, ChainWriter into, int bytes, IoCompletion result) {
        int length = Math.min(bytes, MOST_BYTES);
        try {
            HostRandom.fill(scratch.asSlice(0, length));
        } catch (SysException e) {
            result.completed(-e.errno());
            return;
        }
        into.copyFrom(scratch, 0, length);
        // What this guest got must not be left for anybody else to find.
        scratch.asSlice(0, length).fill((byte) 0);
        result.completed(length);
    }

    @Override
    public void close() {}
}
