package dev.troupe.devices.vsock;

import dev.troupe.transport.loop.IoVector;
import dev.troupe.transport.ring.ChainReader;
import dev.troupe.transport.ring.ChainWriter;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * Bytes on their way in one direction: a ring that one thread fills and one empties, without locks. It has no memory while it
 * has never held anything.
 *
 * <p>One of messages keeps the pieces of packets apart: before each stands a u32, its length with the packet's flags
 * ({@link VsockWire#VIRTIO_VSOCK_SEQ_EOM}, {@link VsockWire#VIRTIO_VSOCK_SEQ_EOR}) in the two highest bits. There is room for
 * twice the window then, so for a full window of pieces of 4 bytes.
 */
final class Pipe {
    private static final ValueLayout.OfByte BYTE = ValueLayout.JAVA_BYTE;
    private static final int HEADER_BYTES = 4;
    private static final int FLAGS_SHIFT = 30;
    private static final int LENGTH_MASK = (1 << FLAGS_SHIFT) - 1;

    private final PipeMemory pool;
    private final boolean messages;
    private final int capacity;

    /** Written by the filling thread before {@link #written}, which shows it to the other. */
    private @Nullable MemorySegment memory;

    // Ordering: each is written by one thread after the bytes it speaks of (volatile store) and read by the other
    // before it
    // touches them (volatile load).
    private volatile long written;
    private volatile long emptied;

    /** How many bytes, without headers, were taken out; written by the emptying thread. */
    private volatile long passed;

    /** How many whole messages were put in and taken out; each written and read by the thread that does so. */
    private volatile long messagesPut;

    private long messagesTaken;

    private boolean inPiece;
    private int left;
    private int pieceFlags;
    private int takenFlags;

    /**
     * @param messages whether pieces are kept apart
     * @param window how many bytes it has room for
     */
    Pipe(PipeMemory pool, boolean messages, int window) {
        this.pool = pool;
        this.messages = messages;
        this.capacity = bytes(messages, window);
    }

    /** How much memory a pipe takes. */
    static int bytes(boolean messages, int window) {
        int power = Integer.highestOneBit(Math.max(1, window - 1)) << 1;
        return messages ? 2 * power : power;
    }

    private int at(long position) {
        return (int) (position & (capacity - 1));
    }

    // ---- the thread that fills it

    /** Room for one more piece of at most so many bytes; negative if there is none. */
    int room() {
        return capacity - (int) (written - emptied) - (messages ? HEADER_BYTES : 0);
    }

    private MemorySegment memoryToFill() {
        MemorySegment ring = memory;
        if (ring == null) {
            ring = pool.take(capacity);
            memory = ring;
        }
        return ring;
    }

    /**
     * Puts a piece in; of messages none that neither has bytes nor ends one, which costs the guest nothing.
     *
     * @return false if there is no room; then nothing was put in or read
     */
    boolean put(ChainReader from, int bytes, int flags) {
        if (bytes == 0 && !endsMessage(flags)) {
            return true;
        }
        if (bytes > room()) {
            return false;
        }
        MemorySegment ring = memoryToFill();
        long begin = begin(ring, bytes, flags);
        int first = Math.min(bytes, capacity - at(begin));
        from.copyTo(ring, at(begin), first);
        from.copyTo(ring, 0, bytes - first);
        filled(begin + bytes, flags);
        return true;
    }

    /** Puts as much of a stream in as there is room for; how much that is. */
    int put(MemorySegment from) {
        int bytes = (int) Math.min(from.byteSize(), room());
        MemorySegment ring = memoryToFill();
        long begin = written;
        int first = Math.min(bytes, capacity - at(begin));
        MemorySegment.copy(from, 0, ring, at(begin), first);
        MemorySegment.copy(from, first, ring, 0, bytes - first);
        written = begin + bytes;
        return bytes;
    }

    /** Writes a piece's header, if there are any; where the bytes begin. */
    private long begin(MemorySegment ring, int bytes, int flags) {
        long position = written;
        if (!messages) {
            return position;
        }
        int header = bytes | flags << FLAGS_SHIFT;
        for (int i = 0; i < HEADER_BYTES; i++) {
            ring.set(BYTE, at(position + i), (byte) (header >>> (i * Byte.SIZE)));
        }
        return position + HEADER_BYTES;
    }

    /** Lets a vector point to the room of a piece of so many bytes, no more than {@link #room()}. */
    void reserve(IoVector vector, int bytes) {
        addTo(vector, memoryToFill(), written + (messages ? HEADER_BYTES : 0), bytes);
    }

    /** What was reserved has been filled so far. */
    void commit(int bytes, int flags) {
        filled(begin(memoryToFill(), bytes, flags) + bytes, flags);
    }

    private void filled(long position, int flags) {
        written = position;
        if (endsMessage(flags)) {
            long before = messagesPut;
            messagesPut = before + 1;
        }
    }

    /** How many bytes the other side has taken since the beginning. */
    long passed() {
        return passed;
    }

    // ---- the thread that empties it

    /** Whether there is nothing to take. */
    boolean isEmpty() {
        return !inPiece && written == emptied;
    }

    /** Takes out up to so many bytes, of one piece. */
    int take(ChainWriter into, int most) {
        long end = written;
        MemorySegment ring = memoryToEmpty();
        if (!inPiece) {
            open(ring, end);
        }
        int bytes = Math.min(most, left);
        int first = Math.min(bytes, capacity - at(emptied));
        into.copyFrom(ring, at(emptied), first);
        into.copyFrom(ring, 0, bytes - first);
        took(bytes);
        return bytes;
    }

    /** Takes out as much of a stream as there is, and room for; how much that is. */
    int take(MemorySegment into) {
        long begin = emptied;
        int bytes = (int) Math.min(into.byteSize(), written - begin);
        int first = Math.min(bytes, capacity - at(begin));
        MemorySegment.copy(memoryToEmpty(), at(begin), into, 0, first);
        MemorySegment.copy(memoryToEmpty(), 0, into, first, bytes - first);
        drop(bytes);
        return bytes;
    }

    private MemorySegment memoryToEmpty() {
        return Objects.requireNonNull(memory);
    }

    private void open(MemorySegment ring, long end) {
        inPiece = true;
        if (messages) {
            int header = header(ring, emptied);
            left = header & LENGTH_MASK;
            pieceFlags = header >>> FLAGS_SHIFT;
            skip(HEADER_BYTES);
        } else {
            left = (int) (end - emptied);
            pieceFlags = 0;
        }
    }

    private int header(MemorySegment ring, long position) {
        int header = 0;
        for (int i = 0; i < HEADER_BYTES; i++) {
            header |= (ring.get(BYTE, at(position + i)) & 0xff) << (i * Byte.SIZE);
        }
        return header;
    }

    private void took(int bytes) {
        left -= bytes;
        inPiece = left > 0;
        takenFlags = inPiece ? 0 : pieceFlags;
        countTaken(takenFlags);
        drop(bytes);
    }

    private void skip(int bytes) {
        long position = emptied;
        emptied = position + bytes;
    }

    /** The flags of the piece whose last byte {@link #take} took out; 0 if there is more of it. */
    int takenFlags() {
        return takenFlags;
    }

    /** Lets a vector point to all there is, of a stream. */
    void gather(IoVector vector) {
        addTo(vector, memoryToEmpty(), emptied, (int) (written - emptied));
    }

    /** So many bytes of a stream have gone. */
    void drop(int bytes) {
        long before = passed;
        passed = before + bytes;
        skip(bytes);
    }

    /** Whether there is a whole message. */
    boolean holdsMessage() {
        return messagesPut != messagesTaken;
    }

    private static boolean endsMessage(int flags) {
        return (flags & VsockWire.VIRTIO_VSOCK_SEQ_EOM) != 0;
    }

    private void countTaken(int flags) {
        messagesTaken += endsMessage(flags) ? 1 : 0;
    }

    /**
     * Lets a vector point to the next message, which is whole.
     *
     * @return false if it is in more pieces than one call can send
     */
    boolean gatherMessage(IoVector vector) {
        long position = emptied;
        boolean last = false;
        while (!last) {
            int header = header(memoryToEmpty(), position);
            position += HEADER_BYTES;
            addTo(vector, memoryToEmpty(), position, header & LENGTH_MASK);
            if (vector.count() > RxBatch.MOST_RANGES) {
                return false;
            }
            position += header & LENGTH_MASK;
            last = endsMessage(header >>> FLAGS_SHIFT);
        }
        return true;
    }

    /** The next message, which is whole, has gone. */
    void dropMessage() {
        boolean last = false;
        while (!last) {
            int header = header(memoryToEmpty(), emptied);
            skip(HEADER_BYTES);
            drop(header & LENGTH_MASK);
            last = endsMessage(header >>> FLAGS_SHIFT);
        }
        messagesTaken++;
    }

    /** Takes all out, unread. */
    void clear() {
        while (!isEmpty()) {
            if (!inPiece) {
                open(memoryToEmpty(), written);
            }
            took(left);
        }
    }

    private void addTo(IoVector vector, MemorySegment ring, long position, int bytes) {
        int first = Math.min(bytes, capacity - at(position));
        vector.add(ring.address() + at(position), first);
        vector.add(ring.address(), bytes - first);
    }

    /** Gives its memory back; nobody uses the pipe until it is filled again, by the same thread that emptied it. */
    void release() {
        MemorySegment ring = memory;
        if (ring != null) {
            memory = null;
            pool.giveBack(ring);
        }
    }
}
