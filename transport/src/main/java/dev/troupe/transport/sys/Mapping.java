package dev.troupe.transport.sys;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * One shared mapping of a range of a file, in an arena of its own: any thread may use it, and a use after
 * {@link #close()} is an {@link IllegalStateException}, never a stray access.
 *
 * <p>Closing waits for no kernel operation: whoever gave its address to the kernel closes it only after the kernel is done.
 */
public final class Mapping implements AutoCloseable {
    private static final int PROT_READ = 1;
    private static final int PROT_WRITE = 2;
    private static final int MAP_SHARED = 1;
    private static final long HUGETLBFS_MAGIC = 0x958458f6L;
    private static final int STATFS_BYTES = 120;

    private final Arena arena;
    private final MemorySegment segment;

    private Mapping(Arena arena, MemorySegment segment) {
        this.arena = arena;
        this.segment = segment;
    }

    /**
     * Maps {@code length} bytes of {@code fd} from {@code offset}; neither needs any alignment, also with huge pages.
     *
     * @throws IllegalArgumentException if the range is empty, negative or overflows
     * @throws SysException if the kernel refuses, as it does where whole pages overflow
     */
    public static Mapping map(Fd fd, long offset, long length, boolean writable) {
        if (offset < 0 || length <= 0 || offset > Long.MAX_VALUE - length) {
            throw new IllegalArgumentException("No mappable range: " + length + " bytes from " + offset);
        }
        long page = pageBytes(fd);
        if (length > Long.MAX_VALUE - 2 * page) {
            throw new SysException("mmap", fd + ", " + length + " bytes", Errno.ENOMEM);
        }
        long lead = offset % page;
        long whole = Math.ceilDiv(lead + length, page) * page;
        int protection = writable ? PROT_READ | PROT_WRITE : PROT_READ;
        int raw = fd.acquire();
        try {
            long address = LibC.mmap(0, whole, protection, MAP_SHARED, raw, offset - lead);
            LibC.check(address, "mmap", fd);
            return of(address, whole, lead, length);
        } finally {
            fd.release();
        }
    }

    private static Mapping of(long address, long wholeBytes, long lead, long length) {
        Arena arena = Arena.ofShared();
        // Safety: the kernel just mapped exactly these bytes; they are unmapped only by this arena's closing.
        MemorySegment whole = MemorySegment.ofAddress(address)
                .reinterpret(wholeBytes, arena, s -> LibC.munmap(s.address(), s.byteSize()));
        return new Mapping(arena, whole.asSlice(lead, length));
    }

    /** The mapped bytes. */
    public MemorySegment segment() {
        return segment;
    }

    /** Where they begin in this process. */
    public long address() {
        return segment.address();
    }

    /** How many bytes they are. */
    public long length() {
        return segment.byteSize();
    }

    /** Whether {@link #close()} has not been called yet. */
    public boolean isOpen() {
        return arena.scope().isAlive();
    }

    /** Unmaps; a second call does nothing. */
    @Override
    public synchronized void close() {
        if (arena.scope().isAlive()) {
            arena.close();
        }
    }

    /** The unit in which the file can be mapped: its huge page size, or the system's page size. */
    static long pageBytes(Fd fd) {
        int raw = fd.acquire();
        try (Arena scratch = Arena.ofConfined()) {
            MemorySegment statfs = scratch.allocate(STATFS_BYTES, Long.BYTES);
            LibC.check(LibC.fstatfs(raw, statfs.address()), "fstatfs", fd);
            boolean huge = statfs.get(ValueLayout.JAVA_LONG, 0) == HUGETLBFS_MAGIC;
            return huge ? statfs.get(ValueLayout.JAVA_LONG, Long.BYTES) : LibC.PAGE_BYTES;
        } finally {
            fd.release();
        }
    }
}
