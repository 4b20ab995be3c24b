package dev.troupe.actors.testing;

import dev.troupe.transport.frontend.GuestMemoryFile;
import dev.troupe.transport.sys.Fd;
import dev.troupe.transport.sys.Mapping;
import dev.troupe.transport.sys.MemFd;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.util.List;
import java.util.stream.LongStream;

/**
 * What a front end does while it migrates a guest: gives the device a dirty log, and compares the memory with what it was.
 * Pages that changed and are not marked would be lost on the way. Between {@link #look} and {@link #unmarked} only the
 * device may write.
 */
public final class DirtyWatch implements AutoCloseable {

    private static final long LOG_BYTES = 1 << 16;
    private static final int PAGE_BYTES = 4096;

    private final GuestRig guest;
    private final Arena arena = Arena.ofShared();
    private final MemorySegment before;
    private Fd file;
    private Mapping log;

    private DirtyWatch(GuestRig guest) {
        this.guest = guest;
        this.before = arena.allocate(region().sizeBytes());
        this.file = MemFd.create("dirty-log", LOG_BYTES, false);
        this.log = Mapping.map(file, 0, LOG_BYTES, true);
    }

    /** Begins to log everything, in the order in which QEMU does it. */
    public static DirtyWatch begin(GuestRig guest, int queues) {
        DirtyWatch watch = new DirtyWatch(guest);
        guest.frontEnd().setLogBase(LOG_BYTES, 0, watch.file);
        guest.logEverything(true);
        for (int i = 0; i < queues; i++) {
            guest.logRing(i, true);
        }
        return watch;
    }

    /** Gives the device another log, empty, and forgets the one before. */
    public void replaceLog() {
        Fd fresh = MemFd.create("dirty-log", LOG_BYTES, false);
        Mapping freshLog = Mapping.map(fresh, 0, LOG_BYTES, true);
        guest.frontEnd().setLogBase(LOG_BYTES, 0, fresh);
        closeLog();
        file = fresh;
        log = freshLog;
    }

    private GuestMemoryFile.Region region() {
        return guest.memory().regions().getFirst();
    }

    private MemorySegment now() {
        return guest.memory().segment(region().guestAddress(), region().sizeBytes());
    }

    /** Remembers the memory as it is. */
    public void look() {
        before.copyFrom(now());
    }

    /** The guest's pages, by number, that have changed since {@link #look}. */
    public List<Long> changed() {
        return LongStream.range(0, before.byteSize() / PAGE_BYTES)
                .filter(page -> page(now(), page).mismatch(page(before, page)) >= 0)
                .map(page -> page + region().guestAddress() / PAGE_BYTES)
                .boxed()
                .toList();
    }

    private static MemorySegment page(MemorySegment memory, long number) {
        return memory.asSlice(number * PAGE_BYTES, PAGE_BYTES);
    }

    /** Those of them that the log does not name. */
    public List<Long> unmarked() {
        return changed().stream().filter(page -> !isMarked(page)).toList();
    }

    /** Whether the log names the page of a guest address. */
    public boolean names(long guestAddress) {
        return isMarked(guestAddress / PAGE_BYTES);
    }

    private boolean isMarked(long page) {
        return (log.segment().get(ValueLayout.JAVA_BYTE, page / 8) & 1 << page % 8) != 0;
    }

    /** Whether the log names nothing at all. */
    public boolean isEmpty() {
        return log.segment().mismatch(arena.allocate(LOG_BYTES)) < 0;
    }

    /** Clears the log, as a front end does that has fetched what it says. */
    public void clear() {
        log.segment().fill((byte) 0);
    }

    private void closeLog() {
        log.close();
        file.close();
    }

    @Override
    public void close() {
        closeLog();
        arena.close();
    }
}
