package dev.troupe.transport.sys;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Locks on single bytes of a file (open file description locks: they belong to one opening and go with its last
 * descriptor). Programs that agree on what each byte means tell one another with them how they use a file. Any thread;
 * failures are {@link SysException}s.
 */
public final class ByteLocks {
    private static final int F_OFD_GETLK = 36;
    private static final int F_OFD_SETLK = 37;
    private static final short F_RDLCK = 0;
    private static final short F_WRLCK = 1;
    private static final short F_UNLCK = 2;
    private static final int FLOCK_BYTES = 32;
    private static final int FLOCK_START = 8;
    private static final int FLOCK_LENGTH = 16;

    private ByteLocks() {}

    /**
     * Takes the shared lock of the byte at {@code offset}.
     *
     * @return false if another opening holds an exclusive lock there
     */
    public static boolean tryShare(Fd fd, long offset) {
        return tryLock(fd, F_RDLCK, offset);
    }

    /**
     * Takes the exclusive lock of the byte at {@code offset}; {@code fd} must be open for writing. Whoever is given a
     * duplicate of {@code fd}, in another process too, holds the same lock with it.
     *
     * @return false if another opening holds any lock there
     */
    public static boolean tryOwn(Fd fd, long offset) {
        return tryLock(fd, F_WRLCK, offset);
    }

    private static boolean tryLock(Fd fd, short type, long offset) {
        int raw = fd.acquire();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment flock = flock(arena, type, offset);
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

    /** Gives the lock of the byte at {@code offset} back; nothing happens if this opening holds none there. */
    public static void release(Fd fd, long offset) {
        int raw = fd.acquire();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment flock = flock(arena, F_UNLCK, offset);
            LibC.check(LibC.fcntl(raw, F_OFD_SETLK, flock.address()), "fcntl F_OFD_SETLK", fd);
        } finally {
            fd.release();
        }
    }

    /** Whether another opening holds any lock of the byte at {@code offset}. */
    public static boolean heldElsewhere(Fd fd, long offset) {
        int raw = fd.acquire();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment flock = flock(arena, F_WRLCK, offset);
            LibC.check(LibC.fcntl(raw, F_OFD_GETLK, flock.address()), "fcntl F_OFD_GETLK", fd);
            return flock.get(ValueLayout.JAVA_SHORT, 0) != F_UNLCK;
        } finally {
            fd.release();
        }
    }

    /** A struct flock about one byte; its pid stays 0 as these locks want it. */
    private static MemorySegment flock(Arena arena, short type, long offset) {
        MemorySegment flock = arena.allocate(FLOCK_BYTES, Long.BYTES);
        flock.set(ValueLayout.JAVA_SHORT, 0, type);
        flock.set(ValueLayout.JAVA_LONG, FLOCK_START, offset);
        flock.set(ValueLayout.JAVA_LONG, FLOCK_LENGTH, 1);
        return flock;
    }
}
