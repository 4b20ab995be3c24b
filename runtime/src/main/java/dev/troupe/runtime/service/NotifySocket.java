package dev.troupe.runtime.service;

import dev.troupe.transport.sys.Errno;
import dev.troupe.transport.sys.Fd;
import dev.troupe.transport.sys.SocketFd;
import dev.troupe.transport.sys.SysException;
import dev.troupe.transport.sys.UnixDatagram;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The way to the service manager, sd_notify(3). Any thread; a manager that does not read is waited for a moment only. */
final class NotifySocket {

    private static final int PATIENCE_MS = 2000;

    private final String address;
    private @Nullable Fd socket;

    /**
     * Creates one; it connects when there is something to say.
     *
     * @param address a path, or an abstract name after {@code @}, as {@code NOTIFY_SOCKET} has it
     */
    NotifySocket(String address) {
        this.address = address;
    }

    /**
     * Sends one datagram.
     *
     * @param lines its lines, without an end
     * @param fds descriptors to send along; they stay the caller's
     * @throws SysException if the manager is not there, or does not read
     */
    synchronized void send(String lines, List<Fd> fds) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment bytes = arena.allocateFrom(ValueLayout.JAVA_BYTE, lines.getBytes(StandardCharsets.UTF_8));
            int result = attempt(bytes, fds);
            if (result == -Errno.ECONNREFUSED || result == -Errno.ENOTCONN) {
                // Its socket was made anew, as when systemd is started again in place.
                close();
                result = attempt(bytes, fds);
            }
            if (result < 0) {
                throw new SysException("sendmsg", address, -result);
            }
        }
    }

    private int attempt(MemorySegment bytes, List<Fd> fds) {
        Fd connected = connected();
        int result = SocketFd.send(connected, bytes, fds);
        if (result == -Errno.EAGAIN && SocketFd.awaitWritable(connected, PATIENCE_MS)) {
            result = SocketFd.send(connected, bytes, fds);
        }
        return result;
    }

    private Fd connected() {
        Fd now = socket;
        if (now == null) {
            now = UnixDatagram.connect(address);
            socket = now;
        }
        return now;
    }

    private void close() {
        if (socket != null) {
            socket.close();
            socket = null;
        }
    }
}
