package dev.troupe.transport.sys;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.net.InetSocketAddress;
import java.nio.file.Path;
import java.util.List;

/**
 * A connected socket, or one that is being connected, that never blocks: a stream (Unix or TCP), or Unix messages in order
 * (SOCK_SEQPACKET). What sending and receiving have to say comes back as a number, with the error negated; a pipe that broke
 * is {@link Errno#EPIPE} (its signal Java ignores). One thread at a time; any thread may close it.
 */
public final class StreamSocket implements AutoCloseable {
    /** Whether the socket keeps messages apart. */
    public enum Kind {
        /** A stream of bytes. */
        STREAM(1),
        /** Messages, each received whole: SOCK_SEQPACKET. */
        MESSAGES(5);

        final int type;

        Kind(int type) {
            this.type = type;
        }
    }

    private static final int O_NONBLOCK = 0x800;
    private static final int O_CLOEXEC = 0x80000;

    /** Of {@code socket} and {@code accept4}: SOCK_CLOEXEC and SOCK_NONBLOCK. */
    static final int SOCK_FLAGS = O_CLOEXEC | O_NONBLOCK;

    private static final int F_GETFL = 3;
    private static final int F_SETFL = 4;
    static final int SOL_SOCKET = 1;
    private static final int SO_ERROR = 4;
    private static final int SO_SNDBUF = 7;
    private static final int IPPROTO_TCP = 6;
    private static final int TCP_NODELAY = 1;
    private static final int MSG_PEEK = 0x2;
    private static final int MSG_TRUNC = 0x20;
    private static final int MSG_DONTWAIT = 0x40;
    private static final int MSG_NOSIGNAL = 0x4000;
    private static final int SHUT_RD = 0;
    private static final int SHUT_WR = 1;
    private static final int POLLHUP = 0x10;
    private static final int POLLRDHUP = 0x2000;
    private static final int CURRENT_POSITION = -1;

    /** The most ranges that the kernel takes in one call (IOV_MAX). */
    private static final int MAX_RANGES = 1024;

    private final Fd fd;

    StreamSocket(Fd fd) {
        this.fd = fd;
    }

    /**
     * Connects to a Unix socket.
     *
     * @throws SysException if nobody listens; {@link Errno#EAGAIN} if the listener is behind with accepting: later it may not be
     */
    public static StreamSocket connect(Path path, Kind kind) {
        try (Arena arena = Arena.ofConfined()) {
            return connect(SocketName.AF_UNIX, kind, SocketName.of(arena, path), path);
        }
    }

    /**
     * Begins to connect to a TCP socket; when it is writable, {@link #error} tells how that ended.
     *
     * @param address resolved
     */
    public static StreamSocket connect(InetSocketAddress address) {
        try (Arena arena = Arena.ofConfined()) {
            StreamSocket socket =
                    connect(SocketName.family(address), Kind.STREAM, SocketName.of(arena, address), address);
            socket.set(IPPROTO_TCP, TCP_NODELAY, 1);
            return socket;
        }
    }

    private static StreamSocket connect(int family, Kind kind, MemorySegment name, Object address) {
        StreamSocket socket =
                new StreamSocket(Fd.own(LibC.check(LibC.socket(family, kind.type | SOCK_FLAGS, 0), "socket", address)));
        int result = LibC.connect(socket.fd.number(), name.address(), (int) name.byteSize());
        int errno = result < 0 ? LibC.errno() : 0;
        if (errno != 0 && errno != Errno.EINPROGRESS) {
            socket.close();
            throw new SysException("connect", String.valueOf(address), errno);
        }
        return socket;
    }

    /** Two Unix sockets connected with each other; exactly two, owned by the caller. */
    public static List<StreamSocket> pair(Kind kind) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment numbers = arena.allocate(ValueLayout.JAVA_INT, 2);
            int type = kind.type | SOCK_FLAGS;
            LibC.check(LibC.socketpair(SocketName.AF_UNIX, type, 0, numbers.address()), "socketpair", kind);
            return List.of(
                    new StreamSocket(Fd.own(numbers.getAtIndex(ValueLayout.JAVA_INT, 0))),
                    new StreamSocket(Fd.own(numbers.getAtIndex(ValueLayout.JAVA_INT, 1))));
        }
    }

    /** Takes ownership of a socket that is connected, and makes it one that never blocks. */
    public static StreamSocket of(Fd connected) {
        StreamSocket socket = new StreamSocket(connected);
        int raw = connected.acquire();
        try {
            int flags = LibC.fcntl(raw, F_GETFL, 0);
            LibC.check(LibC.fcntl(raw, F_SETFL, flags | O_NONBLOCK), "fcntl F_SETFL", connected);
            return socket;
        } finally {
            connected.release();
        }
    }

    /** Its descriptor, to be watched. */
    public Fd fd() {
        return fd;
    }

    /** The error that befell the socket, such as that of connecting; 0 if none did. */
    public int error() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment value = arena.allocate(2L * Integer.BYTES, Integer.BYTES);
            value.set(ValueLayout.JAVA_INT, Integer.BYTES, Integer.BYTES);
            int raw = fd.acquire();
            try {
                long length = value.address() + Integer.BYTES;
                int result = LibC.getsockopt(raw, SOL_SOCKET, SO_ERROR, value.address(), length);
                return result < 0 ? LibC.errno() : value.get(ValueLayout.JAVA_INT, 0);
            } finally {
                fd.release();
            }
        }
    }

    /** Asks for so much room for what the peer has not taken; the kernel may give less. */
    public void setSendBuffer(int bytes) {
        set(SOL_SOCKET, SO_SNDBUF, bytes);
    }

    void set(int level, int option, int number) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment value = arena.allocateFrom(ValueLayout.JAVA_INT, number);
            int raw = fd.acquire();
            try {
                LibC.setsockopt(raw, level, option, value.address(), Integer.BYTES);
            } finally {
                fd.release();
            }
        }
    }

    /**
     * Receives into memory ranges: of a stream what there is, of messages the next one, cut to the room.
     *
     * @param iovecs address of an array of {@code struct iovec}; at most the first 1024 are used
     * @param count how many they are
     * @return how many bytes, 0 at the end, or -errno
     */
    public int receive(long iovecs, int count) {
        int raw = fd.acquire();
        try {
            return result(LibC.preadv2(raw, iovecs, Math.min(count, MAX_RANGES), CURRENT_POSITION, 0));
        } finally {
            fd.release();
        }
    }

    /**
     * Sends memory ranges: of a stream as much as is taken, of messages all or nothing.
     *
     * @param iovecs address of an array of {@code struct iovec}; at most the first 1024 are used
     * @param count how many they are
     * @return how many bytes, or -errno
     */
    public int send(long iovecs, int count) {
        int raw = fd.acquire();
        try {
            return result(LibC.pwritev2(raw, iovecs, Math.min(count, MAX_RANGES), CURRENT_POSITION, 0));
        } finally {
            fd.release();
        }
    }

    /** Sends a message without a byte, which the calls with ranges leave out; 0, or -errno. */
    public int sendEmpty() {
        int raw = fd.acquire();
        try {
            return result(LibC.send(raw, 0, 0, MSG_DONTWAIT | MSG_NOSIGNAL));
        } finally {
            fd.release();
        }
    }

    /** How long the next message is, which stays where it is; 0 also at the end, -errno if there is none. */
    public int nextMessageBytes() {
        int raw = fd.acquire();
        try {
            return result(LibC.recv(raw, 0, 0, MSG_PEEK | MSG_TRUNC | MSG_DONTWAIT));
        } finally {
            fd.release();
        }
    }

    /** As receiving into {@code native} memory, but what is received stays there to be received again. */
    public int peek(MemorySegment into) {
        int raw = fd.acquire();
        try {
            return result(LibC.recv(raw, into.address(), into.byteSize(), MSG_PEEK | MSG_DONTWAIT));
        } finally {
            fd.release();
        }
    }

    /** Receives into {@code native} memory, as {@link #peek} does, and takes what was received away. */
    public int receive(MemorySegment into) {
        int raw = fd.acquire();
        try {
            return result(LibC.recv(raw, into.address(), into.byteSize(), MSG_DONTWAIT));
        } finally {
            fd.release();
        }
    }

    /** Sends {@code native} memory: how many bytes, or -errno. */
    public int send(MemorySegment from) {
        int raw = fd.acquire();
        try {
            return result(LibC.send(raw, from.address(), from.byteSize(), MSG_DONTWAIT | MSG_NOSIGNAL));
        } finally {
            fd.release();
        }
    }

    /** Nothing more is sent: the peer finds the end. */
    public void endSending() {
        shutdown(SHUT_WR);
    }

    /** Nothing more is received: the peer, if it is a Unix socket, cannot send any more. */
    public void endReceiving() {
        shutdown(SHUT_RD);
    }

    private void shutdown(int how) {
        int raw = fd.acquire();
        try {
            // It fails only where the connection is over anyway.
            LibC.shutdown(raw, how);
        } finally {
            fd.release();
        }
    }

    /** Whether both directions are over, as when a Unix peer has closed. */
    public boolean isOver() {
        return (events() & POLLHUP) != 0;
    }

    /** Whether the peer sends no more; what it sent may still be there. */
    public boolean isEnded() {
        return (events() & (POLLHUP | POLLRDHUP)) != 0;
    }

    private int events() {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment entry = arena.allocate(Long.BYTES, Long.BYTES);
            int raw = fd.acquire();
            try {
                entry.set(ValueLayout.JAVA_INT, 0, raw);
                entry.set(ValueLayout.JAVA_SHORT, 4, (short) POLLRDHUP);
                LibC.poll(entry.address(), 1, 0);
                return entry.get(ValueLayout.JAVA_SHORT, 6);
            } finally {
                fd.release();
            }
        }
    }

    private static int result(long result) {
        return result < 0 ? -LibC.errno() : (int) result;
    }

    /** Ends the connection; a second call does nothing. */
    @Override
    public void close() {
        fd.close();
    }

    @Override
    public String toString() {
        return fd.toString();
    }
}
