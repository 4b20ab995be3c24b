package dev.troupe.transport.ring;

import static org.assertj.core.api.Assertions.assertThat;

import dev.troupe.transport.frontend.BufferList;
import dev.troupe.transport.frontend.SplitDriverQueue;
import dev.troupe.transport.testing.LeakCheck;
import java.util.ArrayList;
import java.util.List;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** Random requests go through both ends; each comes back once, with the bytes the device wrote. */
@ExtendWith(LeakCheck.class)
class RingRoundTripTest {

    private static final int[] SIZES = {1, 2, 8, 64, 256};
    private static final int[] ODD_SIZES = {1, 3, 7, 100, 255};

    record Case(int seed, int size, RingFeatures features, boolean logged) {}

    static Stream<Case> cases() {
        return IntStream.range(0, 96).mapToObj(seed -> {
            boolean packed = (seed & 1) != 0;
            RingFeatures features = new RingFeatures(packed, (seed & 2) != 0, (seed & 4) != 0, (seed & 8) != 0);
            int size = (packed ? ODD_SIZES : SIZES)[seed % 5];
            return new Case(seed, size, features, (seed & 16) != 0);
        });
    }

    @ParameterizedTest
    @MethodSource("cases")
    void shouldReturnEveryRequestOnceWithItsBytesWhenShapesAreRandom(Case given) {
        try (RingFixture rings = given.logged
                ? RingFixture.logged(given.size, given.features)
                : RingFixture.plain(given.size, given.features)) {
            Traffic traffic = new Traffic(rings, new Random(given.seed));
            traffic.run(3000);
            assertThat(traffic.returned).isEqualTo(traffic.sent).isEqualTo(3000);
            assertThat(rings.device.outstanding()).isZero();
            assertThat(rings.driver.outstanding()).isZero();
        }
    }

    @ParameterizedTest
    @MethodSource("cases")
    void shouldGoOnWhenTheQueueIsDrainedAndOpenedAtItsBase(Case given) {
        try (RingFixture rings = given.logged
                ? RingFixture.logged(given.size, given.features)
                : RingFixture.plain(given.size, given.features)) {
            Traffic traffic = new Traffic(rings, new Random(given.seed));
            traffic.run(50);
            rings.reopen(rings.device.base());
            traffic.run(50);
            assertThat(traffic.returned).isEqualTo(100);
        }
    }

    static Stream<Case> splitCases() {
        return cases().filter(c -> !c.features.packed());
    }

    @ParameterizedTest
    @MethodSource("splitCases")
    void shouldGoOnWhenSixteenBitIndicesWrap(Case given) {
        try (RingFixture rings = RingFixture.plain(given.size, given.features)) {
            ((SplitDriverQueue) rings.driver).startAt(65_500);
            rings.reopen(65_500);
            Traffic traffic = new Traffic(rings, new Random(given.seed));
            traffic.run(500);
            assertThat(traffic.returned).isEqualTo(500);
        }
    }

    /** Plays both ends in turns, in random steps. */
    private static final class Traffic {
        private final RingFixture rings;
        private final Random random;
        private final BufferList buffers = new BufferList();
        private final List<DescriptorChain> held = new ArrayList<>();
        private final List<Sent> bySent = new ArrayList<>();
        private int sent;
        private int returned;

        record Sent(long readableBytes, long writableBytes) {}

        Traffic(RingFixture rings, Random random) {
            this.rings = rings;
            this.random = random;
        }

        void run(int requests) {
            int target = sent + requests;
            int turns = 0;
            while (returned < target) {
                assertThat(++turns).as("turns until all is returned").isLessThan(100_000);
                offer(target);
                serve();
                collect();
            }
        }

        private void offer(int target) {
            int burst = random.nextInt(4);
            for (int i = 0; i < burst && sent < target; i++) {
                Sent request = shape();
                if (!rings.driver.add(buffers, sent)) {
                    break;
                }
                bySent.add(request);
                sent++;
            }
            rings.driver.publish();
        }

        private Sent shape() {
            buffers.clear();
            int limit = rings.features.indirect() ? RingFixture.TABLE_ENTRIES : Math.min(rings.size, 6);
            int count = 1 + random.nextInt(limit);
            int readable = random.nextInt(count + 1);
            long[] totals = new long[2];
            for (int i = 0; i < count; i++) {
                boolean write = i >= readable;
                long[] range = place();
                totals[write ? 1 : 0] += range[1];
                append(range, write);
            }
            return new Sent(totals[0], totals[1]);
        }

        /** Somewhere around the border between two regions, so that some buffers cross it. */
        private long[] place() {
            long length = random.nextInt(5) == 0 ? random.nextInt(9000) : random.nextInt(40);
            long address = RingFixture.SECOND - 20_000 + random.nextInt(30_000);
            return new long[] {address, length};
        }

        private void append(long[] range, boolean write) {
            if (write) {
                buffers.writable(range[0], range[1]);
            } else {
                buffers.readable(range[0], range[1]);
            }
        }

        private void serve() {
            int burst = random.nextInt(4);
            for (int i = 0; i < burst; i++) {
                DescriptorChain chain = rings.device.next();
                if (chain == null) {
                    break;
                }
                held.add(chain);
            }
            while (!held.isEmpty() && (random.nextInt(4) != 0 || rings.size == held.size())) {
                finish(held.remove(random.nextInt(held.size())));
            }
            if (random.nextInt(3) != 0 || rings.driver.outstanding() == rings.size) {
                rings.device.publish();
            }
        }

        private void finish(DescriptorChain chain) {
            ChainReader reader = chain.readable();
            ChainWriter writer = chain.writable();
            long bytes = writer.lengthBytes() == 0 ? 0 : random.nextLong(writer.lengthBytes() + 1);
            reader.skip(reader.lengthBytes());
            writer.fill(0x5a, bytes);
            rings.device.complete(chain, bytes);
        }

        private void collect() {
            if (random.nextInt(50) == 0) {
                rings.device.publish();
            }
            while (rings.driver.poll()) {
                Sent request = bySent.get((int) rings.driver.token());
                assertThat(request).as("request is returned once").isNotNull();
                assertThat(rings.driver.usedLengthBytes()).isLessThanOrEqualTo(request.writableBytes);
                bySent.set((int) rings.driver.token(), null);
                returned++;
            }
        }
    }
}
