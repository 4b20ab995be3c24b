package dev.troupe.devices.storage;

import dev.troupe.transport.loop.IoCompletion;
import dev.troupe.transport.loop.IoVector;
import dev.troupe.transport.loop.WriteMode;
import dev.troupe.transport.ring.ChainCursor;
import dev.troupe.transport.ring.ChainReader;
import dev.troupe.transport.ring.ChainWriter;
import dev.troupe.transport.sys.DirectIo;
import dev.troupe.transport.sys.Errno;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/**
 * One read or write of a file on its way: goes on after short results, cuts what is large into pieces so that no guest
 * holds up the event loop, and carries what direct I/O cannot take through an aligned buffer. Pooled, one a slot.
 */
final class FileTransfer implements IoCompletion {
    /** The most that one operation moves: page-cache hits are copied on the loop. */
    static final long PIECE_BYTES = 1 << 20;

    /** The most ranges that the kernel takes in one operation (IOV_MAX). */
    private static final int MAX_RANGES = 1024;

    private static final int FIRST_RANGES = 8;
    private static final int MAX_RETRIES = 16;
    /** A longer write gains nothing from being done by the loop, and keeps it from other queues. */
    private static final long MAX_INLINE_BYTES = 64 << 10;

    private static final int ZERO_BYTES = 64 << 10;
    private static final int PAGE_BYTES = 4096;

    // Never written to.
    private static final MemorySegment ZEROS = Arena.global().allocate(ZERO_BYTES, PAGE_BYTES);

    private final FileLane lane;
    private final int slot;
    private final IoVector vector = new IoVector(FIRST_RANGES);

    /** The waiting line of {@link BounceBuffers}. */
    @Nullable
    FileTransfer nextWaiting;

    private @Nullable ChainWriter into;
    private @Nullable ChainReader from;

    /** Where a read goes that is not for the guest. */
    private @Nullable MemorySegment own;

    private @Nullable MemorySegment bounce;
    private WriteMode mode = WriteMode.PLAIN;
    private long offset;
    private long left;
    private int retries;

    /** What of a read is in the bounce buffer but not yet in the guest's, and where it began. */
    private long bounced;

    FileTransfer(FileLane lane, int slot) {
        this.lane = lane;
        this.slot = slot;
    }

    void read(long offsetBytes, long lengthBytes, ChainWriter target) {
        begin(offsetBytes, lengthBytes, target, null, WriteMode.PLAIN);
    }

    void fetch(long offsetBytes, MemorySegment target) {
        own = target;
        begin(offsetBytes, target.byteSize(), null, null, WriteMode.PLAIN);
    }

    void write(long offsetBytes, long lengthBytes, ChainReader source, boolean durable) {
        boolean inline = lane.backend().inlineWrites() && lengthBytes <= MAX_INLINE_BYTES;
        WriteMode plain = inline ? WriteMode.AT_ONCE : WriteMode.PLAIN;
        begin(offsetBytes, lengthBytes, null, source, durable ? WriteMode.DSYNC : plain);
    }

    /** Writes zeros; whoever wants them durable flushes. */
    void zero(long offsetBytes, long lengthBytes) {
        begin(offsetBytes, lengthBytes, null, null, WriteMode.PLAIN);
    }

    private void begin(
            long offsetBytes,
            long lengthBytes,
            @Nullable ChainWriter target,
            @Nullable ChainReader source,
            WriteMode writeMode) {
        offset = offsetBytes;
        left = lengthBytes;
        into = target;
        from = source;
        mode = writeMode;
        retries = 0;
        nextPiece();
    }

    private void nextPiece() {
        vector.clear();
        ChainCursor cursor = into != null ? into : from;
        MemorySegment target = own;
        if (target != null) {
            vector.add(target.address() + target.byteSize() - left, Math.min(left, PIECE_BYTES));
            submit();
            return;
        }
        if (cursor == null) {
            fillWithZeros(Math.min(left, PIECE_BYTES));
            submit();
            return;
        }
        long start = cursor.position();
        fill(cursor, Math.min(left, PIECE_BYTES));
        if (isAligned()) {
            submit();
            return;
        }
        cursor.seek(start);
        vector.clear();
        BounceBuffers buffers = lane.bounce();
        MemorySegment buffer = buffers == null ? null : buffers.take(this);
        if (buffer != null) {
            bounceWith(buffer);
        }
    }

    private void fill(ChainCursor cursor, long lengthBytes) {
        long wanted = lengthBytes;
        while (wanted > 0 && vector.count() < MAX_RANGES) {
            long range = Math.min(wanted, cursor.contiguousBytes());
            cursor.addTo(vector, range);
            wanted -= range;
        }
    }

    private void fillWithZeros(long lengthBytes) {
        long wanted = lengthBytes;
        while (wanted > 0) {
            long range = Math.min(wanted, ZERO_BYTES);
            vector.add(ZEROS.address(), range);
            wanted -= range;
        }
    }

    private boolean isAligned() {
        if (lane.bounce() == null) {
            return true;
        }
        DirectIo alignment = lane.backend().alignment();
        for (int i = 0; i < vector.count(); i++) {
            if (vector.addressOf(i) % alignment.memoryBytes() != 0
                    || vector.lengthOf(i) % alignment.offsetBytes() != 0) {
                return false;
            }
        }
        return true;
    }

    /** Goes on with an aligned buffer that has become free. */
    void bounceWith(MemorySegment buffer) {
        bounce = buffer;
        bounced = Math.min(left, BounceBuffers.BUFFER_BYTES);
        if (from != null) {
            from.copyTo(buffer, 0, bounced);
        }
        vector.add(buffer.address(), bounced);
        submit();
    }

    private boolean reads() {
        return into != null || own != null;
    }

    private void submit() {
        if (reads()) {
            lane.io().read(lane.file(), offset, vector, this);
        } else {
            lane.io().write(lane.file(), offset, vector, mode, this);
        }
    }

    @Override
    public void completed(int result) {
        if (result == -Errno.EINTR || result == -Errno.EAGAIN) {
            if (++retries <= MAX_RETRIES) {
                submit();
                return;
            }
        }
        if (result <= 0) {
            // Nothing at all: the file ends before the disk does, somebody cut it.
            end(result == 0 ? -Errno.EIO : result);
            return;
        }
        offset += result;
        left -= result;
        vector.advance(result);
        if (vector.lengthBytes() > 0) {
            submit();
            return;
        }
        returnBounce(true);
        if (left > 0) {
            nextPiece();
        } else {
            end(0);
        }
    }

    private void returnBounce(boolean complete) {
        MemorySegment buffer = bounce;
        BounceBuffers buffers = lane.bounce();
        if (buffer == null || buffers == null) {
            return;
        }
        if (complete && into != null) {
            into.copyFrom(buffer, 0, bounced);
        }
        bounce = null;
        buffers.give(buffer);
    }

    private void end(int result) {
        returnBounce(false);
        String what = reads() ? "Read" : "Write";
        own = null;
        into = null;
        from = null;
        lane.answered(slot, what, result);
    }
}
