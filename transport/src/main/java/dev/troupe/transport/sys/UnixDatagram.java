package dev.troupe.transport.sys;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;

/**
 * Unix datagram sockets with names: how a service tells its manager of itself. What is sent and received goes through
 * {@link SocketFd}, a whole datagram with its descriptors a call. Any thread; failures are {@link SysException}s.
 */
public final class UnixDatagram {
    private static final int AF_UNIX = 1;
    private static final int SOCK_DGRAM = 2;
    private static final int SOCK_CLOEXEC = 0x80000;
    private static final int PATH_OFFSET = 2;
    private static final int MAX_NAME_BYTES = 107;

    private UnixDatagram() {}

    /**
     * A socket that receives what is sent to its address.
     *
     * @param address a path, which must not exist yet, or an abstract name after {@code @}
     * @return the socket, owned by the caller; a path's file stays when it is closed
     */
    public static Fd bind(String address) {
        return open("bind", address, LibC::bind);
    }

    /**
     * A socket that sends to an address, and can be waited for with {@link SocketFd#awaitWritable} while the receiver is
     * slow.
     *
     * @param address a path, or an abstract name after {@code @}
     * @return the socket, owned by the caller
     */
    public static Fd connect(String address) {
        return open("connect", address, LibC::connect);
    }

    private interface Naming {
        int name(int fd, long address, int lengthBytes);
    }

    private static Fd open(String call, String address, Naming naming) {
        Fd fd = Fd.own(LibC.check(LibC.socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0), "socket", "AF_UNIX"));
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment name = sockaddr(arena, address);
            LibC.check(naming.name(fd.number(), name.address(), (int) name.byteSize()), call, address);
            return fd;
        } catch (RuntimeException e) {
            fd.close();
            throw e;
        }
    }

    /** A struct sockaddr_un: u16 family, then a path with its ending zero, or a zero and an abstract name without one. */
    private static MemorySegment sockaddr(Arena arena, String address) {
        byte[] bytes = address.getBytes(StandardCharsets.UTF_8);
        boolean isAbstract = address.startsWith("@");
        if (bytes.length == 0 || bytes.length > MAX_NAME_BYTES) {
            throw new SysException("sockaddr_un", address, Errno.ENAMETOOLONG);
        }
        MemorySegment name = arena.allocate(PATH_OFFSET + bytes.length + (isAbstract ? 0L : 1L), Long.BYTES);
        name.set(ValueLayout.JAVA_SHORT, 0, (short) AF_UNIX);
        MemorySegment.copy(bytes, 0, name, ValueLayout.JAVA_BYTE, PATH_OFFSET, bytes.length);
        if (isAbstract) {
            name.set(ValueLayout.JAVA_BYTE, PATH_OFFSET, (byte) 0);
        }
        return name;
    }
}
