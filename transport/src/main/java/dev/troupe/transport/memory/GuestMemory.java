package dev.troupe.transport.memory;

import java.lang.foreign.MemorySegment;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;

/**
 * An immutable snapshot of a front end's memory table. Guest addresses and user addresses are two separate maps, each
 * sorted, each searched by halves; neither may overlap in itself.
 *
 * <p>A snapshot retains its regions and is counted itself: {@link #of(List)} starts with one reference, the last
 * {@link #release()} lets the regions go. A queue retains the snapshot it works with, so memory that left the table stays
 * mapped until the last request in it is finished. All methods may be called by any thread.
 */
public final class GuestMemory {

    private final MemoryRegion[] byGuest;
    private final long[] guestStarts;
    private final MemoryRegion[] byUser;
    private final long[] userStarts;
    private final AtomicInteger references = new AtomicInteger(1);

    private GuestMemory(List<MemoryRegion> regions) {
        byGuest = regions.stream()
                .sorted(Comparator.comparingLong(MemoryRegion::guestAddress))
                .toArray(MemoryRegion[]::new);
        byUser = regions.stream()
                .sorted(Comparator.comparingLong(MemoryRegion::userAddress))
                .toArray(MemoryRegion[]::new);
        guestStarts = new long[byGuest.length];
        userStarts = new long[byUser.length];
        for (int i = 0; i < byGuest.length; i++) {
            guestStarts[i] = byGuest[i].guestAddress();
            userStarts[i] = byUser[i].userAddress();
        }
        checkNoOverlap(byGuest, guestStarts, "guest addresses of two regions overlap");
        checkNoOverlap(byUser, userStarts, "user addresses of two regions overlap");
    }

    private static void checkNoOverlap(MemoryRegion[] sorted, long[] starts, String reason) {
        for (int i = 1; i < sorted.length; i++) {
            if (starts[i] - starts[i - 1] < sorted[i - 1].sizeBytes()) {
                throw new MemoryAccessException(starts[i], sorted[i].sizeBytes(), reason);
            }
        }
    }

    /**
     * A snapshot of these regions. Each is retained; the caller keeps its own references.
     *
     * @param regions in any order, perhaps none
     * @throws MemoryAccessException if two of them overlap
     */
    public static GuestMemory of(List<MemoryRegion> regions) {
        GuestMemory memory = new GuestMemory(regions);
        regions.forEach(MemoryRegion::retain);
        return memory;
    }

    /** A new snapshot without any region. */
    public static GuestMemory empty() {
        return of(List.of());
    }

    /**
     * A new snapshot with one more region (ADD_MEM_REG). This one is unchanged.
     *
     * @throws MemoryAccessException if the region overlaps another
     */
    public GuestMemory with(MemoryRegion region) {
        List<MemoryRegion> all = new ArrayList<>(regions());
        all.add(region);
        return of(all);
    }

    /**
     * A new snapshot without one region (REM_MEM_REG). This one is unchanged. As the protocol demands, a region is told
     * by guest address, user address and size together.
     *
     * @throws MemoryAccessException if there is no such region
     */
    public GuestMemory without(long guestAddress, long userAddress, long sizeBytes) {
        List<MemoryRegion> rest = new ArrayList<>(regions());
        boolean removed = rest.removeIf(region -> region.guestAddress() == guestAddress
                && region.userAddress() == userAddress
                && region.sizeBytes() == sizeBytes);
        if (!removed) {
            throw new MemoryAccessException(guestAddress, sizeBytes, "no such region in the memory table");
        }
        return of(rest);
    }

    /** The regions, by guest address. */
    public List<MemoryRegion> regions() {
        return List.of(byGuest);
    }

    /** Takes one more reference. */
    public GuestMemory retain() {
        int before = references.getAndUpdate(count -> count == 0 ? 0 : count + 1);
        if (before == 0) {
            throw new IllegalStateException("memory snapshot is already released");
        }
        return this;
    }

    /** Gives one reference back; the last one releases every region. */
    public void release() {
        int before = references.getAndUpdate(count -> count == 0 ? 0 : count - 1);
        if (before == 0) {
            throw new IllegalStateException("memory snapshot was released too often");
        }
        if (before == 1) {
            for (MemoryRegion region : byGuest) {
                region.release();
            }
        }
    }

    /**
     * Which region holds a guest address.
     *
     * @return the index for {@link #region(int)}, or -1 if no region holds it
     */
    public int indexOfGuest(long guestAddress) {
        return find(guestStarts, byGuest, guestAddress);
    }

    /** The region at an index that {@link #indexOfGuest(long)} gave. */
    public MemoryRegion region(int index) {
        return byGuest[index];
    }

    /** How many regions there are. */
    public int regionCount() {
        return byGuest.length;
    }

    private static int find(long[] starts, MemoryRegion[] sorted, long address) {
        int low = 0;
        int high = starts.length - 1;
        while (low <= high) {
            int middle = (low + high) >>> 1;
            long start = starts[middle];
            if (address < start) {
                high = middle - 1;
            } else if (address - start >= sorted[middle].sizeBytes()) {
                low = middle + 1;
            } else {
                return middle;
            }
        }
        return -1;
    }

    /**
     * A guest range that lies in one region.
     *
     * @param guestAddress first byte
     * @param lengthBytes zero or more
     * @throws MemoryAccessException if the range is not wholly in one region
     */
    public MemorySegment guestRange(long guestAddress, long lengthBytes) {
        int index = find(guestStarts, byGuest, guestAddress);
        if (index < 0) {
            throw new MemoryAccessException(guestAddress, lengthBytes, "guest address is in no region");
        }
        return slice(byGuest[index], guestAddress - guestStarts[index], guestAddress, lengthBytes);
    }

    /**
     * A range of the front end's own addresses (ring areas) that lies in one region.
     *
     * @param userAddress first byte
     * @param lengthBytes zero or more
     * @throws MemoryAccessException if the range is not wholly in one region
     */
    public MemorySegment userRange(long userAddress, long lengthBytes) {
        int index = find(userStarts, byUser, userAddress);
        if (index < 0) {
            throw new MemoryAccessException(userAddress, lengthBytes, "user address is in no region");
        }
        return slice(byUser[index], userAddress - userStarts[index], userAddress, lengthBytes);
    }

    /**
     * Where one of the front end's own addresses lies in the guest.
     *
     * @param userAddress an address within a region
     * @throws MemoryAccessException if it is in none
     */
    public long guestAddressOf(long userAddress) {
        int index = find(userStarts, byUser, userAddress);
        if (index < 0) {
            throw new MemoryAccessException(userAddress, 1, "user address is in no region");
        }
        return byUser[index].guestAddress() + (userAddress - userStarts[index]);
    }

    private static MemorySegment slice(MemoryRegion region, long offset, long address, long lengthBytes) {
        // Both sides are within [0, size]: nothing here can overflow.
        if (lengthBytes < 0 || lengthBytes > region.sizeBytes() - offset) {
            throw new MemoryAccessException(address, lengthBytes, "range reaches beyond its region");
        }
        return region.segment().asSlice(offset, lengthBytes);
    }

    /**
     * Copies guest memory out, across adjacent regions if need be.
     *
     * @param guestAddress first byte
     * @param into receives {@code into.byteSize()} bytes
     * @throws MemoryAccessException if any byte of the range is in no region; some bytes may have been copied by then
     */
    public void copyFromGuest(long guestAddress, MemorySegment into) {
        long done = 0;
        long length = into.byteSize();
        while (done < length) {
            long address = guestAddress + done;
            int index = find(guestStarts, byGuest, address);
            if (index < 0) {
                throw new MemoryAccessException(guestAddress, length, "guest range leaves the memory table");
            }
            MemoryRegion region = byGuest[index];
            long offset = address - guestStarts[index];
            long piece = Math.min(length - done, region.sizeBytes() - offset);
            MemorySegment.copy(region.segment(), offset, into, done, piece);
            done += piece;
        }
    }

    @Override
    public String toString() {
        return "memory table " + regions();
    }
}
