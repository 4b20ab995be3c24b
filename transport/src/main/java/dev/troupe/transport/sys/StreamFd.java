package dev.troupe.transport.sys;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;

/**
 * Pipes, sockets and files that somebody else gave us, read or written from beginning to end. No call waits longer than it
 * is told to, whatever the other end does, but for a regular file, whose medium is waited for. Any thread that may sleep;
 * failures are {@link SysException}s.
 */
public final class StreamFd {
    /** Nothing could be read or written in time; more may come. */
    public static final int NOT_YET = -1;

    private static final int F_GETFL = 3;
    private static final int F_SETFL = 4;
    private static final int O_NONBLOCK = 0x800;
    private static final int O_CLOEXEC = 0x80000;
    private static final int RWF_NOWAIT = 0x8;
    private static final int CURRENT_POSITION = -1;

    private StreamFd() {}

    /** A new pipe, close-on-exec: the end to read from and the end to write to. */
    public static Pipe pipe() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment numbers = arena.allocate(ValueLayout.JAVA_INT, 2);
            LibC.check(LibC.pipe2(numbers.address(), O_CLOEXEC), "pipe2", "");
            return new Pipe(
                    Fd.own(numbers.getAtIndex(ValueLayout.JAVA_INT, 0)),
                    Fd.own(numbers.getAtIndex(ValueLayout.JAVA_INT, 1)));
        }
    }

    /**
     * The two ends of a pipe.
     *
     * @param reading where its bytes come out; owned by whoever has the record
     * @param writing where they go in; owned likewise
     */
    public record Pipe(Fd reading, Fd writing) {}

    /**
     * Reads what is there, or waits for it.
     *
     * @param into native memory
     * @param timeoutMs how long to wait at most, in milliseconds
     * @return how many bytes, 0 at the end, or {@link #NOT_YET}
     */
    public static int read(Fd fd, MemorySegment into, int timeoutMs) {
        boolean file = HostFile.stat(fd).isRegular();
        return file || SocketFd.awaitReadable(fd, timeoutMs) ? transfer(fd, into, false, file) : NOT_YET;
    }

    /**
     * Writes as much as is taken, or waits until something is.
     *
     * @param from native memory, not empty
     * @param timeoutMs how long to wait at most, in milliseconds
     * @return how many bytes, or {@link #NOT_YET}
     */
    public static int write(Fd fd, MemorySegment from, int timeoutMs) {
        boolean file = HostFile.stat(fd).isRegular();
        return file || SocketFd.awaitWritable(fd, timeoutMs) ? transfer(fd, from, true, file) : NOT_YET;
    }

    private static int transfer(Fd fd, MemorySegment bytes, boolean writing, boolean file) {
        int raw = fd.acquire();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment iovec = arena.allocateFrom(ValueLayout.JAVA_LONG, bytes.address(), bytes.byteSize());
            long done = once(raw, iovec, writing, file ? 0 : RWF_NOWAIT);
            if (done < 0 && LibC.errno() == Errno.EOPNOTSUPP) {
                // Linux before 6.4 knows no such flag for pipes.
                int flags = LibC.check(LibC.fcntl(raw, F_GETFL, 0), "fcntl F_GETFL", fd);
                LibC.check(LibC.fcntl(raw, F_SETFL, flags | O_NONBLOCK), "fcntl F_SETFL", fd);
                done = once(raw, iovec, writing, 0);
            }
            if (done >= 0) {
                return (int) done;
            }
            int errno = LibC.errno();
            if (errno == Errno.EAGAIN || errno == Errno.EINTR) {
                return NOT_YET;
            }
            throw new SysException(writing ? "write" : "read", fd.toString(), errno);
        } finally {
            fd.release();
        }
    }

    private static long once(int raw, MemorySegment iovec, boolean writing, int flags) {
        return writing
                ? LibC.pwritev2(raw, iovec.address(), 1, CURRENT_POSITION, flags)
                : LibC.preadv2(raw, iovec.address(), 1, CURRENT_POSITION, flags);
    }
}
