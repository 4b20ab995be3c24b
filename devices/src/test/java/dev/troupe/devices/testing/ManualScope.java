package dev.troupe.devices.testing;

import dev.troupe.transport.loop.IoCompletion;
import dev.troupe.transport.loop.IoScope;
import dev.troupe.transport.loop.IoVector;
import dev.troupe.transport.loop.WriteMode;
import dev.troupe.transport.sys.BlockDevice;
import dev.troupe.transport.sys.Fd;
import dev.troupe.transport.sys.HostFile;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.List;
import java.util.function.IntSupplier;
import org.jspecify.annotations.Nullable;

/** File operations that wait for the test, are recorded, and fail or fall short when the test says so. */
public final class ManualScope implements IoScope {
    private static final int IOVEC_BYTES = 16;

    private final ManualLoop loop;
    private final ArrayDeque<Pending> pending = new ArrayDeque<>();
    private final ArrayDeque<Integer> planned = new ArrayDeque<>();
    private final List<String> log = new ArrayList<>();
    private long shortenTo = Long.MAX_VALUE;
    private boolean abandoned;

    ManualScope(ManualLoop loop) {
        this.loop = loop;
    }

    /** The next operation ends with this result and is not carried out. */
    public void plan(int result) {
        planned.add(result);
    }

    /** No operation moves more than this at a time. */
    public void shortenTo(long bytes) {
        shortenTo = bytes;
    }

    /** What was asked for, in order, such as {@code "write 512+1024 DSYNC"}. */
    public List<String> log() {
        return log;
    }

    /** Carries out the operation that has waited longest. */
    public boolean finishOne() {
        Pending next = pending.poll();
        if (next == null) {
            return false;
        }
        Integer plannedResult = planned.poll();
        int result = plannedResult != null ? plannedResult : next.work.getAsInt();
        if (!abandoned) {
            next.completion.completed(result);
        }
        return true;
    }

    boolean finishAll() {
        boolean worked = false;
        while (finishOne()) {
            worked = true;
        }
        return worked;
    }

    @Override
    public void read(Fd file, long fileOffset, IoVector into, IoCompletion completion) {
        log.add("read " + fileOffset + "+" + into.lengthBytes());
        add(() -> transfer(file, fileOffset, into, null), completion);
    }

    @Override
    public void write(Fd file, long fileOffset, IoVector from, WriteMode mode, IoCompletion completion) {
        log.add("write " + fileOffset + "+" + from.lengthBytes() + " " + mode);
        add(() -> transfer(file, fileOffset, from, mode), completion);
    }

    @Override
    public void sync(Fd file, boolean dataOnly, IoCompletion completion) {
        log.add("sync");
        add(() -> HostFile.trySync(file, dataOnly), completion);
    }

    @Override
    public void allocate(Fd file, int fallocateMode, long offset, long lengthBytes, IoCompletion completion) {
        log.add("allocate " + fallocateMode + " " + offset + "+" + lengthBytes);
        add(() -> HostFile.tryAllocate(file, fallocateMode, offset, lengthBytes), completion);
    }

    @Override
    public void secureErase(Fd device, long offset, long lengthBytes, IoCompletion completion) {
        log.add("secure erase " + offset + "+" + lengthBytes);
        add(() -> BlockDevice.trySecureErase(device, offset, lengthBytes), completion);
    }

    @Override
    public int inFlight() {
        return pending.size();
    }

    @Override
    public void abandon(Runnable whenQuiet) {
        abandoned = true;
        finishAll();
        loop.execute(whenQuiet);
    }

    private void add(IntSupplier work, IoCompletion completion) {
        if (abandoned) {
            throw new IllegalStateException("An abandoned scope takes no operation");
        }
        pending.add(new Pending(work, completion));
    }

    /** A read where {@code mode} is null, otherwise a write. */
    private int transfer(Fd file, long offset, IoVector vector, @Nullable WriteMode mode) {
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment ranges = arena.allocate((long) vector.count() * IOVEC_BYTES, Long.BYTES);
            long left = shortenTo;
            for (int i = 0; i < vector.count(); i++) {
                long length = Math.min(left, vector.lengthOf(i));
                ranges.set(ValueLayout.JAVA_LONG, (long) i * IOVEC_BYTES, vector.addressOf(i));
                ranges.set(ValueLayout.JAVA_LONG, (long) i * IOVEC_BYTES + Long.BYTES, length);
                left -= length;
            }
            return mode == null
                    ? HostFile.tryRead(file, ranges.address(), vector.count(), offset)
                    : HostFile.tryWrite(file, ranges.address(), vector.count(), offset, mode == WriteMode.DSYNC);
        }
    }

    private record Pending(IntSupplier work, IoCompletion completion) {}
}
