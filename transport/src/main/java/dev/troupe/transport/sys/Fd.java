package dev.troupe.transport.sys;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.IntFunction;

/**
 * One open file descriptor with one owner: close-on-exec, closed exactly once.
 *
 * <p>Any thread may use and close it. A call that is under way when {@link #close()} comes from another thread keeps the
 * number from being closed and reused under its feet: the kernel's close happens when the last such call is through.
 */
public final class Fd implements AutoCloseable {
    private static final int F_DUPFD_CLOEXEC = 1030;
    private static final int F_SETFD = 2;
    private static final int F_GETFL = 3;
    private static final int FD_CLOEXEC = 1;
    private static final int LOWEST_NUMBER = 3;
    private static final int LINK_BYTES = 4096;
    private static final int SYS_KCMP = "aarch64".equals(System.getProperty("os.arch")) ? 272 : 312;
    private static final int KCMP_FILE = 0;
    private static final long OWN_PROCESS = ProcessHandle.current().pid();

    /** Bit 0 of {@link #state}; the other bits count the calls under way. */
    private static final int CLOSED = 1;

    private static final int ONE_USE = 2;

    private static final int NOT_ASKED = -1;

    private final int number;
    private final AtomicInteger state = new AtomicInteger();

    private volatile int statusFlags = NOT_ASKED;

    private Fd(int number) {
        this.number = number;
    }

    /** Takes ownership of a number that a call of this package just returned. */
    static Fd own(int number) {
        return new Fd(number);
    }

    /**
     * Makes a descriptor of our own (close-on-exec) for the file behind a foreign number; the original stays its owner's.
     *
     * @throws SysException if the number is not open, or there are too many
     */
    public static Fd duplicate(int number) {
        return own(LibC.check(LibC.fcntl(number, F_DUPFD_CLOEXEC, LOWEST_NUMBER), "fcntl F_DUPFD_CLOEXEC", number));
    }

    /**
     * Takes ownership of a number that this process was started with, and makes it close-on-exec. Nobody else may use or
     * close that number from now on.
     *
     * @throws SysException if the number is not open
     */
    public static Fd inherit(int number) {
        LibC.check(LibC.fcntl(number, F_SETFD, FD_CLOEXEC), "fcntl F_SETFD", number);
        return own(number);
    }

    /** A second descriptor for the same open file description, with its own owner. */
    public Fd duplicate() {
        int raw = acquire();
        try {
            return own(LibC.check(LibC.fcntl(raw, F_DUPFD_CLOEXEC, LOWEST_NUMBER), "fcntl F_DUPFD_CLOEXEC", this));
        } finally {
            release();
        }
    }

    /**
     * An order in which two descriptors are equal if they share one open file description, wherever each came from. It
     * holds for as long as both are open, in this process only. Where the kernel does not tell (it was built without
     * {@code kcmp}, or a filter forbids it), only a descriptor and itself are equal.
     *
     * @return negative, 0 or positive, as for a comparator
     */
    public static int compareDescriptions(Fd one, Fd other) {
        if (one == other) {
            return 0;
        }
        int first = one.acquire();
        try {
            int second = other.acquire();
            try {
                return order(
                        LibC.syscall(SYS_KCMP, OWN_PROCESS, OWN_PROCESS, KCMP_FILE, first, second, 0), first, second);
            } finally {
                other.release();
            }
        } finally {
            one.release();
        }
    }

    private static int order(long answer, int first, int second) {
        return switch ((int) answer) {
            case 0 -> 0;
            case 1 -> -1;
            case 2 -> 1;
            default -> Integer.compare(first, second);
        };
    }

    /**
     * Runs {@code use} with the descriptor's number, which stays open meanwhile. Only for the system-call and socket
     * rooms; the number must not be kept.
     *
     * @throws IllegalStateException if closed
     */
    public <T> T withNumber(IntFunction<T> use) {
        int raw = acquire();
        try {
            return use.apply(raw);
        } finally {
            release();
        }
    }

    /** Whether {@link #close()} has not been called yet. */
    public boolean isOpen() {
        return (state.get() & CLOSED) == 0;
    }

    /** Closes the descriptor; a second call does nothing. Never throws. */
    @Override
    public void close() {
        // Ordering: the compare-and-set (full) pairs with acquire/release below: exactly one thread sees "closed, no
        // use".
        int before = state.getAndUpdate(s -> s | CLOSED);
        if (before == 0) {
            closeNumber();
        }
    }

    /** What the descriptor refers to, as {@code /proc/self/fd} names it, for example {@code anon_inode:[eventfd]}. */
    public String kind() {
        int raw = acquire();
        try {
            return link(raw);
        } finally {
            release();
        }
    }

    /** For example {@code fd 12 (anon_inode:[eventfd])}, or {@code fd (closed)}. */
    @Override
    public String toString() {
        if (!tryAcquire()) {
            return "fd (closed)";
        }
        try {
            return "fd " + number + " (" + link(number) + ")";
        } finally {
            release();
        }
    }

    /** How the open file description was opened ({@code F_GETFL}): asked once and then remembered. */
    int statusFlags() {
        int known = statusFlags;
        if (known == NOT_ASKED) {
            int raw = acquire();
            try {
                known = LibC.check(LibC.fcntl(raw, F_GETFL, 0), "fcntl F_GETFL", this);
            } finally {
                release();
            }
            statusFlags = known;
        }
        return known;
    }

    /** The number; only between {@link #acquire()} and {@link #release()}. */
    int number() {
        return number;
    }

    /** Begins a use: the number stays valid until {@link #release()}. */
    int acquire() {
        if (!tryAcquire()) {
            throw new IllegalStateException("The file descriptor is closed");
        }
        return number;
    }

    /** As {@link #acquire()}, but false if closed. */
    boolean tryAcquire() {
        while (true) {
            int now = state.get();
            if ((now & CLOSED) != 0) {
                return false;
            }
            // Ordering: full compare-and-set; pairs with close(), so a use is counted before or refused after the
            // closing.
            if (state.compareAndSet(now, now + ONE_USE)) {
                return true;
            }
        }
    }

    /** Ends a use; the last one of a closed descriptor closes the number. */
    void release() {
        // Ordering: full add; pairs with close(): the closer saw our use counted and left the closing to us.
        if (state.addAndGet(-ONE_USE) == CLOSED) {
            closeNumber();
        }
    }

    private void closeNumber() {
        // Linux frees the number even when close reports an error, so there is nothing to retry or to tell.
        LibC.close(number);
    }

    private static String link(int number) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment target = arena.allocate(LINK_BYTES);
            long length = LibC.readlink(LibC.cString(arena, "/proc/self/fd/" + number), target.address(), LINK_BYTES);
            if (length < 0) {
                return "?";
            }
            byte[] bytes = target.asSlice(0, length).toArray(ValueLayout.JAVA_BYTE);
            return new String(bytes, StandardCharsets.UTF_8);
        }
    }
}
