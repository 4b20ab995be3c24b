package dev.troupe.transport.ring;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import java.lang.foreign.MemorySegment;

/**
 * A driver made of arbitrary bytes: it writes anywhere in its rings, tables and indices while the device's end serves what
 * it finds. Whatever happens, the device may only take, return, or fail its queue.
 */
final class FuzzedRing {

    private static final int SIZE = 8;
    private static final int MAX_STEPS = 200;

    private FuzzedRing() {}

    static void run(FuzzedDataProvider data, boolean packed) {
        RingFeatures features =
                new RingFeatures(packed, data.consumeBoolean(), data.consumeBoolean(), data.consumeBoolean());
        try (RingFixture rings = RingFixture.logged(SIZE, features)) {
            for (int i = 0; i < MAX_STEPS && data.remainingBytes() > 0; i++) {
                disturb(rings, data);
                serve(rings);
            }
        } catch (RingException e) {
            // The queue failed, which is the right end for a driver like this.
            check(e.queueIndex() == 3, "exception names another queue");
        }
    }

    private static void disturb(RingFixture rings, FuzzedDataProvider data) {
        switch (data.consumeInt(0, 4)) {
            case 0 ->
                rings.driver.writeDescriptor(
                        data.consumeInt(0, SIZE - 1),
                        address(data),
                        data.consumeLong(0, 64),
                        data.consumeInt(0, 0xffff),
                        data.consumeInt(0, 9));
            case 1 -> poke(rings.driver.descriptorArea(), data);
            case 2 -> poke(rings.driver.driverArea(), data);
            case 3 -> poke(rings.driver.deviceArea(), data);
            default -> rings.driver.driverArea().set(RingLayout.SHORT_ALIGNED, 2, (short) data.consumeInt(0, 9));
        }
    }

    private static long address(FuzzedDataProvider data) {
        return data.consumeBoolean() ? RingFixture.FIRST + data.consumeLong(0, 512) : data.consumeLong();
    }

    private static void poke(MemorySegment area, FuzzedDataProvider data) {
        area.set(RingLayout.BYTE, data.consumeLong(0, area.byteSize() - 1), data.consumeByte());
    }

    private static void serve(RingFixture rings) {
        for (int i = 0; i < SIZE; i++) {
            DescriptorChain chain = rings.device.next();
            if (chain == null) {
                break;
            }
            check(rings.device.outstanding() <= SIZE, "more requests than descriptors");
            ChainWriter writer = chain.writable();
            long bytes = Math.min(writer.lengthBytes(), 64);
            writer.fill(0x11, bytes);
            rings.device.complete(chain, bytes);
        }
        rings.device.publish();
        rings.device.enableKicks();
    }

    static void check(boolean holds, String otherwise) {
        if (!holds) {
            throw new AssertionError(otherwise);
        }
    }
}
