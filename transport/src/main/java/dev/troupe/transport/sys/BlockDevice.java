package dev.troupe.transport.sys;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/** What only block devices of the host know of themselves. Any thread; failures are {@link SysException}s. */
public final class BlockDevice {
    private static final long BLKGETSIZE64 = 0x80081272L;
    private static final long BLKSSZGET = 0x1268;
    private static final long BLKPBSZGET = 0x127b;
    private static final long BLKROGET = 0x125e;
    private static final long BLKSECDISCARD = 0x127d;

    private BlockDevice() {}

    /** Its size. */
    public static long sizeBytes(Fd fd) {
        return query(fd, BLKGETSIZE64, "ioctl BLKGETSIZE64");
    }

    /** The smallest unit it can address. */
    public static int logicalBlockBytes(Fd fd) {
        return (int) query(fd, BLKSSZGET, "ioctl BLKSSZGET");
    }

    /** The smallest unit it can write without reading first. */
    public static int physicalBlockBytes(Fd fd) {
        return (int) query(fd, BLKPBSZGET, "ioctl BLKPBSZGET");
    }

    /** Whether it refuses writes. */
    public static boolean isReadOnly(Fd fd) {
        return query(fd, BLKROGET, "ioctl BLKROGET") != 0;
    }

    /**
     * Whether it can destroy data and all copies of it. A kernel before 5.19 does not tell without doing it; there the answer
     * is true, and {@link #trySecureErase} may say otherwise.
     */
    public static boolean canSecureErase(Fd fd) {
        // Not a whole sector: it is refused either way, for one reason or for the other.
        return trySecureErase(fd, 1, 1) == -Errno.EINVAL;
    }

    /** Destroys the data of a range and all copies of it; blocks until it is done. Returns 0 or -errno. */
    public static int trySecureErase(Fd fd, long offsetBytes, long lengthBytes) {
        int raw = fd.acquire();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment range = arena.allocateFrom(ValueLayout.JAVA_LONG, offsetBytes, lengthBytes);
            return LibC.ioctl(raw, BLKSECDISCARD, range.address()) < 0 ? -LibC.errno() : 0;
        } finally {
            fd.release();
        }
    }

    private static long query(Fd fd, long request, String call) {
        int raw = fd.acquire();
        try (Arena arena = Arena.ofConfined()) {
            // The kernel fills 8 bytes for BLKGETSIZE64 and 4 for the others; both machines are little-endian.
            MemorySegment answer = arena.allocate(ValueLayout.JAVA_LONG);
            LibC.check(LibC.ioctl(raw, request, answer.address()), call, fd);
            return answer.get(ValueLayout.JAVA_LONG, 0);
        } finally {
            fd.release();
        }
    }
}
