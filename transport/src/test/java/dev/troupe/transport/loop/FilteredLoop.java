package dev.troupe.transport.loop;

import dev.troupe.transport.sys.EventFd;
import dev.troupe.transport.sys.Fd;
import dev.troupe.transport.sys.HostFile;
import dev.troupe.transport.sys.SysException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * A program of its own: forbids itself io_uring_setup with a seccomp filter, as container runtimes do, and then starts
 * loops. Prints a line for each thing it found.
 */
final class FilteredLoop {

    private static final int PR_SET_NO_NEW_PRIVS = 38;
    private static final int SECCOMP_SET_MODE_FILTER = 1;
    private static final int SECCOMP_FILTER_FLAG_TSYNC = 1;
    private static final int SYS_IO_URING_SETUP = 425;

    private static final short BPF_LOAD_WORD = 0x20;
    private static final short BPF_JUMP_IF_EQUAL = 0x15;
    private static final short BPF_RETURN = 0x06;
    private static final int SECCOMP_RET_ALLOW = 0x7fff_0000;
    private static final int SECCOMP_RET_ERRNO = 0x0005_0000;

    private FilteredLoop() {}

    /** The first argument is the errno that the filter answers with, the second the number of the seccomp system call. */
    public static void main(String[] arguments) throws Throwable {
        filter(Integer.parseInt(arguments[0]), Long.parseLong(arguments[1]));
        try (EventLoop loop = EventLoop.start("auto", EventLoopConfig.defaults())) {
            System.out.println("backend " + loop.backend());
            System.out.println("reason " + loop.fallbackReason());
            System.out.println("watch " + watch(loop));
            System.out.println("read " + read(loop));
        }
        try (EventLoop loop =
                EventLoop.start("forced", EventLoopConfig.defaults().with(EventLoopConfig.Choice.IO_URING))) {
            System.out.println("forced " + loop.backend());
        } catch (SysException e) {
            System.out.println("forced " + e.getMessage());
        }
    }

    private static boolean watch(EventLoop loop) {
        try (Fd event = EventFd.create()) {
            CountDownLatch told = new CountDownLatch(1);
            LoopProbe.run(loop, () -> loop.watch(event, told::countDown));
            EventFd.signal(event);
            LoopProbe.await(told);
            return true;
        }
    }

    private static int read(EventLoop loop) throws Exception {
        Path path = Files.writeString(Files.createTempFile("filtered", ""), "hello");
        try (Arena arena = Arena.ofShared();
                Fd file = HostFile.open(path)) {
            CountDownLatch done = new CountDownLatch(1);
            AtomicInteger got = new AtomicInteger();
            MemorySegment memory = arena.allocate(64);
            LoopProbe.run(loop, () -> {
                IoVector into = new IoVector(1);
                into.add(memory.address(), 64);
                loop.openScope("test", _ -> {}).read(file, 0, into, result -> {
                    got.set(result);
                    done.countDown();
                });
            });
            LoopProbe.await(done);
            return got.get();
        } finally {
            Files.delete(path);
        }
    }

    /** For all threads of this process, and for those it starts. */
    private static void filter(int errno, long seccomp) throws Throwable {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment code = arena.allocate(4 * 8, 8);
            // struct sock_filter: u16 code, u8 jump if true, u8 jump if false, u32 value
            instruction(code, 0, BPF_LOAD_WORD, 0, 0, 0);
            instruction(code, 1, BPF_JUMP_IF_EQUAL, 0, 1, SYS_IO_URING_SETUP);
            instruction(code, 2, BPF_RETURN, 0, 0, SECCOMP_RET_ERRNO | errno);
            instruction(code, 3, BPF_RETURN, 0, 0, SECCOMP_RET_ALLOW);
            MemorySegment program = arena.allocate(16, 8);
            program.set(ValueLayout.JAVA_SHORT, 0, (short) 4);
            program.set(ValueLayout.ADDRESS, 8, code);
            require(call("prctl", PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0));
            require(call("syscall", seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_TSYNC, program.address(), 0));
        }
    }

    private static void instruction(MemorySegment code, int index, short operation, int yes, int no, int value) {
        long at = index * 8L;
        code.set(ValueLayout.JAVA_SHORT, at, operation);
        code.set(ValueLayout.JAVA_BYTE, at + 2, (byte) yes);
        code.set(ValueLayout.JAVA_BYTE, at + 3, (byte) no);
        code.set(ValueLayout.JAVA_INT, at + 4, value);
    }

    private static long call(String function, long a, long b, long c, long d, long e) throws Throwable {
        Linker linker = Linker.nativeLinker();
        ValueLayout.OfLong number = ValueLayout.JAVA_LONG;
        MethodHandle handle = linker.downcallHandle(
                linker.defaultLookup().find(function).orElseThrow(),
                FunctionDescriptor.of(number, number, number, number, number, number));
        return (long) handle.invokeExact(a, b, c, d, e);
    }

    private static void require(long result) {
        if ((int) result != 0) {
            throw new IllegalStateException("the filter cannot be installed: " + result);
        }
    }
}
