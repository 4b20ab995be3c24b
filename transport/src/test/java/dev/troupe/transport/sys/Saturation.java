package dev.troupe.transport.sys;

import java.lang.foreign.Arena;
import java.lang.foreign.ValueLayout;

/** Fills eventfds up, as a hostile front end would. */
public final class Saturation {
    private static final long FULL = 0xffff_ffff_ffff_fffeL;

    private Saturation() {}

    /** Sets the counter, which must be 0, to its maximum: the next write blocks or fails. */
    public static void saturate(Fd eventFd) {
        try (Arena arena = Arena.ofConfined()) {
            long value = arena.allocateFrom(ValueLayout.JAVA_LONG, FULL).address();
            long written = eventFd.withNumber(number -> LibC.write(number, value, Long.BYTES));
            LibC.check(written, "write", eventFd);
        }
    }

    /** Reads the counter, which must not be 0, and sets it to 0. */
    public static long counter(Fd eventFd) {
        try (Arena arena = Arena.ofConfined()) {
            var value = arena.allocate(ValueLayout.JAVA_LONG);
            long read = eventFd.withNumber(number -> LibC.read(number, value.address(), Long.BYTES));
            LibC.check(read, "read", eventFd);
            return value.get(ValueLayout.JAVA_LONG, 0);
        }
    }
}
