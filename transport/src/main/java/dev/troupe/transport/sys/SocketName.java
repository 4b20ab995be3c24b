package dev.troupe.transport.sys;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.Inet6Address;
import java.net.InetSocketAddress;
import java.nio.ByteOrder;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;

/**
 * Socket addresses as the kernel takes them.
 *
 * <pre>
 * sockaddr_un   0 u16 family   2 path, zero
 * sockaddr_in   0 u16 family   2 be16 port   4 address (4 bytes)    8 zeros
 * sockaddr_in6  0 u16 family   2 be16 port   4 be32 flow   8 address (16 bytes)   24 u32 scope
 * </pre>
 */
final class SocketName {
    static final int AF_UNIX = 1;
    static final int AF_INET = 2;
    static final int AF_INET6 = 10;

    /** The longest path, less its ending zero. */
    private static final int MAX_PATH_BYTES = 107;

    private static final int PATH_OFFSET = 2;
    private static final int PORT_OFFSET = 2;
    private static final int IN_ADDRESS_OFFSET = 4;
    private static final int IN_BYTES = 16;
    private static final int IN6_ADDRESS_OFFSET = 8;
    private static final int IN6_SCOPE_OFFSET = 24;
    private static final int IN6_BYTES = 28;
    private static final ValueLayout.OfShort NETWORK_SHORT =
            ValueLayout.JAVA_SHORT_UNALIGNED.withOrder(ByteOrder.BIG_ENDIAN);

    private SocketName() {}

    /** A path. */
    static MemorySegment of(Arena arena, Path path) {
        byte[] bytes = path.toString().getBytes(StandardCharsets.UTF_8);
        if (bytes.length == 0 || bytes.length > MAX_PATH_BYTES) {
            throw new SysException("sockaddr_un", path.toString(), Errno.ENAMETOOLONG);
        }
        MemorySegment name = arena.allocate(PATH_OFFSET + bytes.length + 1L, Long.BYTES);
        name.set(ValueLayout.JAVA_SHORT, 0, (short) AF_UNIX);
        MemorySegment.copy(bytes, 0, name, ValueLayout.JAVA_BYTE, PATH_OFFSET, bytes.length);
        return name;
    }

    /** An internet address, which must be resolved. */
    static MemorySegment of(Arena arena, InetSocketAddress address) {
        byte[] bytes = address.getAddress().getAddress();
        boolean six = family(address) == AF_INET6;
        MemorySegment name = arena.allocate(six ? IN6_BYTES : IN_BYTES, Long.BYTES);
        name.set(ValueLayout.JAVA_SHORT, 0, (short) family(address));
        name.set(NETWORK_SHORT, PORT_OFFSET, (short) address.getPort());
        int offset = six ? IN6_ADDRESS_OFFSET : IN_ADDRESS_OFFSET;
        MemorySegment.copy(bytes, 0, name, ValueLayout.JAVA_BYTE, offset, bytes.length);
        if (address.getAddress() instanceof Inet6Address scoped) {
            name.set(ValueLayout.JAVA_INT, IN6_SCOPE_OFFSET, scoped.getScopeId());
        }
        return name;
    }

    static int family(InetSocketAddress address) {
        return address.getAddress() instanceof Inet6Address ? AF_INET6 : AF_INET;
    }

    /** The port of an internet address that the kernel wrote. */
    static int port(MemorySegment name) {
        return Short.toUnsignedInt(name.get(NETWORK_SHORT, PORT_OFFSET));
    }
}
