package dev.troupe.transport.sys;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Where the kernel put the parts of one io_uring, from {@code struct io_uring_params}:
 *
 * <pre>
 *   0 u32 sq_entries     4 u32 cq_entries   8 u32 flags   20 u32 features
 *  40 sq_off: u32 head, tail, ring_mask, ring_entries, flags, dropped, array
 *  80 cq_off: u32 head, tail, ring_mask, ring_entries, overflow, cqes, flags
 * </pre>
 */
record IoUringLayout(
        int sqEntries,
        int cqEntries,
        boolean hasArray,
        int array,
        long sqHead,
        long sqTail,
        long sqFlags,
        long cqHead,
        long cqTail,
        long cqes) {
    static final int PARAMS_BYTES = 120;

    private static final int SYS_IO_URING_SETUP = 425;
    private static final int SETUP_CQSIZE = 1 << 3;
    private static final int SETUP_CLAMP = 1 << 4;
    private static final int SETUP_SUBMIT_ALL = 1 << 7;
    private static final int SETUP_TASKRUN_FLAG = 1 << 9;
    private static final int SETUP_SINGLE_ISSUER = 1 << 12;
    private static final int SETUP_DEFER_TASKRUN = 1 << 13;
    private static final int SETUP_NO_SQARRAY = 1 << 16;
    private static final int FEAT_SINGLE_MMAP = 1;
    private static final int FEAT_NODROP = 1 << 1;
    private static final int FEAT_SUBMIT_STABLE = 1 << 2;
    private static final int FEAT_EXT_ARG = 1 << 8;
    private static final int NEEDED = FEAT_SINGLE_MMAP | FEAT_NODROP | FEAT_SUBMIT_STABLE | FEAT_EXT_ARG;

    private static final long OFFSET_RINGS = 0;
    private static final long OFFSET_ENTRIES = 0x1000_0000L;
    private static final int PROT_READ_WRITE = 3;
    private static final int MAP_SHARED_POPULATE = 0x8001;
    private static final int CQE_BYTES = 16;

    private static final int FLAGS_OFFSET = 8;
    private static final int FEATURES_OFFSET = 20;
    private static final int SQ_OFFSET = 40;
    private static final int CQ_OFFSET = 80;

    /** Creates the instance and leaves the kernel's answer in {@code params}. */
    static Fd setup(MemorySegment params, int entries, int completions) {
        int flags = SETUP_CQSIZE
                | SETUP_CLAMP
                | SETUP_SUBMIT_ALL
                | SETUP_TASKRUN_FLAG
                | SETUP_SINGLE_ISSUER
                | SETUP_DEFER_TASKRUN;
        long number = trySetup(params, entries, completions, flags | SETUP_NO_SQARRAY);
        if (number < 0 && LibC.errno() == Errno.EINVAL) {
            // NO_SQARRAY came with Linux 6.6; the others with 6.1.
            number = trySetup(params, entries, completions, flags);
        }
        Fd ring = Fd.own((int) LibC.check(number, "io_uring_setup", entries + " entries"));
        if ((field(params, FEATURES_OFFSET) & NEEDED) != NEEDED) {
            ring.close();
            throw new SysException("io_uring_setup", "features", Errno.EOPNOTSUPP);
        }
        return ring;
    }

    private static long trySetup(MemorySegment params, int entries, int completions, int flags) {
        params.fill((byte) 0);
        params.set(ValueLayout.JAVA_INT, Integer.BYTES, completions);
        params.set(ValueLayout.JAVA_INT, FLAGS_OFFSET, flags);
        return LibC.syscall(SYS_IO_URING_SETUP, entries, params.address(), 0, 0, 0, 0);
    }

    static IoUringLayout of(MemorySegment params) {
        return new IoUringLayout(
                field(params, 0),
                field(params, 4),
                (field(params, FLAGS_OFFSET) & SETUP_NO_SQARRAY) == 0,
                field(params, SQ_OFFSET + 24),
                field(params, SQ_OFFSET),
                field(params, SQ_OFFSET + 4),
                field(params, SQ_OFFSET + 16),
                field(params, CQ_OFFSET),
                field(params, CQ_OFFSET + 4),
                field(params, CQ_OFFSET + 20));
    }

    private static int field(MemorySegment params, long offset) {
        return params.get(ValueLayout.JAVA_INT, offset);
    }

    MemorySegment mapRings(Fd ring, Arena arena) {
        long arrayEnd = hasArray ? array + (long) sqEntries * Integer.BYTES : 0;
        return map(ring, arena, OFFSET_RINGS, Math.max(arrayEnd, cqes + (long) cqEntries * CQE_BYTES));
    }

    MemorySegment mapEntries(Fd ring, Arena arena, long lengthBytes) {
        return map(ring, arena, OFFSET_ENTRIES, lengthBytes);
    }

    private static MemorySegment map(Fd ring, Arena arena, long offset, long lengthBytes) {
        long address = LibC.mmap(0, lengthBytes, PROT_READ_WRITE, MAP_SHARED_POPULATE, ring.number(), offset);
        LibC.check(address, "mmap", ring);
        // Safety: the kernel just mapped exactly these bytes; they are unmapped only by this arena's closing.
        return MemorySegment.ofAddress(address)
                .reinterpret(lengthBytes, arena, s -> LibC.munmap(s.address(), s.byteSize()));
    }

    /** Where the kernel wants an array of entry numbers: entry i is number i, for good. */
    void fillIdentityArray(MemorySegment rings) {
        if (hasArray) {
            for (int i = 0; i < sqEntries; i++) {
                rings.set(ValueLayout.JAVA_INT, array + (long) i * Integer.BYTES, i);
            }
        }
    }
}
