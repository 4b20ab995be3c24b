package dev.troupe.transport.sys;

import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.ref.Reference;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * Bytes and descriptors through a Unix stream socket. No call blocks, received descriptors are close-on-exec and owned from
 * the first moment, and no number of them that a peer sends can get lost: the control buffer holds as many as the kernel
 * lets one message carry.
 */
public final class SocketFd {
    /** The most descriptors in one message (the kernel's SCM_MAX_FD). */
    public static final int MAX_FDS = 253;

    private static final int MSG_PEEK = 0x2;
    private static final int MSG_DONTWAIT = 0x40;
    private static final int MSG_NOSIGNAL = 0x4000;
    private static final int MSG_CMSG_CLOEXEC = 0x40000000;
    private static final int MSG_CTRUNC = 0x8;
    private static final int SOL_SOCKET = 1;
    private static final int SCM_RIGHTS = 1;
    private static final int SO_TYPE = 3;
    private static final int SO_ACCEPTCONN = 30;
    private static final int SO_DOMAIN = 39;
    private static final int AF_UNIX = 1;
    private static final int SOCK_STREAM = 1;
    private static final int SOCK_SEQPACKET = 5;
    private static final int SOCK_CLOEXEC = 0x80000;
    private static final short POLLIN = 0x1;
    private static final short POLLOUT = 0x4;

    // struct msghdr and struct cmsghdr of 64-bit Linux.
    private static final int MSG_IOV = 16;
    private static final int MSG_IOVLEN = 24;
    private static final int MSG_CONTROL = 32;
    private static final int MSG_CONTROLLEN = 40;
    private static final int MSG_FLAGS = 48;
    private static final int MSG_SIZE = 56;
    private static final int CMSG_LEVEL = 8;
    private static final int CMSG_TYPE = 12;
    private static final int CMSG_DATA = 16;

    private SocketFd() {}

    /**
     * Two Unix stream sockets connected with each other.
     *
     * @return exactly two, owned by the caller
     * @throws SysException if there are too many descriptors
     */
    public static List<Fd> pair() {
        return pair(SOCK_STREAM);
    }

    /**
     * Two Unix sockets connected with each other that keep messages apart (SOCK_SEQPACKET). A message is received whole or
     * not at all, descriptors and all; the end shows as a message of 0 bytes.
     *
     * @return exactly two, owned by the caller
     * @throws SysException if there are too many descriptors
     */
    public static List<Fd> messagePair() {
        return pair(SOCK_SEQPACKET);
    }

    private static List<Fd> pair(int type) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment numbers = arena.allocate(2L * Integer.BYTES, 8);
            int result = LibC.socketpair(AF_UNIX, type | SOCK_CLOEXEC, 0, numbers.address());
            LibC.check(result, "socketpair", "AF_UNIX");
            return List.of(
                    Fd.own(numbers.get(ValueLayout.JAVA_INT, 0)),
                    Fd.own(numbers.get(ValueLayout.JAVA_INT, Integer.BYTES)));
        }
    }

    /**
     * Receives what is there.
     *
     * @param socket a connected stream socket
     * @param into native memory to fill
     * @param fds gets the descriptors that came with the bytes; the caller owns them
     * @return the number of bytes, 0 at the end of the stream, or minus the error (EAGAIN: nothing there yet; EMFILE: this
     *     process has no room for the descriptors that came; none is kept)
     */
    public static int receive(Fd socket, MemorySegment into, List<Fd> fds) {
        return receive(socket, into, fds, 0, null);
    }

    /**
     * As {@link #receive(Fd, MemorySegment, List)}, for a stream, which goes on behind its bytes whatever has become of
     * their descriptors: in place of EMFILE their number is returned.
     *
     * @param socket a connected stream socket
     * @param into native memory to fill
     * @param fds gets the descriptors that came with the bytes; the caller owns them
     * @param onLost runs if this process has no room for the descriptors that came; none is kept
     * @return as {@link #receive(Fd, MemorySegment, List)}, but for EMFILE
     */
    public static int receive(Fd socket, MemorySegment into, List<Fd> fds, Runnable onLost) {
        return receive(socket, into, fds, 0, onLost);
    }

    /**
     * As {@link #receive(Fd, MemorySegment, List)}, and leaves all in the socket to be received again: the descriptors are
     * further duplicates.
     *
     * @param socket a connected socket
     * @param into native memory to fill
     * @param fds gets the descriptors that came with the bytes; the caller owns them
     * @return as {@link #receive(Fd, MemorySegment, List)}
     */
    public static int peek(Fd socket, MemorySegment into, List<Fd> fds) {
        return receive(socket, into, fds, MSG_PEEK, null);
    }

    private static int receive(Fd socket, MemorySegment into, List<Fd> fds, int flags, @Nullable Runnable onLost) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment control = arena.allocate(CMSG_DATA + (long) MAX_FDS * Integer.BYTES + Integer.BYTES, 8);
            MemorySegment message = message(arena, into, control);
            int raw = socket.acquire();
            int result;
            try {
                result = (int) LibC.recvmsg(raw, message.address(), flags | MSG_DONTWAIT | MSG_CMSG_CLOEXEC);
                if (result < 0) {
                    return -LibC.errno();
                }
            } finally {
                socket.release();
                Reference.reachabilityFence(into);
            }
            List<Fd> received = readRights(control, message.get(ValueLayout.JAVA_LONG, MSG_CONTROLLEN));
            if ((message.get(ValueLayout.JAVA_INT, MSG_FLAGS) & MSG_CTRUNC) != 0) {
                received.forEach(Fd::close);
                if (onLost == null) {
                    return -Errno.EMFILE;
                }
                onLost.run();
                return result;
            }
            fds.addAll(received);
            return result;
        }
    }

    /**
     * Sends as much as fits into the socket's buffer. The descriptors go with the first byte, so with any result above 0
     * they are gone; they stay the caller's to close.
     *
     * @param socket a connected stream socket
     * @param from native memory to send
     * @param fds the descriptors to send along, at most {@link #MAX_FDS}
     * @return the number of bytes, or minus the error (EAGAIN: the buffer is full, nothing was sent)
     */
    public static int send(Fd socket, MemorySegment from, List<Fd> fds) {
        if (fds.size() > MAX_FDS) {
            throw new IllegalArgumentException(fds.size() + " descriptors, at most " + MAX_FDS + " fit into a message");
        }
        List<Fd> held = new ArrayList<>(fds.size() + 1);
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment control = arena.allocate(alignedControl(fds.size()), 8);
            MemorySegment message = message(arena, from, control);
            if (!fds.isEmpty()) {
                control.set(ValueLayout.JAVA_LONG, 0, CMSG_DATA + (long) fds.size() * Integer.BYTES);
                control.set(ValueLayout.JAVA_INT, CMSG_LEVEL, SOL_SOCKET);
                control.set(ValueLayout.JAVA_INT, CMSG_TYPE, SCM_RIGHTS);
            }
            for (Fd fd : fds) {
                int offset = CMSG_DATA + held.size() * Integer.BYTES;
                control.set(ValueLayout.JAVA_INT, offset, fd.acquire());
                held.add(fd);
            }
            int raw = socket.acquire();
            held.add(socket);
            int result = (int) LibC.sendmsg(raw, message.address(), MSG_DONTWAIT | MSG_NOSIGNAL);
            return result < 0 ? -LibC.errno() : result;
        } finally {
            held.forEach(Fd::release);
            Reference.reachabilityFence(from);
        }
    }

    /**
     * Whether it is a Unix stream socket, connected or listening.
     *
     * @param fd any descriptor
     * @return false for anything else
     */
    public static boolean isUnixStream(Fd fd) {
        return option(fd, SO_DOMAIN) == AF_UNIX && option(fd, SO_TYPE) == SOCK_STREAM;
    }

    /**
     * Whether it is a socket that accepts connections (SO_ACCEPTCONN).
     *
     * @param fd any descriptor
     * @return false for a connected socket and for anything else
     */
    public static boolean isListening(Fd fd) {
        return option(fd, SO_ACCEPTCONN) == 1;
    }

    /**
     * Waits until there is something to receive, the peer has gone, or time is up. Blocks: for tools and tests.
     *
     * @param fd a socket, or anything that can be polled
     * @param timeoutMs how long at most, in milliseconds
     * @return false if time is up
     */
    public static boolean awaitReadable(Fd fd, int timeoutMs) {
        return await(fd, POLLIN, timeoutMs);
    }

    /**
     * Waits until something can be sent, the peer has gone, or time is up. Blocks: for tools and tests.
     *
     * @param fd a socket, or anything that can be polled
     * @param timeoutMs how long at most, in milliseconds
     * @return false if time is up
     */
    public static boolean awaitWritable(Fd fd, int timeoutMs) {
        return await(fd, POLLOUT, timeoutMs);
    }

    private static boolean await(Fd fd, short events, int timeoutMs) {
        long end = System.nanoTime() + timeoutMs * 1_000_000L;
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment entry = arena.allocate(8, 8);
            int raw = fd.acquire();
            try {
                entry.set(ValueLayout.JAVA_INT, 0, raw);
                entry.set(ValueLayout.JAVA_SHORT, 4, events);
                int result = LibC.poll(entry.address(), 1, timeoutMs);
                while (result < 0 && LibC.errno() == Errno.EINTR) {
                    int leftMs = (int) Math.max(0, (end - System.nanoTime()) / 1_000_000);
                    result = LibC.poll(entry.address(), 1, leftMs);
                }
                return LibC.check(result, "poll", fd) > 0;
            } finally {
                fd.release();
            }
        }
    }

    private static int option(Fd fd, int option) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment value = arena.allocate(16, 8);
            value.set(ValueLayout.JAVA_INT, 8, Integer.BYTES);
            int raw = fd.acquire();
            try {
                int result = LibC.getsockopt(raw, SOL_SOCKET, option, value.address(), value.address() + 8);
                return result < 0 ? -1 : value.get(ValueLayout.JAVA_INT, 0);
            } finally {
                fd.release();
            }
        }
    }

    private static MemorySegment message(Arena arena, MemorySegment bytes, MemorySegment control) {
        MemorySegment iovec = arena.allocate(16, 8);
        iovec.set(ValueLayout.JAVA_LONG, 0, bytes.address());
        iovec.set(ValueLayout.JAVA_LONG, 8, bytes.byteSize());
        MemorySegment message = arena.allocate(MSG_SIZE, 8);
        message.set(ValueLayout.JAVA_LONG, MSG_IOV, iovec.address());
        message.set(ValueLayout.JAVA_LONG, MSG_IOVLEN, 1);
        message.set(ValueLayout.JAVA_LONG, MSG_CONTROL, control.byteSize() == 0 ? 0 : control.address());
        message.set(ValueLayout.JAVA_LONG, MSG_CONTROLLEN, control.byteSize());
        return message;
    }

    private static long alignedControl(int fds) {
        return fds == 0 ? 0 : (CMSG_DATA + (long) fds * Integer.BYTES + 7) & ~7L;
    }

    /** Owns the descriptors in the control buffer; the kernel never puts two SCM_RIGHTS into one receive. */
    private static List<Fd> readRights(MemorySegment control, long controlBytes) {
        List<Fd> received = new ArrayList<>();
        if (controlBytes < CMSG_DATA
                || control.get(ValueLayout.JAVA_INT, CMSG_LEVEL) != SOL_SOCKET
                || control.get(ValueLayout.JAVA_INT, CMSG_TYPE) != SCM_RIGHTS) {
            return received;
        }
        long end = control.get(ValueLayout.JAVA_LONG, 0);
        for (long offset = CMSG_DATA; offset + Integer.BYTES <= end; offset += Integer.BYTES) {
            received.add(Fd.own(control.get(ValueLayout.JAVA_INT, offset)));
        }
        return received;
    }
}
