package dev.troupe.transport.sys;

import java.lang.foreign.Arena;

/** Anonymous memory files: guest memory of our own front end, in-flight logs, session records. Any thread. */
public final class MemFd {
    private static final int MFD_CLOEXEC = 1;
    private static final int MFD_ALLOW_SEALING = 2;
    private static final int MFD_HUGETLB = 4;
    private static final int HUGE_SHIFT = 26;

    private MemFd() {}

    /**
     * A new memory file of zeros.
     *
     * @param name shown in {@code /proc/self/fd} as {@code /memfd:name}, for debugging only
     * @param sizeBytes its size
     * @param sealShrink whether to seal it against shrinking, so that a mapping of it can never fault
     */
    public static Fd create(String name, long sizeBytes, boolean sealShrink) {
        return create(name, sizeBytes, sealShrink, 0);
    }

    /**
     * As {@link #create(String, long, boolean)}, in huge pages.
     *
     * @param pageBytes the huge page size, a power of two such as 2 MiB; {@code sizeBytes} must be a multiple of it
     * @throws SysException also if the host has no huge pages of that size
     */
    public static Fd createHuge(String name, long sizeBytes, boolean sealShrink, long pageBytes) {
        if (Long.bitCount(pageBytes) != 1 || sizeBytes % pageBytes != 0) {
            throw new IllegalArgumentException("No multiple of a huge page: " + sizeBytes + " of " + pageBytes);
        }
        return create(name, sizeBytes, sealShrink, MFD_HUGETLB | Long.numberOfTrailingZeros(pageBytes) << HUGE_SHIFT);
    }

    private static Fd create(String name, long sizeBytes, boolean sealShrink, int flags) {
        Fd fd;
        try (Arena arena = Arena.ofConfined()) {
            int all = MFD_CLOEXEC | MFD_ALLOW_SEALING | flags;
            fd = Fd.own(LibC.check(LibC.memfd_create(LibC.cString(arena, name), all), "memfd_create", name));
        }
        try {
            HostFile.truncate(fd, sizeBytes);
            if (sealShrink) {
                HostFile.addSeals(fd, HostFile.SEAL_SHRINK);
            }
            return fd;
        } catch (RuntimeException e) {
            fd.close();
            throw e;
        }
    }
}
