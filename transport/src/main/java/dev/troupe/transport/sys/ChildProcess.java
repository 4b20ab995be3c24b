package dev.troupe.transport.sys;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.OptionalInt;

/**
 * Another process: one that this process starts, with descriptors of its choice, or one that it is to look after. Java's own
 * way passes no descriptors on, and depends on a file of the JDK that may have been replaced since this process started.
 *
 * <p>A process is known by a descriptor (pidfd), so that no number is mistaken for another process that has got it since.
 * Any thread; failures are {@link SysException}s. Needs Linux 5.4.
 */
public final class ChildProcess implements AutoCloseable {
    /** The signal that asks for an end: SIGTERM. */
    public static final int SIGTERM = 15;

    /** The signal that cannot be refused: SIGKILL. */
    public static final int SIGKILL = 9;

    /** The first descriptor that a child inherits besides its standard streams. */
    public static final int FIRST_PASSED = 3;

    private static final int F_DUPFD_CLOEXEC = 1030;
    private static final int SYS_PIDFD_SEND_SIGNAL = 424;
    private static final int SYS_PIDFD_OPEN = 434;
    private static final int SYS_CLOSE_RANGE = 436;
    private static final int CLOSE_RANGE_CLOEXEC = 4;
    private static final int PR_SET_CHILD_SUBREAPER = 36;
    private static final int P_PIDFD = 3;
    private static final int WNOHANG = 1;
    private static final int WEXITED = 4;
    private static final int CLD_EXITED = 1;
    private static final int SIGNAL_STATUS = 128;
    private static final short SPAWN_SETPGROUP = 2;
    private static final short SPAWN_SETSIGMASK = 8;

    // siginfo_t of waitid on 64-bit Linux: i32 si_code at 8, i32 si_pid at 16, i32 si_status at 24.
    private static final int SIGINFO_BYTES = 128;
    private static final int SI_CODE = 8;
    private static final int SI_PID = 16;
    private static final int SI_STATUS = 24;

    /** More than posix_spawnattr_t (336) and posix_spawn_file_actions_t (80) take in any C library. */
    private static final int OPAQUE_BYTES = 1024;

    private final int pid;
    private final Fd pidFd;

    private ChildProcess(int pid, Fd pidFd) {
        this.pid = pid;
        this.pidFd = pidFd;
    }

    /**
     * Starts a program in a process group of its own, with this process's standard streams and working directory.
     *
     * @param command the program's path, which is not searched for, and its arguments
     * @param environment all of its environment
     * @param fds what it finds as descriptors {@link #FIRST_PASSED} and up, in this order; they stay the caller's, and it
     *     gets no other
     * @return the running process
     */
    public static ChildProcess start(List<String> command, Map<String, String> environment, List<Fd> fds) {
        return start(command, environment, fds, FIRST_PASSED);
    }

    /**
     * As {@link #start}, but the program has one descriptor for its standard input and output.
     *
     * @param fd what it reads from and writes to; it stays the caller's
     */
    public static ChildProcess startFilter(List<String> command, Map<String, String> environment, Fd fd) {
        return start(command, environment, List.of(fd, fd), 0);
    }

    private static ChildProcess start(
            List<String> command, Map<String, String> environment, List<Fd> fds, int firstNumber) {
        // Java opens some files without close-on-exec. Where the call is unknown (before Linux 5.11) they are
        // inherited.
        LibC.syscall(SYS_CLOSE_RANGE, FIRST_PASSED, 0xFFFF_FFFFL, CLOSE_RANGE_CLOEXEC, 0, 0, 0);
        List<Integer> copies = new ArrayList<>();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment actions = arena.allocate(OPAQUE_BYTES, Long.BYTES * 2);
            MemorySegment attributes = arena.allocate(OPAQUE_BYTES, Long.BYTES * 2);
            checkError(LibC.posix_spawn_file_actions_init(actions.address()), "posix_spawn_file_actions_init");
            checkError(LibC.posix_spawnattr_init(attributes.address()), "posix_spawnattr_init");
            try {
                pass(fds, firstNumber, copies, actions);
                describe(arena, attributes);
                return spawn(arena, command, environment, actions, attributes);
            } finally {
                LibC.posix_spawn_file_actions_destroy(actions.address());
                LibC.posix_spawnattr_destroy(attributes.address());
            }
        } finally {
            copies.forEach(LibC::close);
        }
    }

    /** Above all numbers that the child is to have, so that none is overwritten before it has been moved. */
    private static void pass(List<Fd> fds, int firstNumber, List<Integer> copies, MemorySegment actions) {
        int free = FIRST_PASSED + fds.size();
        for (Fd fd : fds) {
            copies.add(fd.withNumber(
                    number -> LibC.check(LibC.fcntl(number, F_DUPFD_CLOEXEC, free), "fcntl F_DUPFD_CLOEXEC", fd)));
        }
        for (int i = 0; i < copies.size(); i++) {
            int result = LibC.posix_spawn_file_actions_adddup2(actions.address(), copies.get(i), firstNumber + i);
            checkError(result, "posix_spawn_file_actions_adddup2");
        }
    }

    /** Its own group, so that a terminal's signals come from this process alone; nothing blocked that Java has blocked. */
    private static void describe(Arena arena, MemorySegment attributes) {
        MemorySegment nothing = arena.allocate(SIGINFO_BYTES, Long.BYTES);
        checkError(LibC.posix_spawnattr_setsigmask(attributes.address(), nothing.address()), "setsigmask");
        checkError(LibC.posix_spawnattr_setpgroup(attributes.address(), 0), "setpgroup");
        short flags = SPAWN_SETPGROUP | SPAWN_SETSIGMASK;
        checkError(LibC.posix_spawnattr_setflags(attributes.address(), flags), "setflags");
    }

    private static ChildProcess spawn(
            Arena arena,
            List<String> command,
            Map<String, String> environment,
            MemorySegment actions,
            MemorySegment attributes) {
        List<String> variables = environment.entrySet().stream()
                .map(variable -> variable.getKey() + "=" + variable.getValue())
                .toList();
        MemorySegment pid = arena.allocate(Integer.BYTES, Integer.BYTES);
        int result = LibC.posix_spawn(
                pid.address(),
                LibC.cString(arena, command.getFirst()),
                actions.address(),
                attributes.address(),
                strings(arena, command),
                strings(arena, variables));
        if (result != 0) {
            throw new SysException("posix_spawn", command.getFirst(), result);
        }
        // The number cannot be another's: nobody but us takes the status of a child of ours.
        return of(pid.get(ValueLayout.JAVA_INT, 0));
    }

    private static long strings(Arena arena, List<String> texts) {
        MemorySegment pointers = arena.allocate((texts.size() + 1L) * Long.BYTES, Long.BYTES);
        for (int i = 0; i < texts.size(); i++) {
            pointers.setAtIndex(ValueLayout.JAVA_LONG, i, LibC.cString(arena, texts.get(i)));
        }
        return pointers.address();
    }

    /**
     * A process that runs already.
     *
     * @param pid its number
     * @throws SysException if there is none
     */
    public static ChildProcess of(int pid) {
        long number = LibC.check(LibC.syscall(SYS_PIDFD_OPEN, pid, 0, 0, 0, 0, 0), "pidfd_open", pid);
        return new ChildProcess(pid, Fd.own((int) number));
    }

    /** From now on, children of this process's children become its own when their parent ends. */
    public static void adoptOrphans() {
        LibC.check(LibC.prctl(PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0), "prctl", "PR_SET_CHILD_SUBREAPER");
    }

    /** Its number. */
    public int pid() {
        return pid;
    }

    /** Becomes readable when the process ends, and stays so. Owned by this object. */
    public Fd end() {
        return pidFd;
    }

    /** Whether it has ended. */
    public boolean hasEnded() {
        return SocketFd.awaitReadable(pidFd, 0);
    }

    /** Sends a signal; none is sent to a process that has ended. */
    public void signal(int signal) {
        pidFd.withNumber(number -> LibC.syscall(SYS_PIDFD_SEND_SIGNAL, number, signal, 0, 0, 0, 0));
    }

    /**
     * Takes the status of a child that has ended, so that the kernel forgets it. To be asked once.
     *
     * @return its exit status, or 128 and the number of the signal that ended it; empty if it still runs, or is no child of
     *     this process
     */
    public OptionalInt takeStatus() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment info = arena.allocate(SIGINFO_BYTES, Long.BYTES);
            int result = pidFd.withNumber(number -> LibC.waitid(P_PIDFD, number, info.address(), WEXITED | WNOHANG));
            if (result < 0 || info.get(ValueLayout.JAVA_INT, SI_PID) == 0) {
                return OptionalInt.empty();
            }
            int status = info.get(ValueLayout.JAVA_INT, SI_STATUS);
            boolean exited = info.get(ValueLayout.JAVA_INT, SI_CODE) == CLD_EXITED;
            return OptionalInt.of(exited ? status : SIGNAL_STATUS + status);
        }
    }

    /** Forgets the process, which goes on. */
    @Override
    public void close() {
        pidFd.close();
    }

    /** For example {@code process 4711}. */
    @Override
    public String toString() {
        return "process " + pid;
    }

    private static void checkError(int error, String call) {
        if (error != 0) {
            throw new SysException(call, "", error);
        }
    }
}
