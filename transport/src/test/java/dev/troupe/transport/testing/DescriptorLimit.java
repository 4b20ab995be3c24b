package dev.troupe.transport.testing;

import dev.troupe.transport.sys.EventFd;
import dev.troupe.transport.sys.Fd;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.util.function.Supplier;

/**
 * A process that has used up its descriptors. What runs under it should have run before, so that it need not load anything.
 */
public final class DescriptorLimit {
    private static final int RLIMIT_NOFILE = 7;
    private static final MethodHandle GET = function("getrlimit");
    private static final MethodHandle SET = function("setrlimit");

    private DescriptorLimit() {}

    /** Runs something while only {@code room} more descriptors can be opened. */
    public static <T> T during(int room, Supplier<T> action) {
        try (Arena arena = Arena.ofConfined()) {
            // struct rlimit: u64 soft limit, u64 hard limit
            MemorySegment usual = arena.allocate(16, 8);
            call(GET, usual);
            MemorySegment low = arena.allocate(16, 8).copyFrom(usual);
            low.set(ValueLayout.JAVA_LONG, 0, lowestFree() + room);
            call(SET, low);
            try {
                return action.get();
            } finally {
                call(SET, usual);
            }
        }
    }

    /** The kernel gives out the lowest number that is free, and none from the limit on. */
    private static int lowestFree() {
        try (Fd probe = EventFd.create()) {
            return probe.withNumber(number -> number);
        }
    }

    private static MethodHandle function(String name) {
        Linker linker = Linker.nativeLinker();
        return linker.downcallHandle(
                linker.defaultLookup().find(name).orElseThrow(),
                FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT, ValueLayout.ADDRESS));
    }

    private static void call(MethodHandle function, MemorySegment limit) {
        try {
            if ((int) function.invokeExact(RLIMIT_NOFILE, limit) != 0) {
                throw new AssertionError("The limit of open files cannot be changed");
            }
        } catch (Throwable e) {
            throw new AssertionError(e);
        }
    }
}
