package dev.troupe.transport.sys;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;

/**
 * A pseudo-terminal: what programs write to its {@link #terminal()} is read here, and the other way round. Bytes pass as they
 * are (raw mode, no echo) unless a program sets it otherwise. No call waits; failures are {@link SysException}s. Any thread.
 */
public final class Pty implements AutoCloseable {
    private static final Path MULTIPLEXER = Path.of("/dev/ptmx");
    private static final Path TERMINALS = Path.of("/dev/pts");
    private static final long TIOCGPTN = 0x80045430L;
    private static final long TIOCSPTLCK = 0x40045431L;
    private static final long TIOCSWINSZ = 0x5414;
    private static final long TCFLSH = 0x540b;
    private static final int TCIFLUSH = 0;
    private static final int TCSANOW = 0;
    /** {@code sizeof(struct termios)} of glibc is 60 on every 64-bit machine. */
    private static final int TERMIOS_BYTES = 64;

    private final Fd master;

    /** Kept open, or the end of the last program that uses the terminal would look like an error. */
    private final Fd slave;

    private final Path terminal;

    private Pty(Fd master, Fd slave, Path terminal) {
        this.master = master;
        this.slave = slave;
        this.terminal = terminal;
    }

    /** Makes one. */
    public static Pty open() {
        Fd master = HostFile.open(MULTIPLEXER, OpenFlag.WRITE, OpenFlag.NON_BLOCK, OpenFlag.NO_CONTROL);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment number = arena.allocate(ValueLayout.JAVA_INT);
            control(master, TIOCSPTLCK, number.address(), "ioctl TIOCSPTLCK");
            control(master, TIOCGPTN, number.address(), "ioctl TIOCGPTN");
            Path terminal = TERMINALS.resolve(Integer.toString(number.get(ValueLayout.JAVA_INT, 0)));
            Fd slave = HostFile.open(terminal, OpenFlag.WRITE, OpenFlag.NON_BLOCK, OpenFlag.NO_CONTROL);
            try {
                makeRaw(arena, slave);
                return new Pty(master, slave, terminal);
            } catch (RuntimeException e) {
                slave.close();
                throw e;
            }
        } catch (RuntimeException e) {
            master.close();
            throw e;
        }
    }

    private static void makeRaw(Arena arena, Fd slave) {
        MemorySegment mode = arena.allocate(TERMIOS_BYTES, Long.BYTES);
        int raw = slave.acquire();
        try {
            LibC.check(LibC.tcgetattr(raw, mode.address()), "tcgetattr", slave);
            LibC.cfmakeraw(mode.address());
            LibC.check(LibC.tcsetattr(raw, TCSANOW, mode.address()), "tcsetattr", slave);
        } finally {
            slave.release();
        }
    }

    /** What programs open. */
    public Path terminal() {
        return terminal;
    }

    /** Our end, to be watched; stays this object's. */
    public Fd fd() {
        return master;
    }

    /** Reads into native memory; how many bytes, or minus the error: EAGAIN if there is nothing. */
    public int read(MemorySegment into) {
        int raw = master.acquire();
        try {
            return result(LibC.read(raw, into.address(), into.byteSize()));
        } finally {
            master.release();
        }
    }

    /** Writes native memory; how many bytes, or minus the error: EAGAIN if nobody reads what was written before. */
    public int write(MemorySegment from) {
        int raw = master.acquire();
        try {
            return result(LibC.write(raw, from.address(), from.byteSize()));
        } finally {
            master.release();
        }
    }

    /** Throws away what no program has read yet, so that there is room. */
    public void discardUnread() {
        control(slave, TCFLSH, TCIFLUSH, "ioctl TCFLSH");
    }

    /** Tells programs how large the terminal is. */
    public void resize(int columns, int rows) {
        try (Arena arena = Arena.ofConfined()) {
            // struct winsize: rows, columns, and two sizes in pixels that nobody uses.
            MemorySegment size = arena.allocate(4L * Short.BYTES, Short.BYTES);
            size.set(ValueLayout.JAVA_SHORT, 0, (short) rows);
            size.set(ValueLayout.JAVA_SHORT, Short.BYTES, (short) columns);
            control(master, TIOCSWINSZ, size.address(), "ioctl TIOCSWINSZ");
        }
    }

    private static void control(Fd fd, long request, long argument, String call) {
        int raw = fd.acquire();
        try {
            LibC.check(LibC.ioctl(raw, request, argument), call, fd);
        } finally {
            fd.release();
        }
    }

    private static int result(long result) {
        return result < 0 ? -LibC.errno() : (int) result;
    }

    @Override
    public void close() {
        slave.close();
        master.close();
    }
}
