package dev.troupe.runtime.service;

import dev.troupe.transport.sys.Fd;
import dev.troupe.transport.sys.SocketFd;
import dev.troupe.transport.sys.SysException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * A descriptor within a descriptor: a socket that has one message waiting, which carries another descriptor.
 *
 * <p>A service manager takes a second descriptor for an open file that it keeps already for the same thing, drops it, and its
 * name with it. But front ends show one memory file as several regions, and what is handed over after a restart is the very
 * file that lies in the store. A socket made for the purpose is never the same as any other.
 */
final class FdWrapper {

    private static final byte MARK = 'F';

    private FdWrapper() {}

    /**
     * Wraps a descriptor.
     *
     * @param fd the descriptor; stays the caller's
     * @return what to store, owned by the caller
     * @throws SysException if there are too many descriptors
     */
    static Fd wrap(Fd fd) {
        List<Fd> ends = SocketFd.messagePair();
        try (Arena arena = Arena.ofConfined();
                Fd sender = ends.getFirst()) {
            int sent = SocketFd.send(sender, arena.allocateFrom(ValueLayout.JAVA_BYTE, MARK), List.of(fd));
            if (sent < 0) {
                throw new SysException("sendmsg", fd.toString(), -sent);
            }
            return ends.getLast();
        } catch (RuntimeException e) {
            ends.getLast().close();
            throw e;
        }
    }

    /**
     * What is in a wrapper, which keeps it as well.
     *
     * @param wrapper what came from the store; stays the caller's
     * @return the descriptor, owned by the caller; empty if this is no wrapper
     */
    static Optional<Fd> unwrap(Fd wrapper) {
        List<Fd> inside = new ArrayList<>();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment mark = arena.allocate(1);
            int result = SocketFd.peek(wrapper, mark, inside);
            if (result == 1 && mark.get(ValueLayout.JAVA_BYTE, 0) == MARK && inside.size() == 1) {
                return Optional.of(inside.getFirst());
            }
        }
        inside.forEach(Fd::close);
        return Optional.empty();
    }
}
