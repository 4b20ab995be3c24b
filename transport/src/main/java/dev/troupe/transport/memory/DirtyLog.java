package dev.troupe.transport.memory;

import dev.troupe.transport.sys.Fd;
import dev.troupe.transport.sys.HostFile;
import dev.troupe.transport.sys.Mapping;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.VarHandle;
import java.nio.ByteOrder;
import java.util.concurrent.atomic.LongAdder;

/**
 * The log of guest pages that the device wrote, kept for live migration (SET_LOG_BASE). One bit stands for a page of
 * 4096 bytes: page {@code p} is bit {@code p % 8} of byte {@code p / 8}, counted from guest physical address 0. The
 * front end fetches and clears bits at the same time, so bits are set atomically.
 *
 * <p>Marks beyond the log are dropped and counted. {@link #mark} may be called by any thread, {@link #close} only after
 * every user is done.
 */
public final class DirtyLog implements AutoCloseable {

    /** Bytes of guest memory that one bit stands for. */
    public static final long PAGE_BYTES = 4096;

    private static final int PAGE_SHIFT = 12;
    private static final VarHandle WORD =
            ValueLayout.JAVA_INT.withOrder(ByteOrder.LITTLE_ENDIAN).varHandle();

    private final Mapping mapping;
    private final Fd fd;
    private final long offset;
    private final long sizeBytes;
    private final MemorySegment log;
    private final long pages;
    private final LongAdder dropped = new LongAdder();

    private DirtyLog(Mapping mapping, Fd fd, long offset, long sizeBytes) {
        this.mapping = mapping;
        this.fd = fd;
        this.offset = offset;
        this.sizeBytes = sizeBytes;
        this.log = mapping.segment();
        this.pages = sizeBytes * Byte.SIZE;
    }

    /**
     * Maps a log. It owns its own duplicate of the descriptor.
     *
     * @param fd the log's file; the caller keeps and closes it
     * @param offset where the log starts in the file; a multiple of 4
     * @param sizeBytes length of the log; a multiple of 4 after rounding up must still lie in the file's last page
     * @throws MemoryAccessException if the range is empty, wraps, is misaligned or reaches beyond the file
     */
    public static DirtyLog map(Fd fd, long offset, long sizeBytes) {
        if (sizeBytes <= 0 || sizeBytes > Long.MAX_VALUE / Byte.SIZE) {
            throw new MemoryAccessException(offset, sizeBytes, "dirty log has an impossible size");
        }
        if (offset < 0 || offset > Long.MAX_VALUE - sizeBytes - Integer.BYTES) {
            throw new MemoryAccessException(offset, sizeBytes, "offset of the dirty log wraps");
        }
        if (offset % Integer.BYTES != 0) {
            throw new MemoryAccessException(offset, sizeBytes, "dirty log is not aligned to 4 bytes");
        }
        if (HostFile.stat(fd).sizeBytes() < offset + sizeBytes) {
            throw new MemoryAccessException(offset, sizeBytes, "dirty log reaches beyond its file");
        }
        // Whole words are mapped: the last one lies in the same page as the last byte, so it exists.
        long wordBytes = (sizeBytes + Integer.BYTES - 1) & -Integer.BYTES;
        Mapping mapping = Mapping.map(fd, offset, wordBytes, true);
        try {
            return new DirtyLog(mapping, fd.duplicate(), offset, sizeBytes);
        } catch (RuntimeException e) {
            mapping.close();
            throw e;
        }
    }

    /**
     * Marks every page that a range of guest memory touches. To be called after the bytes were written and before the
     * driver is told of them.
     *
     * @param guestAddress first byte
     * @param lengthBytes zero or more
     */
    public void mark(long guestAddress, long lengthBytes) {
        if (lengthBytes == 0) {
            return;
        }
        // Guest-controlled: the range decides which bits are set, so it is bounded by the log before any access.
        if (guestAddress < 0 || lengthBytes < 0 || guestAddress > Long.MAX_VALUE - lengthBytes) {
            dropped.increment();
            return;
        }
        long first = guestAddress >>> PAGE_SHIFT;
        long last = (guestAddress + lengthBytes - 1) >>> PAGE_SHIFT;
        if (last >= pages) {
            dropped.increment();
            last = pages - 1;
        }
        while (first <= last) {
            long wordEnd = Math.min(last, first | (Integer.SIZE - 1));
            int count = (int) (wordEnd - first + 1);
            int mask = (-1 >>> (Integer.SIZE - count)) << (first & (Integer.SIZE - 1));
            // Ordering: pairs with the front end's atomic exchange of the same bits; no bit it clears may be lost.
            WORD.getAndBitwiseOr(log, (first >>> 5) * Integer.BYTES, mask);
            first = wordEnd + 1;
        }
    }

    /** How many marks fell beyond the log, wholly or in part. */
    public long droppedMarks() {
        return dropped.sum();
    }

    /** How many pages of guest memory the log covers. */
    public long pages() {
        return pages;
    }

    /** The log's file, owned by the log. */
    public Fd fd() {
        return fd;
    }

    /** Where the log starts in its file. */
    public long offset() {
        return offset;
    }

    /** Length of the log in bytes. */
    public long sizeBytes() {
        return sizeBytes;
    }

    /** Unmaps the log and closes its file; a later mark throws {@link IllegalStateException}. */
    @Override
    public void close() {
        mapping.close();
        fd.close();
    }
}
