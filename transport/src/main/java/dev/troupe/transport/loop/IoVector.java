package dev.troupe.transport.loop;

import dev.troupe.transport.sys.StreamSocket;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Objects;

/**
 * A list of memory ranges for one read or write: a native array of {@code struct iovec}, which grows.
 *
 * <pre>
 *  each entry:  0  u64 address   8  u64 length in bytes
 * </pre>
 *
 * <p>For one thread. Kept and filled anew for each request, so that a request allocates nothing. The memory it points to is
 * its user's to keep alive.
 */
public final class IoVector {
    private static final int ENTRY_BYTES = 16;
    private static final int LENGTH_OFFSET = 8;

    private MemorySegment entries;
    private int first;
    private int end;
    private long lengthBytes;

    /** An empty list with room for {@code capacity} ranges before it has to grow. */
    public IoVector(int capacity) {
        entries = allocate(Math.max(1, capacity));
    }

    private static MemorySegment allocate(int capacity) {
        return Arena.ofAuto().allocate((long) capacity * ENTRY_BYTES, Long.BYTES);
    }

    /** Takes all ranges out. */
    public void clear() {
        first = 0;
        end = 0;
        lengthBytes = 0;
    }

    /** Appends a range; one of length 0 is left out. */
    public void add(long address, long length) {
        if (length <= 0) {
            if (length < 0) {
                throw new IllegalArgumentException("Negative length: " + length);
            }
            return;
        }
        long total = Math.addExact(lengthBytes, length);
        long at = (long) end * ENTRY_BYTES;
        if (at == entries.byteSize()) {
            MemorySegment larger = allocate(Math.multiplyExact(end, 2));
            larger.copyFrom(entries);
            entries = larger;
        }
        entries.set(ValueLayout.JAVA_LONG, at, address);
        entries.set(ValueLayout.JAVA_LONG, at + LENGTH_OFFSET, length);
        end++;
        lengthBytes = total;
    }

    /** How many ranges there are. */
    public int count() {
        return end - first;
    }

    /** The sum of their lengths. */
    public long lengthBytes() {
        return lengthBytes;
    }

    /** Takes the first {@code bytes} out: they have been transferred by an operation that fell short. */
    public void advance(long bytes) {
        if (bytes < 0 || bytes > lengthBytes) {
            throw new IllegalArgumentException("Cannot advance " + bytes + " of " + lengthBytes + " bytes");
        }
        lengthBytes -= bytes;
        long left = bytes;
        while (left > 0) {
            long at = (long) first * ENTRY_BYTES;
            long length = entries.get(ValueLayout.JAVA_LONG, at + LENGTH_OFFSET);
            if (left < length) {
                entries.set(ValueLayout.JAVA_LONG, at, entries.get(ValueLayout.JAVA_LONG, at) + left);
                entries.set(ValueLayout.JAVA_LONG, at + LENGTH_OFFSET, length - left);
                return;
            }
            left -= length;
            first++;
        }
    }

    /**
     * Fills the ranges with what a socket has, without waiting.
     *
     * @return how many bytes, 0 at the end of the stream, or -errno; the ranges stay as they are
     */
    public int receiveFrom(StreamSocket socket) {
        return socket.receive(entriesAddress(), count());
    }

    /**
     * Sends the ranges, as far as a socket takes them without waiting.
     *
     * @return how many bytes, or -errno; the ranges stay as they are
     */
    public int sendTo(StreamSocket socket) {
        return socket.send(entriesAddress(), count());
    }

    /** The address of range {@code index}. */
    public long addressOf(int index) {
        return entries.get(ValueLayout.JAVA_LONG, offsetOf(index));
    }

    /** The length of range {@code index}. */
    public long lengthOf(int index) {
        return entries.get(ValueLayout.JAVA_LONG, offsetOf(index) + LENGTH_OFFSET);
    }

    private long offsetOf(int index) {
        return (long) (first + Objects.checkIndex(index, count())) * ENTRY_BYTES;
    }

    /** Where the first entry lies, for the kernel. */
    long entriesAddress() {
        return entries.address() + (long) first * ENTRY_BYTES;
    }
}
