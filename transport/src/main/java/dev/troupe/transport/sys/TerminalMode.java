package dev.troupe.transport.sys;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.Optional;

/**
 * How the terminal that is this process's standard input treats keys, to be put back when closed, or when the process is told to
 * end. Any thread.
 */
public final class TerminalMode implements AutoCloseable {

    private static final int STANDARD_INPUT = 0;
    private static final int TCSANOW = 0;
    private static final int TCSADRAIN = 1;
    /** {@code sizeof(struct termios)} of glibc is 60 on every 64-bit machine. */
    private static final int TERMIOS_BYTES = 64;

    private final MemorySegment before;

    private TerminalMode(MemorySegment before) {
        this.before = before;
    }

    /**
     * Has every key come in as it is, at once and without an echo ({@code cfmakeraw}).
     *
     * @return the mode before; nothing, and nothing changed, if the standard input is no terminal
     */
    public static Optional<TerminalMode> raw() {
        // Never given back, because it is needed up to the last moment of the process.
        MemorySegment before = Arena.global().allocate(TERMIOS_BYTES, Long.BYTES);
        if (LibC.tcgetattr(STANDARD_INPUT, before.address()) != 0) {
            return Optional.empty();
        }
        TerminalMode mode = new TerminalMode(before);
        // A signal ends the process without a way back through whoever would close this.
        Runtime.getRuntime().addShutdownHook(new Thread(mode::close, "terminal"));
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment raw = arena.allocate(TERMIOS_BYTES, Long.BYTES).copyFrom(before);
            LibC.cfmakeraw(raw.address());
            LibC.check(LibC.tcsetattr(STANDARD_INPUT, TCSADRAIN, raw.address()), "tcsetattr", "the terminal");
        }
        return Optional.of(mode);
    }

    @Override
    public void close() {
        // If the terminal has gone there is nothing to be put back. Waiting for one that shows nothing would hold up
        // the end.
        LibC.tcsetattr(STANDARD_INPUT, TCSANOW, before.address());
    }
}
