package dev.troupe.transport.ring;

import dev.troupe.transport.frontend.DriverQueue;
import dev.troupe.transport.frontend.GuestMemoryFile;
import dev.troupe.transport.frontend.PackedDriverQueue;
import dev.troupe.transport.frontend.SplitDriverQueue;
import dev.troupe.transport.memory.GuestMemory;
import java.util.List;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/** Both ends of one queue over real shared memory, mapped twice; the memory has two adjacent regions and one apart. */
final class RingFixture implements AutoCloseable {

    static final long FIRST = 0x10_0000;
    static final long REGION_BYTES = 0x40_0000;
    static final long SECOND = FIRST + REGION_BYTES;
    static final long APART = 0x4000_0000;
    static final long APART_BYTES = 0x1_0123;

    static final int TABLE_ENTRIES = 16;

    final GuestMemoryFile file;
    final GuestMemory memory;
    final DriverQueue driver;
    final int size;
    final RingFeatures features;
    final @Nullable InflightRegion region;
    VirtQueue device;

    private RingFixture(int size, RingFeatures features, boolean logged) {
        this.size = size;
        this.features = features;
        file = GuestMemoryFile.create(List.of(
                new GuestMemoryFile.Place(FIRST, REGION_BYTES),
                new GuestMemoryFile.Place(SECOND, REGION_BYTES),
                new GuestMemoryFile.Place(APART, APART_BYTES)));
        memory = file.map();
        driver = DriverQueue.create(file, size, features, Math.min(TABLE_ENTRIES, 1 << 16));
        region = logged ? InflightRegion.create(1, size, features.packed()) : null;
        device = VirtQueue.open(setup());
    }

    static RingFixture plain(int size, RingFeatures features) {
        return new RingFixture(size, features, false);
    }

    static RingFixture logged(int size, RingFeatures features) {
        return new RingFixture(size, features, true);
    }

    VringSetup setup() {
        VringSetup setup = VringSetup.of(3, size, features, driver.areas(), memory);
        return region == null ? setup : setup.withInflightLog(region.log(0));
    }

    /** Opens the device's end anew, as after a crash: nothing of the old one is used. */
    void reopen() {
        reopen(VringSetup.BASE_FROM_RING);
    }

    void reopen(long base) {
        device.close();
        device = VirtQueue.open(setup().withBase(base));
    }

    SplitDriverQueue split() {
        return (SplitDriverQueue) driver;
    }

    PackedDriverQueue packed() {
        return (PackedDriverQueue) driver;
    }

    /** A request that must be there. */
    DescriptorChain take() {
        return Objects.requireNonNull(device.next(), "no request is available");
    }

    /** Makes raw descriptors 0 to count-1 available: one chain that starts at 0. */
    void offerRaw() {
        if (features.packed()) {
            return;
        }
        split().writeAvailEntry(0, 0);
        split().writeAvailIndex(1);
    }

    @Override
    public void close() {
        device.close();
        memory.release();
        if (region != null) {
            region.close();
        }
        file.close();
    }
}
