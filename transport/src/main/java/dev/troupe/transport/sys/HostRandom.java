package dev.troupe.transport.sys;

import java.lang.foreign.MemorySegment;

/** The host kernel's random numbers. Any thread. */
public final class HostRandom {
    private static final int GRND_NONBLOCK = 1;

    private HostRandom() {}

    /**
     * Fills native memory with random bytes ({@code getrandom}).
     *
     * @throws SysException with {@link Errno#EAGAIN} if the kernel's pool is not seeded yet: it never blocks
     */
    public static void fill(MemorySegment into) {
        if (!into.isNative()) {
            throw new IllegalArgumentException("The kernel cannot reach memory of the Java heap");
        }
        long done = 0;
        while (done < into.byteSize()) {
            long length = into.byteSize() - done;
            long got = LibC.getrandom(into.address() + done, length, GRND_NONBLOCK);
            if (got < 0 && LibC.errno() == Errno.EINTR) {
                continue;
            }
            done += LibC.check(got, "getrandom", length + " bytes");
        }
    }
}
