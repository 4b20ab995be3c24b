package dev.troupe.transport.loop;

import dev.troupe.transport.sys.Fd;
import org.jspecify.annotations.Nullable;

/** One owner's file I/O; see {@link IoScope}. */
final class ScopeRoom implements IoScope {
    private final LoopThread loop;
    private final String owner;
    private final FailureListener onFailure;
    private int inFlight;
    private boolean abandoned;
    private @Nullable Runnable whenQuiet;

    ScopeRoom(LoopThread loop, String owner, FailureListener onFailure) {
        this.loop = loop;
        this.owner = owner;
        this.onFailure = onFailure;
    }

    @Override
    public void read(Fd file, long fileOffset, IoVector into, IoCompletion completion) {
        Operation operation = begin(Operation.Kind.READ, file, fileOffset, completion);
        operation.vector = into;
        loop.startOperation(operation);
    }

    @Override
    public void write(Fd file, long fileOffset, IoVector from, WriteMode mode, IoCompletion completion) {
        Operation operation = begin(Operation.Kind.WRITE, file, fileOffset, completion);
        operation.vector = from;
        operation.flag = mode == WriteMode.DSYNC;
        if (mode == WriteMode.AT_ONCE) {
            loop.doAtOnce(operation);
        } else {
            loop.startOperation(operation);
        }
    }

    @Override
    public void sync(Fd file, boolean dataOnly, IoCompletion completion) {
        Operation operation = begin(Operation.Kind.SYNC, file, 0, completion);
        operation.flag = dataOnly;
        loop.startOperation(operation);
    }

    @Override
    public void allocate(Fd file, int fallocateMode, long offset, long lengthBytes, IoCompletion completion) {
        Operation operation = begin(Operation.Kind.ALLOCATE, file, offset, completion);
        operation.mode = fallocateMode;
        operation.lengthBytes = lengthBytes;
        loop.startOperation(operation);
    }

    @Override
    public void secureErase(Fd device, long offset, long lengthBytes, IoCompletion completion) {
        Operation operation = begin(Operation.Kind.SECURE_ERASE, device, offset, completion);
        operation.lengthBytes = lengthBytes;
        loop.startOperation(operation);
    }

    private Operation begin(Operation.Kind kind, Fd file, long offset, IoCompletion completion) {
        loop.requireLoop();
        if (abandoned) {
            throw new IllegalStateException("The I/O of " + owner + " has been abandoned");
        }
        if (offset < 0) {
            throw new IllegalArgumentException("Negative file offset: " + offset);
        }
        Operation operation = loop.newOperation();
        operation.kind = kind;
        operation.file = file;
        operation.offset = offset;
        operation.completion = completion;
        operation.scope = this;
        inFlight++;
        return operation;
    }

    @Override
    public int inFlight() {
        loop.requireLoop();
        return inFlight;
    }

    @Override
    public void abandon(Runnable onQuiet) {
        loop.requireLoop();
        if (whenQuiet != null) {
            throw new IllegalStateException("The I/O of " + owner + " has been abandoned already");
        }
        abandoned = true;
        whenQuiet = onQuiet;
        if (inFlight == 0) {
            loop.enqueue(this::quiet);
        }
    }

    /** The loop ends: as {@link #abandon}, unless that was called before. */
    void abandonAtEnd() {
        abandoned = true;
        if (inFlight == 0) {
            loop.forget(this);
        }
    }

    /** One of its operations is through. */
    void ended(@Nullable IoCompletion completion, int result) {
        inFlight--;
        if (!abandoned && completion != null) {
            deliver(completion, result);
        } else if (abandoned && inFlight == 0) {
            quiet();
        }
    }

    // Whatever it is: no failure of one owner may reach the loop that others run on.
    private void deliver(IoCompletion completion, int result) {
        try {
            completion.completed(result);
        } catch (Throwable e) {
            Failures.contain(loop.name(), "the failure listener of " + owner, () -> onFailure.failed(e));
        }
    }

    private void quiet() {
        loop.forget(this);
        if (whenQuiet != null) {
            Failures.contain(loop.name(), "the end of the I/O of " + owner, whenQuiet);
        }
    }
}
