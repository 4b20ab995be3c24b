package dev.troupe.transport.memory;

import dev.troupe.transport.sys.Fd;
import dev.troupe.transport.sys.HostFile;
import dev.troupe.transport.sys.Mapping;
import java.lang.foreign.MemorySegment;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * One region of a front end's memory, mapped. It is counted: whoever keeps it retains it, and the last release unmaps
 * it and closes its descriptor. The creator starts with one reference. Retain and release may be called by any thread.
 *
 * <p>A region has any size in bytes (it need not be whole pages, and may be larger than 2 GiB) and three addresses: the
 * guest's (descriptors), the front end's own (ring addresses, SET_VRING_ADDR), and ours (system calls).
 */
public final class MemoryRegion {

    private static final long ADDRESS_LIMIT = Long.MAX_VALUE;

    private final long guestAddress;
    private final long sizeBytes;
    private final long userAddress;
    private final long mmapOffset;
    private final MemorySegment segment;
    private final @Nullable Mapping mapping;
    private final @Nullable Fd fd;
    private final AtomicInteger references = new AtomicInteger(1);

    private MemoryRegion(
            RegionPlace place, long mmapOffset, MemorySegment segment, @Nullable Mapping mapping, @Nullable Fd fd) {
        this.guestAddress = place.guestAddress();
        this.sizeBytes = place.sizeBytes();
        this.userAddress = place.userAddress();
        this.mmapOffset = mmapOffset;
        this.segment = segment;
        this.mapping = mapping;
        this.fd = fd;
    }

    /**
     * Maps a region that a front end described (SET_MEM_TABLE, ADD_MEM_REG). The region owns its own duplicate of the
     * descriptor; the caller keeps and closes the one it passed.
     *
     * @param guestAddress guest physical address of the first byte
     * @param sizeBytes length, positive
     * @param userAddress address of the first byte in the front end's address space
     * @param fd the memory file
     * @param mmapOffset where the region starts in the file
     * @throws MemoryAccessException if an address wraps, the size is not positive, or the file is too short
     */
    public static MemoryRegion map(long guestAddress, long sizeBytes, long userAddress, Fd fd, long mmapOffset) {
        RegionPlace place = new RegionPlace(guestAddress, sizeBytes, userAddress);
        checkPlace(place);
        checkFile(fd, mmapOffset, sizeBytes);
        Mapping mapping = Mapping.map(fd, mmapOffset, sizeBytes, true);
        try {
            return new MemoryRegion(place, mmapOffset, mapping.segment(), mapping, fd.duplicate());
        } catch (RuntimeException e) {
            mapping.close();
            throw e;
        }
    }

    /**
     * A region over memory that is owned by someone else, for tests and for drivers inside this process.
     *
     * @param guestAddress guest physical address of the first byte
     * @param userAddress address of the first byte in the front end's address space
     * @param segment native memory; must outlive the region
     * @throws MemoryAccessException if an address wraps or the segment is empty
     */
    public static MemoryRegion over(long guestAddress, long userAddress, MemorySegment segment) {
        RegionPlace place = new RegionPlace(guestAddress, segment.byteSize(), userAddress);
        checkPlace(place);
        return new MemoryRegion(place, 0, segment, null, null);
    }

    private static void checkPlace(RegionPlace place) {
        long size = place.sizeBytes();
        if (size <= 0) {
            throw new MemoryAccessException(place.guestAddress(), size, "region size is not positive");
        }
        if (place.guestAddress() < 0 || place.guestAddress() > ADDRESS_LIMIT - size) {
            throw new MemoryAccessException(place.guestAddress(), size, "guest address of the region wraps");
        }
        if (place.userAddress() < 0 || place.userAddress() > ADDRESS_LIMIT - size) {
            throw new MemoryAccessException(place.userAddress(), size, "user address of the region wraps");
        }
    }

    private static void checkFile(Fd fd, long offset, long sizeBytes) {
        if (offset < 0 || offset > Long.MAX_VALUE - sizeBytes) {
            throw new MemoryAccessException(offset, sizeBytes, "offset of the region wraps");
        }
        long fileBytes = HostFile.stat(fd).sizeBytes();
        if (fileBytes < offset + sizeBytes) {
            throw new MemoryAccessException(
                    offset, sizeBytes, "region reaches beyond its file of 0x%x bytes".formatted(fileBytes));
        }
    }

    /**
     * Takes one more reference.
     *
     * @return this region
     * @throws IllegalStateException if the region is already unmapped
     */
    public MemoryRegion retain() {
        int before = references.getAndUpdate(count -> count == 0 ? 0 : count + 1);
        if (before == 0) {
            throw new IllegalStateException("region " + this + " is already unmapped");
        }
        return this;
    }

    /**
     * Gives one reference back; the last one unmaps the region.
     *
     * @throws IllegalStateException if there is no reference left to give back
     */
    public void release() {
        int before = references.getAndUpdate(count -> count == 0 ? 0 : count - 1);
        if (before == 0) {
            throw new IllegalStateException("region " + this + " was released too often");
        }
        if (before == 1) {
            unmap();
        }
    }

    private void unmap() {
        if (mapping != null) {
            mapping.close();
        }
        if (fd != null) {
            fd.close();
        }
    }

    /** The mapped bytes; an access after the unmapping throws. */
    public MemorySegment segment() {
        return segment;
    }

    /** Our own address of the first byte, for vectors handed to the kernel. */
    public long hostAddress() {
        return segment.address();
    }

    /** Guest physical address of the first byte. */
    public long guestAddress() {
        return guestAddress;
    }

    /** Address of the first byte in the front end's address space. */
    public long userAddress() {
        return userAddress;
    }

    /** Length in bytes. */
    public long sizeBytes() {
        return sizeBytes;
    }

    /** Where the region starts in its file. */
    public long mmapOffset() {
        return mmapOffset;
    }

    /**
     * The memory file, owned by the region.
     *
     * @throws IllegalStateException if the region was made over memory of someone else
     */
    public Fd fd() {
        if (fd == null) {
            throw new IllegalStateException("region " + this + " has no file");
        }
        return fd;
    }

    /** True while someone holds a reference. */
    public boolean isMapped() {
        return references.get() > 0;
    }

    @Override
    public String toString() {
        return "guest 0x%x + 0x%x (user 0x%x, offset 0x%x)".formatted(guestAddress, sizeBytes, userAddress, mmapOffset);
    }

    private record RegionPlace(long guestAddress, long sizeBytes, long userAddress) {}
}
