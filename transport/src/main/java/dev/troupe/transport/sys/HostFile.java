package dev.troupe.transport.sys;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;

/**
 * Files of the host, by descriptor. Any thread, but every call may block on the medium: never on a loop, which has
 * {@code IoScope} for that. Failures are {@link SysException}s.
 */
public final class HostFile {
    /** No more seals can be added ({@code F_SEAL_SEAL}). */
    public static final int SEAL_SEAL = 1;

    /** It cannot shrink any more ({@code F_SEAL_SHRINK}). */
    public static final int SEAL_SHRINK = 2;

    /** It cannot grow any more ({@code F_SEAL_GROW}). */
    public static final int SEAL_GROW = 4;

    /** Fallocate mode: keep the length ({@code FALLOC_FL_KEEP_SIZE}). */
    public static final int FALLOC_KEEP_SIZE = 1;

    /** Fallocate mode: free the range; needs {@link #FALLOC_KEEP_SIZE} ({@code FALLOC_FL_PUNCH_HOLE}). */
    public static final int FALLOC_PUNCH_HOLE = 2;

    /** Fallocate mode: make the range read as zeros ({@code FALLOC_FL_ZERO_RANGE}). */
    public static final int FALLOC_ZERO_RANGE = 0x10;

    private static final int O_CLOEXEC = 0x80000;
    private static final int NEW_FILE_MODE = 0600;
    private static final int F_ADD_SEALS = 1033;
    private static final int F_GET_SEALS = 1034;
    private static final int F_OFD_SETLK = 37;
    private static final short F_RDLCK = 0;
    private static final short F_WRLCK = 1;
    private static final int FLOCK_BYTES = 32;
    private static final int SEEK_DATA = 3;
    private static final int SEEK_HOLE = 4;
    private static final int RWF_DSYNC = 2;
    private static final int RWF_NOWAIT = 8;
    private static final int AT_EMPTY_PATH = 0x1000;
    private static final int STATX_BASIC_STATS = 0x7ff;
    private static final int STATX_BYTES = 256;

    private HostFile() {}

    /** Opens a file, close-on-exec. */
    public static Fd open(Path path, OpenFlag... flags) {
        int bits = O_CLOEXEC;
        for (OpenFlag flag : flags) {
            bits |= flag.bits();
        }
        try (Arena arena = Arena.ofConfined()) {
            return Fd.own(
                    LibC.check(LibC.open(LibC.cString(arena, path.toString()), bits, NEW_FILE_MODE), "open", path));
        }
    }

    /** Size, type and identity. */
    public static FileStat stat(Fd fd) {
        int raw = fd.acquire();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment statx = arena.allocate(STATX_BYTES, Long.BYTES);
            long empty = LibC.cString(arena, "");
            LibC.check(LibC.statx(raw, empty, AT_EMPTY_PATH, STATX_BASIC_STATS, statx.address()), "statx", fd);
            return new FileStat(
                    Short.toUnsignedInt(statx.get(ValueLayout.JAVA_SHORT, 0x1c)),
                    statx.get(ValueLayout.JAVA_LONG, 0x28),
                    statx.get(ValueLayout.JAVA_LONG, 0x30) * 512,
                    statx.get(ValueLayout.JAVA_INT, 0x04),
                    device(statx, 0x88),
                    statx.get(ValueLayout.JAVA_LONG, 0x20),
                    device(statx, 0x80));
        } finally {
            fd.release();
        }
    }

    private static long device(MemorySegment statx, long offset) {
        long major = Integer.toUnsignedLong(statx.get(ValueLayout.JAVA_INT, offset));
        return major << 32 | Integer.toUnsignedLong(statx.get(ValueLayout.JAVA_INT, offset + 4));
    }

    /** Sets the length. */
    public static void truncate(Fd fd, long lengthBytes) {
        int raw = fd.acquire();
        try {
            LibC.check(LibC.ftruncate(raw, lengthBytes), "ftruncate", fd);
        } finally {
            fd.release();
        }
    }

    /** Allocates, zeroes or frees a range; {@code mode} is a sum of {@code FALLOC_} constants. */
    public static void allocate(Fd fd, int mode, long offset, long lengthBytes) {
        int result = tryAllocate(fd, mode, offset, lengthBytes);
        if (result < 0) {
            throw new SysException("fallocate", fd.toString(), -result);
        }
    }

    /** As {@link #allocate}, returning 0 or -errno. */
    public static int tryAllocate(Fd fd, int mode, long offset, long lengthBytes) {
        int raw = fd.acquire();
        try {
            return result(LibC.fallocate(raw, mode, offset, lengthBytes));
        } finally {
            fd.release();
        }
    }

    /** The first byte of data from an offset on, -ENXIO if there is none until the end, or another -errno. */
    public static long seekData(Fd fd, long offset) {
        return seek(fd, offset, SEEK_DATA);
    }

    /** The first byte of a hole from an offset on, which may be the end of the file, or -errno. */
    public static long seekHole(Fd fd, long offset) {
        return seek(fd, offset, SEEK_HOLE);
    }

    private static long seek(Fd fd, long offset, int whence) {
        int raw = fd.acquire();
        try {
            // Nobody reads or writes at the position that this moves.
            long found = LibC.lseek(raw, offset, whence);
            return found >= 0 ? found : -LibC.errno();
        } finally {
            fd.release();
        }
    }

    /** Waits until everything written is on the medium; without metadata that reading does not need if {@code dataOnly}. */
    public static void sync(Fd fd, boolean dataOnly) {
        int result = trySync(fd, dataOnly);
        if (result < 0) {
            throw new SysException(dataOnly ? "fdatasync" : "fsync", fd.toString(), -result);
        }
    }

    /** As {@link #sync}, returning 0 or -errno. */
    public static int trySync(Fd fd, boolean dataOnly) {
        int raw = fd.acquire();
        try {
            return result(dataOnly ? LibC.fdatasync(raw) : LibC.fsync(raw));
        } finally {
            fd.release();
        }
    }

    /** Reads at {@code offset} into native memory; returns the bytes read, fewer than asked at the end, 0 past it. */
    public static int read(Fd fd, MemorySegment into, long offset) {
        int raw = fd.acquire();
        try {
            return (int) LibC.check(LibC.pread(raw, nativeAddress(into), into.byteSize(), offset), "pread", fd);
        } finally {
            fd.release();
        }
    }

    /** Writes native memory at {@code offset}; returns the bytes written, which may be fewer. */
    public static int write(Fd fd, MemorySegment from, long offset) {
        int raw = fd.acquire();
        try {
            return (int) LibC.check(LibC.pwrite(raw, nativeAddress(from), from.byteSize(), offset), "pwrite", fd);
        } finally {
            fd.release();
        }
    }

    /**
     * Reads at {@code offset} into the buffers of a native iovec array.
     *
     * @return the bytes read, or -errno
     */
    public static int tryRead(Fd fd, long iovecAddress, int iovecCount, long offset) {
        int raw = fd.acquire();
        try {
            return result(LibC.preadv2(raw, iovecAddress, iovecCount, offset, 0));
        } finally {
            fd.release();
        }
    }

    /** Whether it reads past the page cache ({@link OpenFlag#DIRECT}). Asked once for each {@link Fd} and then remembered. */
    public static boolean isDirect(Fd fd) {
        return (fd.statusFlags() & OpenFlag.DIRECT.bits()) != 0;
    }

    /**
     * As {@link #tryRead}, but only what needs no waiting: what is in the page cache. Of a file that {@link #isDirect} the
     * kernel waits for the medium all the same.
     *
     * @return the bytes read, which may be fewer than asked for, or {@code -errno}: {@code -EAGAIN} if it would have to wait
     */
    public static int tryReadNow(Fd fd, long iovecAddress, int iovecCount, long offset) {
        int raw = fd.acquire();
        try {
            return result(LibC.preadv2(raw, iovecAddress, iovecCount, offset, RWF_NOWAIT));
        } finally {
            fd.release();
        }
    }

    /**
     * Writes the buffers of a native iovec array at {@code offset}.
     *
     * @param dataSync whether the data must be on the medium when it returns ({@code RWF_DSYNC})
     * @return the bytes written, or -errno
     */
    public static int tryWrite(Fd fd, long iovecAddress, int iovecCount, long offset, boolean dataSync) {
        int raw = fd.acquire();
        try {
            return result(LibC.pwritev2(raw, iovecAddress, iovecCount, offset, dataSync ? RWF_DSYNC : 0));
        } finally {
            fd.release();
        }
    }

    /**
     * Tries to lock the whole file against other writers (an open file description lock: it goes with the last
     * descriptor of this opening, never with another one of the same process).
     *
     * @param exclusive for a writer; otherwise shared, against writers only
     * @return false if another opening holds a lock that excludes this one
     */
    public static boolean tryLock(Fd fd, boolean exclusive) {
        int raw = fd.acquire();
        try (Arena arena = Arena.ofConfined()) {
            // struct flock: type, whence, (pad), start, length 0 = to the end, pid 0 as OFD locks want it
            MemorySegment flock = arena.allocate(FLOCK_BYTES, Long.BYTES);
            flock.set(ValueLayout.JAVA_SHORT, 0, exclusive ? F_WRLCK : F_RDLCK);
            if (LibC.fcntl(raw, F_OFD_SETLK, flock.address()) == 0) {
                return true;
            }
            int errno = LibC.errno();
            if (errno == Errno.EAGAIN || errno == Errno.EACCES) {
                return false;
            }
            throw new SysException("fcntl F_OFD_SETLK", fd.toString(), errno);
        } finally {
            fd.release();
        }
    }

    /** The seals of a memory file, a sum of {@code SEAL_} constants; 0 for a file that knows no seals. */
    public static int seals(Fd fd) {
        int raw = fd.acquire();
        try {
            int seals = LibC.fcntl(raw, F_GET_SEALS, 0);
            if (seals < 0 && LibC.errno() == Errno.EINVAL) {
                return 0;
            }
            return LibC.check(seals, "fcntl F_GET_SEALS", fd);
        } finally {
            fd.release();
        }
    }

    /** Adds seals to a memory file. */
    public static void addSeals(Fd fd, int seals) {
        int raw = fd.acquire();
        try {
            LibC.check(LibC.fcntl(raw, F_ADD_SEALS, seals), "fcntl F_ADD_SEALS", fd);
        } finally {
            fd.release();
        }
    }

    private static int result(long returned) {
        return returned < 0 ? -LibC.errno() : (int) returned;
    }

    private static long nativeAddress(MemorySegment segment) {
        if (!segment.isNative()) {
            throw new IllegalArgumentException("The kernel cannot reach memory of the Java heap");
        }
        return segment.address();
    }
}
