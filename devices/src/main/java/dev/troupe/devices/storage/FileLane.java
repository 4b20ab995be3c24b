package dev.troupe.devices.storage;

import dev.troupe.actors.device.QueueContext;
import dev.troupe.transport.loop.IoScope;
import dev.troupe.transport.ring.ChainReader;
import dev.troupe.transport.ring.ChainWriter;
import dev.troupe.transport.sys.Errno;
import dev.troupe.transport.sys.Fd;
import dev.troupe.transport.sys.HostFile;
import java.lang.foreign.MemorySegment;
import org.jspecify.annotations.Nullable;

/** One queue's way to a file: straight between the guest's buffers and the file, through the queue's event loop. */
final class FileLane implements StorageLane {
    private static final int FREE = HostFile.FALLOC_PUNCH_HOLE | HostFile.FALLOC_KEEP_SIZE;
    private static final int ZERO = HostFile.FALLOC_ZERO_RANGE | HostFile.FALLOC_KEEP_SIZE;

    private final FileBackend backend;
    private final QueueContext queue;
    private final Answers answers;
    private final FlushGate flushes;
    private final @Nullable BounceBuffers bounce;
    private final @Nullable FileTransfer[] transfers;
    private boolean closed;

    FileLane(FileBackend backend, QueueContext queue, Answers answers) {
        this.backend = backend;
        this.queue = queue;
        this.answers = answers;
        this.flushes = new FlushGate(this, queue.size());
        this.bounce = backend.alignment().offsetBytes() > 1
                ? new BounceBuffers(backend.alignment().memoryBytes())
                : null;
        this.transfers = new @Nullable FileTransfer[queue.size()];
    }

    @Override
    public void read(int slot, long offsetBytes, long lengthBytes, ChainWriter into) {
        transfer(slot).read(offsetBytes, lengthBytes, into);
    }

    @Override
    public void fetch(int slot, long offsetBytes, MemorySegment into) {
        transfer(slot).fetch(offsetBytes, into);
    }

    @Override
    public void write(int slot, long offsetBytes, long lengthBytes, ChainReader from, boolean durable) {
        transfer(slot).write(offsetBytes, lengthBytes, from, durable);
    }

    @Override
    public void flush(int slot) {
        flushes.add(slot);
    }

    @Override
    public void discard(int slot, long offsetBytes, long lengthBytes) {
        queue.io().allocate(file(), FREE, offsetBytes, lengthBytes, result -> discarded(slot, result));
    }

    /** To give space back is a service, not a duty: where the host cannot, the request has still been carried out. */
    private void discarded(int slot, int result) {
        answered(slot, "Discard", result == -Errno.EOPNOTSUPP ? 0 : result);
    }

    @Override
    public void writeZeroes(int slot, long offsetBytes, long lengthBytes, boolean unmap) {
        if (backend.zeroesByWriting()) {
            transfer(slot).zero(offsetBytes, lengthBytes);
            return;
        }
        queue.io().allocate(file(), unmap ? FREE : ZERO, offsetBytes, lengthBytes, result -> {
            if (result == -Errno.EOPNOTSUPP) {
                backend.zeroByWriting();
                transfer(slot).zero(offsetBytes, lengthBytes);
            } else {
                answered(slot, "Write zeroes", result);
            }
        });
    }

    @Override
    public void secureErase(int slot, long offsetBytes, long lengthBytes) {
        queue.io().secureErase(file(), offsetBytes, lengthBytes, result -> answered(slot, "Secure erase", result));
    }

    @Override
    public void close() {
        closed = true;
    }

    void answered(int slot, String what, int result) {
        if (closed) {
            return;
        }
        if (result < 0) {
            backend.health().failed(what, -result);
        } else {
            backend.health().succeeded();
        }
        answers.answered(slot, result);
    }

    boolean isClosed() {
        return closed;
    }

    Fd file() {
        return backend.file();
    }

    IoScope io() {
        return queue.io();
    }

    FileBackend backend() {
        return backend;
    }

    /** Memory for what does not meet the alignment of direct I/O; null where there is none to meet. */
    @Nullable
    BounceBuffers bounce() {
        return bounce;
    }

    private FileTransfer transfer(int slot) {
        FileTransfer transfer = transfers[slot];
        if (transfer == null) {
            transfer = new FileTransfer(this, slot);
            transfers[slot] = transfer;
        }
        return transfer;
    }
}
