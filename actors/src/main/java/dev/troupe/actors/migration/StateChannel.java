package dev.troupe.actors.migration;

import dev.troupe.transport.sys.Fd;
import dev.troupe.transport.sys.StreamFd;
import dev.troupe.transport.sys.SysException;
import java.io.ByteArrayOutputStream;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.time.Duration;

/**
 * The way of a state through a descriptor that a front end gave us, which may be anything and may be served by nobody. One
 * thread that may sleep transfers; any thread may cancel.
 */
public final class StateChannel implements AutoCloseable {

    private static final int SLICE_MS = 50;
    private static final int PIECE_BYTES = 64 << 10;

    private final Fd fd;
    private final long idleLimitNanos;
    private final long end;
    private volatile boolean cancelled;
    private long lastProgress;

    /**
     * Takes over a descriptor.
     *
     * @param fd a pipe's end, a socket or a file; owned from now on
     * @param whole how long a transfer may take
     * @param idle how long nothing at all may come or be taken
     */
    public StateChannel(Fd fd, Duration whole, Duration idle) {
        this.fd = fd;
        this.idleLimitNanos = idle.toNanos();
        this.lastProgress = System.nanoTime();
        this.end = lastProgress + whole.toNanos();
    }

    /**
     * Reads until the other side has closed its end.
     *
     * @param limitBytes how much is too much
     * @throws StateException if it takes too long, is too much, or fails
     */
    public byte[] readAll(int limitBytes) {
        ByteArrayOutputStream all = new ByteArrayOutputStream();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment piece = arena.allocate(PIECE_BYTES);
            for (int count = read(piece); count != 0; count = read(piece)) {
                if (all.size() + count > limitBytes) {
                    throw new StateException("more than " + limitBytes + " bytes came");
                }
                all.writeBytes(piece.asSlice(0, count).toArray(ValueLayout.JAVA_BYTE));
            }
            return all.toByteArray();
        } catch (SysException e) {
            throw new StateException(String.valueOf(e.getMessage()));
        }
    }

    private int read(MemorySegment piece) {
        lastProgress = System.nanoTime();
        int count = StreamFd.read(fd, piece, SLICE_MS);
        while (count == StreamFd.NOT_YET) {
            requireTime("nothing came");
            count = StreamFd.read(fd, piece, SLICE_MS);
        }
        requireTime("nothing came");
        return count;
    }

    /**
     * Writes all of it.
     *
     * @throws StateException if it takes too long or fails
     */
    public void writeAll(byte[] bytes) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment left = arena.allocateFrom(ValueLayout.JAVA_BYTE, bytes);
            while (left.byteSize() > 0) {
                int count = StreamFd.write(fd, left.asSlice(0, Math.min(PIECE_BYTES, left.byteSize())), SLICE_MS);
                requireTime("nothing was read");
                if (count != StreamFd.NOT_YET) {
                    lastProgress = System.nanoTime();
                    left = left.asSlice(count);
                }
            }
        } catch (SysException e) {
            throw new StateException(String.valueOf(e.getMessage()));
        }
    }

    private void requireTime(String otherwise) {
        long now = System.nanoTime();
        if (cancelled) {
            throw new StateException("it was given up");
        }
        if (now - end > 0) {
            throw new StateException("it took too long");
        }
        if (now - lastProgress > idleLimitNanos) {
            throw new StateException(otherwise + " for " + idleLimitNanos / 1_000_000 + " ms");
        }
    }

    /** Ends a transfer under way, soon. */
    public void cancel() {
        cancelled = true;
    }

    /** Gives the descriptor up: the other side sees the end. */
    @Override
    public void close() {
        fd.close();
    }
}
