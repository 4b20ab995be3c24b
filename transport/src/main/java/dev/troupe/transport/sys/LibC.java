package dev.troupe.transport.sys;

import com.sun.jna.Native;
import com.sun.jna.NativeLibrary;
import com.sun.jna.Platform;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * The C library, mapped directly: every call the product makes to the kernel is declared here and nowhere else.
 *
 * <p>Addresses and sizes travel as {@code long}. Functions that are variadic in C ({@code open}, {@code fcntl},
 * {@code ioctl}, {@code syscall}) are declared with fixed integer arguments: on x86-64 and aarch64 Linux integers are
 * passed in the same registers either way. A failed call returns -1 and {@link #errno()} tells why; it must be read on the
 * same thread before the next call.
 */
final class LibC {
    static final int PAGE_BYTES;

    static {
        if (!Platform.isLinux() || Native.POINTER_SIZE != 8) {
            throw new ExceptionInInitializerError("Troupe runs on 64-bit Linux only");
        }
        // Not by its name, which would be looked for in folders: Java itself has brought it along.
        Native.register(LibC.class, NativeLibrary.getProcess());
        PAGE_BYTES = getpagesize();
    }

    private LibC() {}

    static native int getpagesize();

    static native int open(long path, int flags, int mode);

    static native int close(int fd);

    static native int fcntl(int fd, int command, long argument);

    static native int ioctl(int fd, long request, long argument);

    static native long read(int fd, long buffer, long lengthBytes);

    static native long write(int fd, long buffer, long lengthBytes);

    static native long pread(int fd, long buffer, long lengthBytes, long offset);

    static native long pwrite(int fd, long buffer, long lengthBytes, long offset);

    static native long preadv2(int fd, long iovec, int count, long offset, int flags);

    static native long pwritev2(int fd, long iovec, int count, long offset, int flags);

    static native int fsync(int fd);

    static native int fdatasync(int fd);

    static native int ftruncate(int fd, long lengthBytes);

    static native long lseek(int fd, long offset, int whence);

    static native int fallocate(int fd, int mode, long offset, long lengthBytes);

    static native int statx(int directory, long path, int flags, int mask, long buffer);

    static native int fstatfs(int fd, long buffer);

    static native long readlink(long path, long buffer, long lengthBytes);

    static native long mmap(long address, long lengthBytes, int protection, int flags, int fd, long offset);

    static native int munmap(long address, long lengthBytes);

    static native int eventfd(int initial, int flags);

    static native int inotify_init1(int flags);

    static native int inotify_add_watch(int inotify, long path, int mask);

    static native int memfd_create(long name, int flags);

    static native int pipe2(long numbers, int flags);

    static native long getrandom(long buffer, long lengthBytes, int flags);

    static native long recvmsg(int fd, long message, int flags);

    static native long sendmsg(int fd, long message, int flags);

    static native int socketpair(int domain, int type, int protocol, long numbers);

    static native int socket(int domain, int type, int protocol);

    static native int bind(int fd, long address, int lengthBytes);

    static native int connect(int fd, long address, int lengthBytes);

    static native int listen(int fd, int backlog);

    static native int accept4(int fd, long address, long length, int flags);

    static native int shutdown(int fd, int how);

    static native long recv(int fd, long buffer, long lengthBytes, int flags);

    static native long send(int fd, long buffer, long lengthBytes, int flags);

    static native int getsockname(int fd, long address, long length);

    static native int getsockopt(int fd, int level, int option, long value, long length);

    static native int setsockopt(int fd, int level, int option, long value, int length);

    static native int poll(long pollfds, long count, int timeoutMs);

    static native int epoll_create1(int flags);

    static native int epoll_ctl(int epoll, int operation, int fd, long event);

    static native int epoll_wait(int epoll, long events, int maximum, int timeoutMs);

    static native int sched_setaffinity(int thread, long lengthBytes, long mask);

    static native int tcgetattr(int fd, long termios);

    static native int tcsetattr(int fd, int when, long termios);

    static native void cfmakeraw(long termios);

    static native int prctl(int option, long a, long b, long c, long d);

    static native int waitid(int idType, int id, long info, int options);

    static native int posix_spawn(long pid, long path, long actions, long attributes, long arguments, long environment);

    static native int posix_spawn_file_actions_init(long actions);

    static native int posix_spawn_file_actions_adddup2(long actions, int from, int to);

    static native int posix_spawn_file_actions_destroy(long actions);

    static native int posix_spawnattr_init(long attributes);

    static native int posix_spawnattr_setflags(long attributes, short flags);

    static native int posix_spawnattr_setsigmask(long attributes, long mask);

    static native int posix_spawnattr_setpgroup(long attributes, int group);

    static native int posix_spawnattr_destroy(long attributes);

    static native long syscall(long number, long a, long b, long c, long d, long e, long f);

    /** The error of this thread's last failed call. */
    static int errno() {
        return Native.getLastError();
    }

    /** A path or name as the kernel wants it, in {@code arena}. */
    static long cString(Arena arena, String text) {
        MemorySegment bytes = arena.allocateFrom(text);
        return bytes.address();
    }

    /**
     * Returns {@code result} unless it is negative.
     *
     * @param argument what the call was about; its {@code toString} is used only for the message of a failure
     */
    static long check(long result, String call, Object argument) {
        if (result < 0) {
            int errno = errno();
            throw new SysException(call, String.valueOf(argument), errno);
        }
        return result;
    }

    /** As {@link #check(long, String, Object)}, for calls that return an {@code int}. */
    static int check(int result, String call, Object argument) {
        return (int) check((long) result, call, argument);
    }
}
