package dev.troupe.transport.ring;

import static org.assertj.core.api.Assertions.assertThat;

import dev.troupe.transport.frontend.BufferList;
import java.util.ArrayList;
import java.util.BitSet;
import java.util.List;
import java.util.Objects;
import java.util.Random;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;

/** A queue dies between any two writes to its in-flight log; a new one takes over; each request comes back once. */
class InflightCrashTest {

    record Case(int seed, int size, RingFeatures features) {}

    static Stream<Case> cases() {
        return IntStream.range(0, 64).mapToObj(seed -> {
            boolean packed = (seed & 1) != 0;
            RingFeatures features = new RingFeatures(packed, (seed & 2) != 0, (seed & 4) != 0, (seed & 8) != 0);
            return new Case(seed, packed ? 5 + seed % 9 : 16 >> (seed % 3), features);
        });
    }

    @ParameterizedTest
    @MethodSource("cases")
    void shouldReturnEveryRequestOnceWhenTheQueueDiesAgainAndAgain(Case given) {
        Random random = new Random(given.seed);
        try (RingFixture rings = RingFixture.logged(given.size, given.features)) {
            Life life = new Life(rings, random);
            life.run(2000, () -> 1 + random.nextInt(60));
            assertThat(life.returned.cardinality()).isEqualTo(2000);
            assertThat(life.deaths).isGreaterThan(50);
            assertThat(rings.device.outstanding()).isZero();
            assertThat(Objects.requireNonNull(rings.device.log).unfinished()).isZero();
        }
    }

    @ParameterizedTest
    @MethodSource("cases")
    void shouldReturnEveryRequestOnceWhenTheQueueDiesAtEachStepInTurn(Case given) {
        for (int step = 1; step <= 120; step++) {
            int first = step;
            try (RingFixture rings = RingFixture.logged(given.size, given.features)) {
                Life life = new Life(rings, new Random(given.seed));
                life.run(20, () -> life.deaths == 0 ? first : Integer.MAX_VALUE);
                assertThat(life.returned.cardinality())
                        .as("death at step %d", step)
                        .isEqualTo(20);
            }
        }
    }

    @Test
    void shouldHandOutUnfinishedRequestsOldestFirstAndMarkedWhenReopened() {
        for (RingFeatures features : List.of(RingFeatures.SPLIT, RingFeatures.PACKED)) {
            try (RingFixture rings = RingFixture.logged(8, features)) {
                BufferList one = new BufferList().writable(RingFixture.SECOND, 4);
                IntStream.range(0, 5).forEach(i -> rings.driver.add(one, i));
                rings.driver.publish();
                List<DescriptorChain> taken =
                        IntStream.range(0, 4).mapToObj(i -> rings.take()).toList();
                rings.device.complete(taken.get(1), 4);
                rings.device.publish();
                List<Integer> heads = List.of(
                        taken.get(0).head(), taken.get(2).head(), taken.get(3).head());

                rings.reopen();

                assertThat(rings.device.unfinished()).isEqualTo(3);
                assertThat(rings.device.hasAvailable()).isTrue();
                List<DescriptorChain> again =
                        IntStream.range(0, 3).mapToObj(i -> rings.take()).toList();
                assertThat(again).extracting(DescriptorChain::head).isEqualTo(heads);
                assertThat(again).allMatch(DescriptorChain::resubmitted);
                assertThat(rings.take().resubmitted()).isFalse();
                assertThat(rings.device.next()).isNull();
            }
        }
    }

    @Test
    void shouldGoOnWhereTheLogSaysWhenAPackedRingIsGivenTheBaseOfAnEarlierStart() {
        try (RingFixture rings = RingFixture.logged(8, RingFeatures.PACKED)) {
            BufferList one = new BufferList().writable(RingFixture.SECOND, 4);
            IntStream.range(0, 3).forEach(i -> {
                rings.driver.add(one, i);
                rings.driver.publish();
                rings.device.complete(rings.take(), 4);
                rings.device.publish();
            });

            // All a front end knows when a back end has died: where the ring stood when it was set up.
            rings.reopen(0x8000_8000L);

            assertThat(rings.device.next()).isNull();
            rings.driver.add(one, 3);
            rings.driver.publish();
            assertThat(rings.take().resubmitted()).isFalse();
        }
    }

    private static final class Death extends RuntimeException {
        private static final long serialVersionUID = 1L;

        Death() {
            super("dead", null, false, false);
        }
    }

    private interface Steps {
        int untilDeath();
    }

    private static final class Life {
        private final RingFixture rings;
        private final Random random;
        private final BufferList buffers = new BufferList();
        private final List<DescriptorChain> held = new ArrayList<>();
        private final BitSet returned = new BitSet();
        private final BitSet seen = new BitSet();
        private int sent;
        private int deaths;
        private int stepsLeft;
        private long lastResubmitted = -1;

        Life(RingFixture rings, Random random) {
            this.rings = rings;
            this.random = random;
        }

        void run(int requests, Steps steps) {
            arm(steps);
            int turns = 0;
            while (returned.cardinality() < requests) {
                assertThat(++turns).as("turns until all is returned").isLessThan(100_000);
                offer(requests);
                try {
                    serve();
                } catch (Death e) {
                    takeOver(steps);
                }
                collect();
            }
        }

        private void arm(Steps steps) {
            stepsLeft = steps.untilDeath();
            Objects.requireNonNull(rings.device.log).onStep(() -> {
                if (--stepsLeft == 0) {
                    throw new Death();
                }
            });
        }

        private void takeOver(Steps steps) {
            deaths++;
            held.clear();
            lastResubmitted = -1;
            rings.reopen();
            if (random.nextInt(4) == 0) {
                rings.reopen();
            }
            arm(steps);
        }

        private void offer(int requests) {
            int burst = random.nextInt(5);
            for (int i = 0; i < burst && sent < requests; i++) {
                long slot = RingFixture.SECOND + 0x10_0000 + sent * 8L;
                rings.file.segment(slot, 8).set(RingLayout.LONG, 0, sent);
                buffers.clear().readable(slot, 8);
                int more = random.nextInt(Math.min(3, rings.size));
                IntStream.range(0, more).forEach(j -> buffers.writable(RingFixture.SECOND + j * 64L, 32));
                if (!rings.driver.add(buffers, sent)) {
                    break;
                }
                sent++;
            }
            rings.driver.publish();
        }

        private void serve() {
            int burst = random.nextInt(4);
            for (int i = 0; i < burst; i++) {
                DescriptorChain chain = rings.device.next();
                if (chain == null) {
                    break;
                }
                check(chain);
                held.add(chain);
            }
            while (!held.isEmpty() && random.nextInt(3) != 0) {
                DescriptorChain chain = held.remove(random.nextInt(held.size()));
                rings.device.complete(chain, chain.writable().lengthBytes());
            }
            if (random.nextInt(3) == 0) {
                rings.device.publish();
            }
        }

        private void check(DescriptorChain chain) {
            long token = chain.readable().getLong();
            assertThat(returned.get((int) token))
                    .as("request %d was returned", token)
                    .isFalse();
            if (chain.resubmitted()) {
                assertThat(token).as("unfinished requests come oldest first").isGreaterThan(lastResubmitted);
                lastResubmitted = token;
            } else {
                assertThat(seen.get((int) token))
                        .as("request %d was handed out before", token)
                        .isFalse();
            }
            seen.set((int) token);
        }

        private void collect() {
            while (rings.driver.poll()) {
                int token = (int) rings.driver.token();
                assertThat(returned.get(token))
                        .as("request %d returned twice", token)
                        .isFalse();
                returned.set(token);
            }
        }
    }
}
