package dev.troupe.transport.loop;

import dev.troupe.transport.sys.BlockDevice;
import dev.troupe.transport.sys.Errno;
import dev.troupe.transport.sys.Fd;
import dev.troupe.transport.sys.HostFile;
import dev.troupe.transport.sys.IoUring;
import org.jspecify.annotations.Nullable;

/** One file operation under way, pooled by its loop: what is to be done, for which scope, and who is told. */
final class Operation extends Slot {
    /** As many buffers as one call takes ({@code IOV_MAX}); what is beyond makes the operation fall short. */
    private static final int MAX_BUFFERS = 1024;

    /** The offset that stands for a file's own position. */
    private static final long HERE = -1;

    /** What is done. */
    enum Kind {
        READ,
        WRITE,
        SYNC,
        ALLOCATE,
        /** No io_uring can do it. */
        SECURE_ERASE
    }

    Kind kind = Kind.SYNC;

    @Nullable
    Fd file;

    @Nullable
    IoVector vector;

    @Nullable
    IoCompletion completion;

    @Nullable
    ScopeRoom scope;

    /** Of the file. */
    long offset;

    /** Of an allocation or erasure. */
    long lengthBytes;

    /** Of an allocation. */
    int mode;

    /** For a write: onto the medium; for a sync: data only. */
    boolean flag;

    /** Set when it was done by a thread of the pool. */
    int result;

    /** The next one in whichever list it is in. */
    @Nullable
    Operation next;

    private final OperationEnd end;

    Operation(OperationEnd end) {
        this.end = end;
    }

    /** Takes back operations that are through. */
    interface OperationEnd {
        void ended(Operation operation, int result);
    }

    /** Forgets everything of the last use. */
    void clear() {
        file = null;
        vector = null;
        completion = null;
        scope = null;
        offset = 0;
        lengthBytes = 0;
        mode = 0;
        flag = false;
    }

    @Override
    void prepare(IoUring ring) {
        Fd fd = file();
        switch (kind) {
            case READ -> prepareRead(ring, fd, vector());
            case WRITE -> prepareWrite(ring, fd, vector());
            case SYNC -> ring.prepSync(fd, flag, userData);
            case ALLOCATE -> ring.prepAllocate(fd, mode, offset, lengthBytes, userData);
            case SECURE_ERASE -> throw new AssertionError("An erasure in the ring");
        }
    }

    private void prepareRead(IoUring ring, Fd fd, IoVector into) {
        if (into.count() == 1) {
            ring.prepRead(fd, offset, into.addressOf(0), into.lengthOf(0), userData);
        } else {
            ring.prepReadv(fd, offset, into.entriesAddress(), buffers(into), userData);
        }
    }

    private void prepareWrite(IoUring ring, Fd fd, IoVector from) {
        if (from.count() == 1) {
            ring.prepWrite(fd, offset, from.addressOf(0), from.lengthOf(0), flag, userData);
        } else {
            ring.prepWritev(fd, offset, from.entriesAddress(), buffers(from), flag, userData);
        }
    }

    @Override
    void completed(int outcome, boolean more) {
        end.ended(this, outcome);
    }

    /** Does it, on a thread that may block; leaves the outcome in {@link #result}. */
    void runBlocking() {
        try {
            result = switch (kind) {
                case READ -> read();
                case WRITE -> HostFile.tryWrite(file(), vector().entriesAddress(), buffers(vector()), offset, flag);
                case SYNC -> HostFile.trySync(file(), flag);
                case ALLOCATE -> HostFile.tryAllocate(file(), mode, offset, lengthBytes);
                case SECURE_ERASE -> BlockDevice.trySecureErase(file(), offset, lengthBytes);
            };
        } catch (IllegalStateException closed) {
            result = -Errno.EBADF;
        }
    }

    private int read() {
        int got = HostFile.tryRead(file(), vector().entriesAddress(), buffers(vector()), offset);
        // What cannot seek, such as a terminal, has no offsets: as a ring does, read what comes next.
        return got == -Errno.ESPIPE
                ? HostFile.tryRead(file(), vector().entriesAddress(), buffers(vector()), HERE)
                : got;
    }

    /** Whether {@link #readNow} waits for nothing. */
    boolean canReadNow() {
        try {
            return !HostFile.isDirect(file());
        } catch (IllegalStateException closed) {
            return false;
        }
    }

    /**
     * Reads what is at hand without waiting; leaves the outcome in {@link #result}. False if it would have to wait, or if the
     * file cannot be read so.
     */
    boolean readNow() {
        try {
            result = HostFile.tryReadNow(file(), vector().entriesAddress(), buffers(vector()), offset);
        } catch (IllegalStateException closed) {
            result = -Errno.EBADF;
        }
        return result != -Errno.EAGAIN && result != -Errno.EOPNOTSUPP && result != -Errno.ESPIPE;
    }

    private static int buffers(IoVector vector) {
        return Math.min(vector.count(), MAX_BUFFERS);
    }

    private Fd file() {
        if (file == null) {
            throw new AssertionError("An operation without a file");
        }
        return file;
    }

    private IoVector vector() {
        if (vector == null) {
            throw new AssertionError("A transfer without buffers");
        }
        return vector;
    }
}
