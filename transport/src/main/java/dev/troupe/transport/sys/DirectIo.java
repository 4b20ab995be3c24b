package dev.troupe.transport.sys;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * What I/O past the page cache asks of its buffers on one file.
 *
 * @param memoryBytes what a buffer's address must be a multiple of
 * @param offsetBytes what a file offset and a buffer's length must be a multiple of
 */
public record DirectIo(int memoryBytes, int offsetBytes) {
    private static final int AT_EMPTY_PATH = 0x1000;
    private static final int STATX_DIOALIGN = 0x2000;
    private static final int STATX_BYTES = 256;
    private static final int STX_DIO_MEM_ALIGN = 0x98;
    private static final int STX_DIO_OFFSET_ALIGN = 0x9c;
    private static final int SAFE_BYTES = 4096;

    /**
     * Asks the kernel; where it does not tell (before Linux 6.1, or a file system that does not say), 4096 bytes, which
     * suits every medium.
     *
     * @throws SysException if the file cannot be asked
     */
    public static DirectIo of(Fd fd) {
        int raw = fd.acquire();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment statx = arena.allocate(STATX_BYTES, Long.BYTES);
            long empty = LibC.cString(arena, "");
            LibC.check(LibC.statx(raw, empty, AT_EMPTY_PATH, STATX_DIOALIGN, statx.address()), "statx", fd);
            int memory = statx.get(ValueLayout.JAVA_INT, STX_DIO_MEM_ALIGN);
            int offset = statx.get(ValueLayout.JAVA_INT, STX_DIO_OFFSET_ALIGN);
            return memory > 0 && offset > 0 ? new DirectIo(memory, offset) : new DirectIo(SAFE_BYTES, SAFE_BYTES);
        } finally {
            fd.release();
        }
    }
}
