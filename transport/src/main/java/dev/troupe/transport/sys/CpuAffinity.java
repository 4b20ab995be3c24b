package dev.troupe.transport.sys;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** On which processors a thread may run. Any thread. */
public final class CpuAffinity {
    /** As many processors as glibc's {@code cpu_set_t} holds. */
    public static final int MAX_CPUS = 1024;

    private CpuAffinity() {}

    /**
     * Lets the calling thread run on one processor only ({@code sched_setaffinity}). Threads that it starts inherit that.
     *
     * @param cpu the processor's number, from 0
     * @throws SysException if there is no such processor or this process may not use it
     * @throws IllegalArgumentException if the number is negative or {@link #MAX_CPUS} or more
     */
    public static void pinCurrentThread(int cpu) {
        if (cpu < 0 || cpu >= MAX_CPUS) {
            throw new IllegalArgumentException("No processor has the number " + cpu);
        }
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment mask = arena.allocate(MAX_CPUS / Byte.SIZE, Long.BYTES);
            mask.setAtIndex(ValueLayout.JAVA_LONG, cpu / Long.SIZE, 1L << (cpu % Long.SIZE));
            LibC.check(
                    LibC.sched_setaffinity(0, mask.byteSize(), mask.address()),
                    "sched_setaffinity",
                    "processor " + cpu);
        }
    }
}
