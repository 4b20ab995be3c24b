package dev.troupe.runtime.upgrade;

import dev.troupe.runtime.upgrade.Packet.Word;
import dev.troupe.transport.sys.Errno;
import dev.troupe.transport.sys.Fd;
import dev.troupe.transport.sys.SocketFd;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;

/**
 * The socket between a process and its successor: a SEQPACKET pair, so a packet arrives whole with its descriptors or not at
 * all, and the death of either side is seen by the other at once. One thread at a time.
 */
final class HandOverWire implements AutoCloseable {

    /** As many as one message of the kernel carries. */
    static final int MOST_FDS = SocketFd.MAX_FDS;

    /** Names of 253 descriptors, each as long as it may be, fit. */
    private static final int LONGEST_BYTES = 128 * 1024;

    private static final int SEND_PATIENCE_MS = 5000;

    private final Fd socket;
    private final MemorySegment buffer = Arena.ofAuto().allocate(LONGEST_BYTES);

    /** Creates one over a socket, which it owns. */
    HandOverWire(Fd socket) {
        this.socket = socket;
    }

    /** Sends a packet; its descriptors stay the caller's. */
    void send(Packet packet) throws HandOverException {
        List<String> text = new ArrayList<>(packet.lines());
        text.addFirst(packet.word().name());
        byte[] bytes = String.join("\n", text).getBytes(StandardCharsets.UTF_8);
        if (bytes.length > LONGEST_BYTES) {
            throw new HandOverException("A message of the hand-over is too long (" + bytes.length + " bytes).");
        }
        MemorySegment.copy(bytes, 0, buffer, ValueLayout.JAVA_BYTE, 0, bytes.length);
        MemorySegment message = buffer.asSlice(0, bytes.length);
        int result = SocketFd.send(socket, message, packet.fds());
        if (result == -Errno.EAGAIN && SocketFd.awaitWritable(socket, SEND_PATIENCE_MS)) {
            result = SocketFd.send(socket, message, packet.fds());
        }
        if (result < 0) {
            throw new HandOverException("The other process cannot be told anything: " + Errno.describe(-result) + ".");
        }
    }

    /**
     * Waits for a packet.
     *
     * @param timeout how long
     * @throws HandOverException if none comes, or the other process is gone, or it says that it failed
     */
    Packet receive(Duration timeout) throws HandOverException {
        if (!SocketFd.awaitReadable(socket, (int) Math.min(Integer.MAX_VALUE, timeout.toMillis()))) {
            throw new HandOverException("The other process said nothing for " + timeout.toMillis() + " ms.");
        }
        List<Fd> fds = new ArrayList<>();
        int length = SocketFd.receive(socket, buffer, fds);
        if (length <= 0) {
            throw new HandOverException("The other process has ended; its log says why.");
        }
        Packet packet = decode(length, fds);
        if (packet.word() == Word.FAILED) {
            packet.closeFds();
            throw new HandOverException(String.join(" ", packet.lines()));
        }
        return packet;
    }

    /** Waits for a packet of one kind, which has no descriptors. */
    Packet expect(Word word, Duration timeout) throws HandOverException {
        Packet packet = receive(timeout);
        packet.closeFds();
        if (packet.word() != word) {
            throw new HandOverException("The other process said " + packet.word() + " where " + word
                    + " was expected. The two programs do not fit together.");
        }
        return packet;
    }

    private Packet decode(int length, List<Fd> fds) throws HandOverException {
        byte[] bytes = buffer.asSlice(0, length).toArray(ValueLayout.JAVA_BYTE);
        List<String> lines = new String(bytes, StandardCharsets.UTF_8).lines().toList();
        try {
            return new Packet(Word.valueOf(lines.getFirst()), lines.subList(1, lines.size()), fds);
        } catch (IllegalArgumentException e) {
            fds.forEach(Fd::close);
            throw new HandOverException("The other process said something unknown: " + lines.getFirst());
        }
    }

    @Override
    public void close() {
        socket.close();
    }
}
