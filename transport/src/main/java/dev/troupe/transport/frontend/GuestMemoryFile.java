package dev.troupe.transport.frontend;

import dev.troupe.transport.memory.GuestMemory;
import dev.troupe.transport.memory.MemoryRegion;
import dev.troupe.transport.sys.Fd;
import dev.troupe.transport.sys.HostFile;
import dev.troupe.transport.sys.Mapping;
import dev.troupe.transport.sys.MemFd;
import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;

/**
 * Guest memory as a front end owns it: one memory file, some regions in it, and a simple allocator that never takes
 * anything back before {@link #freeAll()}. The user address of a region is its address in this process. For one thread.
 */
public final class GuestMemoryFile implements AutoCloseable {

    private static final long PAGE_BYTES = 4096;

    private final Fd fd;
    private final Mapping mapping;
    private final List<Region> regions;
    private final long[] usedBytes;

    private GuestMemoryFile(Fd fd, Mapping mapping, List<Region> regions) {
        this.fd = fd;
        this.mapping = mapping;
        this.regions = regions;
        this.usedBytes = new long[regions.size()];
    }

    /** Memory of one region that starts at guest address 0x10000. */
    public static GuestMemoryFile ofSize(long sizeBytes) {
        return create(List.of(new Place(0x10000, sizeBytes)));
    }

    /** The same, but no back end can cut it off under our mapping. */
    public static GuestMemoryFile ofFixedSize(long sizeBytes) {
        return create(List.of(new Place(0x10000, sizeBytes)), true);
    }

    /** Memory of several regions, which follow each other in the file, each at the start of a page. */
    public static GuestMemoryFile create(List<Place> places) {
        return create(places, false);
    }

    private static GuestMemoryFile create(List<Place> places, boolean sealShrink) {
        long fileBytes = 0;
        for (Place place : places) {
            fileBytes += wholePages(place.sizeBytes());
        }
        Fd fd = MemFd.create("troupe-guest", fileBytes, sealShrink);
        try {
            Mapping mapping = Mapping.map(fd, 0, fileBytes, true);
            List<Region> regions = new ArrayList<>();
            long offset = 0;
            for (Place place : places) {
                regions.add(new Region(place.guestAddress(), place.sizeBytes(), mapping.address() + offset, offset));
                offset += wholePages(place.sizeBytes());
            }
            return new GuestMemoryFile(fd, mapping, List.copyOf(regions));
        } catch (RuntimeException e) {
            fd.close();
            throw e;
        }
    }

    private static long wholePages(long bytes) {
        return Math.ceilDiv(bytes, PAGE_BYTES) * PAGE_BYTES;
    }

    /** The regions, for SET_MEM_TABLE or ADD_MEM_REG. */
    public List<Region> regions() {
        return regions;
    }

    /** The memory file; it stays owned by this object. */
    public Fd fd() {
        return fd;
    }

    /** Maps the same memory once more, as a device does. The caller releases the snapshot. */
    public GuestMemory map() {
        List<MemoryRegion> mapped = new ArrayList<>();
        try {
            for (Region region : regions) {
                mapped.add(MemoryRegion.map(
                        region.guestAddress(), region.sizeBytes(), region.userAddress(), fd, region.mmapOffset()));
            }
            return GuestMemory.of(mapped);
        } finally {
            mapped.forEach(MemoryRegion::release);
        }
    }

    /**
     * Takes memory from the first region that has room.
     *
     * @return its guest address
     * @throws IllegalStateException if no region has room
     */
    public long allocate(long bytes, long alignment) {
        for (int i = 0; i < regions.size(); i++) {
            Region region = regions.get(i);
            // Aligned in both address spaces: ring areas are checked by user address.
            long start = Math.ceilDiv(usedBytes[i], alignment) * alignment;
            if (region.sizeBytes() - start >= bytes && (region.guestAddress() + start) % alignment == 0) {
                usedBytes[i] = start + bytes;
                return region.guestAddress() + start;
            }
        }
        throw new IllegalStateException("no region has " + bytes + " bytes left");
    }

    /** Takes back everything that was allocated. */
    public void freeAll() {
        Arrays.fill(usedBytes, 0);
    }

    /** A range of guest memory that lies in one region. */
    public MemorySegment segment(long guestAddress, long bytes) {
        Region region = regionOf(guestAddress);
        long offset = region.mmapOffset() + guestAddress - region.guestAddress();
        return mapping.segment().asSlice(offset, bytes);
    }

    /** The user address that stands for a guest address, for SET_VRING_ADDR. */
    public long userAddress(long guestAddress) {
        Region region = regionOf(guestAddress);
        return region.userAddress() + guestAddress - region.guestAddress();
    }

    private Region regionOf(long guestAddress) {
        for (Region region : regions) {
            long offset = guestAddress - region.guestAddress();
            if (offset >= 0 && offset < region.sizeBytes()) {
                return region;
            }
        }
        throw new IllegalArgumentException("guest address 0x%x is in no region".formatted(guestAddress));
    }

    /** Shrinks the file under everyone's mapping, as a hostile front end might. */
    public void truncate(long bytes) {
        HostFile.truncate(fd, bytes);
    }

    @Override
    public void close() {
        mapping.close();
        fd.close();
    }

    /**
     * Where a region is to lie.
     *
     * @param guestAddress guest physical address
     * @param sizeBytes length, not necessarily whole pages
     */
    public record Place(long guestAddress, long sizeBytes) {}

    /**
     * A region as the protocol describes it.
     *
     * @param guestAddress guest physical address
     * @param sizeBytes length
     * @param userAddress address in this process
     * @param mmapOffset where it starts in the file
     */
    public record Region(long guestAddress, long sizeBytes, long userAddress, long mmapOffset) {}
}
