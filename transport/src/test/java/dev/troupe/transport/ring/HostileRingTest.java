package dev.troupe.transport.ring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.troupe.transport.frontend.BufferList;
import dev.troupe.transport.memory.GuestMemory;
import dev.troupe.transport.memory.MemoryLostException;
import dev.troupe.transport.testing.LeakCheck;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.Arguments;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Drivers that break the rules in ways that both ring formats share; each fails its own queue, with a reason. */
@ExtendWith(LeakCheck.class)
class HostileRingTest {

    private static final int NEXT = RingLayout.FLAG_NEXT;
    private static final int WRITE = RingLayout.FLAG_WRITE;
    private static final int INDIRECT = RingLayout.FLAG_INDIRECT;
    private static final long HERE = RingFixture.SECOND;

    private static RingFeatures features(boolean packed, boolean indirect) {
        return new RingFeatures(packed, true, indirect, false);
    }

    /** One raw chain from slot 0: each row is address, length, flags. */
    private static void offer(RingFixture rings, long[]... descriptors) {
        for (int i = descriptors.length - 1; i >= 0; i--) {
            long[] d = descriptors[i];
            int available = rings.features.packed() ? RingLayout.FLAG_AVAIL : 0;
            rings.driver.writeDescriptor(i, d[0], d[1], (int) d[2] | available, rings.features.packed() ? 0 : i + 1);
        }
        rings.offerRaw();
    }

    private static long[] d(long address, long lengthBytes, int flags) {
        return new long[] {address, lengthBytes, flags};
    }

    private static void table(RingFixture rings, long address, long[]... entries) {
        for (int i = 0; i < entries.length; i++) {
            long[] e = entries[i];
            long word = rings.features.packed() ? e[1] | e[2] << 48 : e[1] | e[2] << 32 | (i + 1L) << 48;
            for (int b = 0; b < 8; b++) {
                rings.file.segment(address + i * 16L + b, 1).set(RingLayout.BYTE, 0, (byte) (e[0] >>> (b * 8)));
                rings.file.segment(address + i * 16L + 8 + b, 1).set(RingLayout.BYTE, 0, (byte) (word >>> (b * 8)));
            }
        }
    }

    static Stream<Arguments> badChains() {
        long end = RingFixture.APART + RingFixture.APART_BYTES;
        return Stream.of(
                bad("outside the memory table", d(0x10, 4, 0)),
                bad("outside the memory table", d(-8L, 16, 0)),
                bad("outside the memory table", d(Long.MAX_VALUE - 3, 8, 0)),
                bad("outside the memory table", d(Long.MIN_VALUE, 8, WRITE)),
                bad("outside the memory table", d(end - 1, 2, WRITE)),
                bad("outside the memory table", d(HERE + RingFixture.REGION_BYTES - 4, 0xffff_ffffL, WRITE)),
                bad("follows a device-writable", d(HERE, 4, WRITE | NEXT), d(HERE, 4, 0)),
                bad("indirect table of 0 bytes", d(HERE, 0, INDIRECT)),
                bad("indirect table of 17 bytes", d(HERE, 17, INDIRECT)),
                bad("more than 65536 entries", d(HERE, 0xffff_fff0L, INDIRECT)),
                bad("indirect table at 0x10 is outside", d(0x10, 32, INDIRECT)));
    }

    private static Arguments bad(String reason, long[]... descriptors) {
        return Arguments.of(reason, descriptors);
    }

    @ParameterizedTest
    @MethodSource("badChains")
    void shouldFailASplitQueueWhenTheChainIsBad(String reason, long[][] descriptors) {
        shouldFail(features(false, true), reason, descriptors);
    }

    @ParameterizedTest
    @MethodSource("badChains")
    void shouldFailAPackedQueueWhenTheChainIsBad(String reason, long[][] descriptors) {
        shouldFail(features(true, true), reason, descriptors);
    }

    private static void shouldFail(RingFeatures features, String reason, long[]... descriptors) {
        try (RingFixture rings = RingFixture.logged(8, features)) {
            offer(rings, descriptors);
            assertThatThrownBy(rings.device::next)
                    .isInstanceOf(RingException.class)
                    .hasMessageContaining("queue 3")
                    .hasMessageContaining(reason);
            assertThatThrownBy(rings.device::next).isSameAs(rings.device.failure());
            assertThat(rings.device.outstanding()).isZero();
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldRefuseIndirectDescriptorsWhenTheyAreNotNegotiated(boolean packed) {
        shouldFail(features(packed, false), "not negotiated", d(HERE, 16, INDIRECT));
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldRefuseATableInsideATable(boolean packed) {
        try (RingFixture rings = RingFixture.plain(8, features(packed, true))) {
            table(rings, HERE, d(HERE + 64, 16, INDIRECT));
            offer(rings, d(HERE, 16, INDIRECT));
            assertThatThrownBy(rings.device::next).hasMessageContaining("inside an indirect table");
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldRefuseAnIndirectDescriptorThatIsContinued(boolean packed) {
        shouldFail(
                features(packed, true),
                packed ? "inside a chain" : "both indirect and continued",
                d(HERE, 16, INDIRECT | NEXT),
                d(HERE, 4, WRITE));
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldReadATableThatCrossesTwoRegions(boolean packed) {
        try (RingFixture rings = RingFixture.plain(8, features(packed, true))) {
            long start = RingFixture.SECOND - 24;
            table(rings, start, d(HERE + 256, 3, NEXT), d(HERE + 300, 5, WRITE | NEXT), d(HERE + 400, 7, WRITE));
            offer(rings, d(start, 48, INDIRECT | WRITE));
            DescriptorChain chain = rings.take();
            assertThat(chain.readable().lengthBytes()).isEqualTo(3);
            assertThat(chain.writable().lengthBytes()).isEqualTo(12);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldFailWhenATableRunsOutOfMemoryInTheMiddle(boolean packed) {
        try (RingFixture rings = RingFixture.plain(8, features(packed, true))) {
            long start = RingFixture.APART + RingFixture.APART_BYTES - 24;
            table(rings, start, d(HERE, 3, NEXT));
            offer(rings, d(start, 32, INDIRECT));
            assertThatThrownBy(rings.device::next).hasMessageContaining("leaves the memory table");
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldSurviveATableThatLiesInTheRingItself(boolean packed) {
        try (RingFixture rings = RingFixture.plain(8, features(packed, true))) {
            offer(rings, d(RingFixture.FIRST, 16, INDIRECT));
            assertThatThrownBy(rings.device::next).isInstanceOf(RingException.class);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldSurviveBuffersThatAliasTheRing(boolean packed) {
        try (RingFixture rings = RingFixture.logged(8, features(packed, true))) {
            offer(rings, d(RingFixture.FIRST, 512, WRITE));
            DescriptorChain chain = rings.take();
            chain.writable().fill(0xff, 512);
            rings.device.complete(chain, 512);
            rings.device.publish();
            assertThat(rings.device.outstanding()).isZero();
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldAcceptBuffersOfNoLengthWhereverTheyPoint(boolean packed) {
        try (RingFixture rings = RingFixture.plain(8, features(packed, true))) {
            offer(rings, d(-1, 0, NEXT), d(HERE, 1, WRITE | NEXT), d(5, 0, WRITE));
            DescriptorChain chain = rings.take();
            assertThat(chain.readable().lengthBytes()).isZero();
            assertThat(chain.writable().lengthBytes()).isEqualTo(1);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldKeepOnlyItsOwnQueueWhenADriverBreaksTheRules(boolean packed) {
        try (RingFixture good = RingFixture.plain(8, features(packed, true));
                RingFixture bad = RingFixture.plain(8, features(packed, true))) {
            offer(bad, d(1, 1, 0));
            assertThatThrownBy(bad.device::next).isInstanceOf(RingException.class);
            good.driver.add(new BufferList().readable(HERE, 8), 7);
            good.driver.publish();
            assertThat(good.take().readable().remaining()).isEqualTo(8);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldCompleteWhatWasTakenWhenTheQueueFailsLater(boolean packed) {
        try (RingFixture rings = RingFixture.logged(8, features(packed, true))) {
            rings.driver.add(new BufferList().writable(HERE, 8), 1);
            rings.driver.add(new BufferList().writable(5, 8), 2);
            rings.driver.publish();
            DescriptorChain chain = rings.take();
            assertThatThrownBy(rings.device::next).isInstanceOf(RingException.class);
            rings.device.complete(chain, 8);
            rings.device.publish();
            assertThat(rings.driver.poll()).isTrue();
            assertThat(rings.driver.token()).isEqualTo(1);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldRefuseAChainThatIsCompletedTwiceOrUsedLate(boolean packed) {
        try (RingFixture rings = RingFixture.plain(8, features(packed, true))) {
            rings.driver.add(new BufferList().writable(HERE, 8), 1);
            rings.driver.publish();
            DescriptorChain chain = rings.take();
            ChainWriter writer = chain.writable();
            assertThatThrownBy(() -> rings.device.complete(chain, 9)).isInstanceOf(IllegalArgumentException.class);
            rings.device.complete(chain, 8);
            assertThatThrownBy(() -> rings.device.complete(chain, 8)).isInstanceOf(IllegalStateException.class);
            assertThatThrownBy(() -> writer.putByte(1)).isInstanceOf(IllegalStateException.class);
            assertThatThrownBy(chain::readable).isInstanceOf(IllegalStateException.class);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldKeepRemovedMemoryMappedUntilTheLastRequestInItIsCompleted(boolean packed) {
        try (RingFixture rings = RingFixture.plain(8, features(packed, true))) {
            var region = rings.memory.regions().get(2);
            rings.driver.add(new BufferList().writable(RingFixture.APART, 8), 1);
            rings.driver.publish();
            DescriptorChain chain = rings.take();
            GuestMemory rest = rings.memory.without(region.guestAddress(), region.userAddress(), region.sizeBytes());
            rings.device.swapMemory(rest);
            assertThat(rings.device.holdsOldMemory()).isTrue();
            chain.writable().putLong(5);
            rings.device.complete(chain, 8);
            assertThat(rings.device.holdsOldMemory()).isFalse();
            rings.device.publish();
            rings.driver.add(new BufferList().writable(RingFixture.APART, 8), 2);
            rings.driver.publish();
            assertThatThrownBy(rings.device::next).hasMessageContaining("outside the memory table");
            rest.release();
            rings.device.close();
            assertThat(region.isMapped()).isTrue();
        }
    }

    @Test
    void shouldReportLostMemoryAndLiveWhenTheFileIsTruncated() {
        for (RingFeatures features : List.of(features(false, true), features(true, true))) {
            try (RingFixture rings = RingFixture.plain(8, features)) {
                rings.driver.add(new BufferList().writable(HERE, 8), 1);
                rings.driver.publish();
                DescriptorChain chain = rings.take();
                rings.file.truncate(0);
                assertThatThrownBy(() -> chain.writable().putLong(1)).matches(MemoryLostException::isMemoryLoss);
                assertThatThrownBy(rings.device::hasAvailable).isInstanceOf(MemoryLostException.class);
                assertThatThrownBy(() -> {
                            rings.device.complete(chain, 8);
                            rings.device.publish();
                        })
                        .isInstanceOf(MemoryLostException.class);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldFailWhenAnIndirectChainHasTooManyBuffers(boolean packed) {
        try (RingFixture rings = RingFixture.plain(8, features(packed, true))) {
            long[][] entries =
                    Stream.generate(() -> d(HERE, 1, NEXT)).limit(1200).toArray(long[][]::new);
            table(rings, HERE + 0x1000, entries);
            offer(rings, d(HERE + 0x1000, 1200 * 16, INDIRECT));
            assertThatThrownBy(rings.device::next).hasMessageContaining("more than 1024 buffers");
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldFailWhenAChainDescribesMoreThanFourGibibytes(boolean packed) {
        try (RingFixture rings = RingFixture.plain(2048, features(packed, true))) {
            long[][] chain = Stream.generate(() -> d(RingFixture.FIRST, 2 * RingFixture.REGION_BYTES, NEXT))
                    .limit(1000)
                    .toArray(long[][]::new);
            offer(rings, chain);
            assertThatThrownBy(rings.device::next).hasMessageContaining("more than 2^32 bytes");
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldServeTheSmallestAndTheLargestQueue(boolean packed) {
        for (int size : new int[] {1, 32768}) {
            try (RingFixture rings = RingFixture.plain(size, new RingFeatures(packed, true, false, false))) {
                BufferList one = new BufferList().writable(HERE, 4);
                long added = Stream.iterate(0L, i -> i + 1)
                        .takeWhile(i -> rings.driver.add(one, i))
                        .count();
                assertThat(added).isEqualTo(size);
                rings.driver.publish();
                long served = Stream.generate(rings.device::next)
                        .takeWhile(c -> c != null)
                        .count();
                assertThat(served).isEqualTo(size);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldFindNothingHoweverOftenItIsKickedInVain(boolean packed) {
        try (RingFixture rings = RingFixture.plain(8, features(packed, true))) {
            for (int i = 0; i < 1_000_000; i++) {
                rings.device.disableKicks();
                assertThat(rings.device.next() == null && !rings.device.publish() && !rings.device.enableKicks())
                        .isTrue();
            }
        }
    }
}
