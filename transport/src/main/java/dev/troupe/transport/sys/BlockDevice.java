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
