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
    /** So much for one request takes about ten microseconds. */
    private static final int MOST_BYTES = 4096;

    @Override
    public String description() {
        return "getrandom";
    }

    @Override
    public Tap open(QueueContext queue, IoCompletion result) {
        return new KernelTap(result);
    }

    /** Fills what is added at once. */
    private static final class KernelTap implements Tap {
        private final IoCompletion result;
        private final MemorySegment scratch = Arena.ofAuto().allocate(MOST_BYTES);
        private int filled;
        private int failure;

        KernelTap(IoCompletion result) {
            this.result = result;
        }

        @Override
        public int add(ChainWriter into, int bytes) {
            if (failure != 0 || filled >= BATCH_BYTES) {
                return 0;
            }
            int wanted = Math.min(bytes, MOST_BYTES);
            MemorySegment used = scratch.asSlice(0, wanted);
            try {
                HostRandom.fill(used);
            } catch (SysException e) {
                failure = -e.errno();
                return filled == 0 ? wanted : 0;
            }
            into.copyFrom(used, 0, wanted);
            // What this guest got must not be left for anybody else to find.
            used.fill((byte) 0);
            filled += wanted;
            return wanted;
        }

        @Override
        public void fill() {
            int outcome = filled > 0 ? filled : failure;
            filled = 0;
            failure = 0;
            result.completed(outcome);
        }
    }

    @Override
    public void close() {}
}
