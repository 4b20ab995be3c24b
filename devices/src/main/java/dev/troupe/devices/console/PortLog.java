package dev.troupe.devices.console;

import dev.troupe.actors.device.DeviceContext;
import dev.troupe.transport.ring.ChainReader;
import dev.troupe.transport.sys.Fd;
import dev.troupe.transport.sys.Mapping;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.ByteBuffer;

/**
 * The last bytes that a guest has written to a port, in memory that outlives the process. A byte's position is how many were
 * written before it, ever. Loop thread only.
 *
 * <pre>
 * 0 u64 written: the position of the next byte   8 u64 stored: up to where a file has got them   16 u8 ring[capacity]
 * </pre>
 */
final class PortLog implements AutoCloseable {
    private static final int WRITTEN_OFFSET = 0;
    private static final int STORED_OFFSET = 8;
    private static final int RING_OFFSET = 16;

    private final Mapping mapping;
    private final MemorySegment memory;
    private final MemorySegment ring;
    private final int capacity;
    private long written;

    private PortLog(Mapping mapping, int capacity) {
        this.mapping = mapping;
        this.memory = mapping.segment();
        this.ring = memory.asSlice(RING_OFFSET, capacity);
        this.capacity = capacity;
        this.written = Math.max(0, memory.get(ValueLayout.JAVA_LONG, WRITTEN_OFFSET));
    }

    /** The log of a device's port, as the process before left it. */
    static PortLog open(DeviceContext context, String port, int capacity) {
        try (Fd file = context.keepMemory("log-" + port, (long) RING_OFFSET + capacity)) {
            return new PortLog(Mapping.map(file, 0, (long) RING_OFFSET + capacity, true), capacity);
        }
    }

    /** How many bytes are kept. */
    int capacity() {
        return capacity;
    }

    /** The position of the next byte to come. */
    long written() {
        return written;
    }

    /** The position of the oldest byte that is still there. */
    long oldest() {
        return Math.max(0, written - capacity);
    }

    /** Takes the next bytes of a request in; at most {@link #capacity()}. */
    void append(ChainReader from, int bytes) {
        int at = (int) (written % capacity);
        int first = Math.min(bytes, capacity - at);
        from.copyTo(ring, at, first);
        from.copyTo(ring, 0, (long) bytes - first);
        advance(bytes);
    }

    /** Takes one byte in. */
    void append(byte value) {
        ring.set(ValueLayout.JAVA_BYTE, written % capacity, value);
        advance(1);
    }

    /** After the bytes themselves: a process that ends in between has not heard of them. */
    private void advance(int bytes) {
        written += bytes;
        memory.set(ValueLayout.JAVA_LONG, WRITTEN_OFFSET, written);
    }

    /** Copies bytes from a position that is still there, as many as there are and fit; how many. */
    int read(long position, ByteBuffer into) {
        int bytes = (int) Math.min(into.remaining(), written - position);
        int at = (int) (position % capacity);
        int first = Math.min(bytes, capacity - at);
        into.put(ring.asSlice(at, first).asByteBuffer());
        into.put(ring.asSlice(0, (long) bytes - first).asByteBuffer());
        return bytes;
    }

    /** Up to where a file has got the bytes; what lies before {@link #oldest()} is lost to it. */
    long stored() {
        return Math.clamp(memory.get(ValueLayout.JAVA_LONG, STORED_OFFSET), oldest(), written);
    }

    /** A file has got the bytes up to here. */
    void stored(long position) {
        memory.set(ValueLayout.JAVA_LONG, STORED_OFFSET, position);
    }

    @Override
    public void close() {
        mapping.close();
    }
}
