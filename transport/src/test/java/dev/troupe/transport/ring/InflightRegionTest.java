package dev.troupe.transport.ring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.troupe.transport.frontend.BufferList;
import dev.troupe.transport.memory.MemoryAccessException;
import dev.troupe.transport.sys.Fd;
import dev.troupe.transport.sys.MemFd;
import dev.troupe.transport.testing.LeakCheck;
import java.lang.foreign.MemorySegment;
import java.util.Objects;
import java.util.Random;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;
import org.junit.jupiter.params.provider.ValueSource;

/** The shared memory of in-flight logs, made by us or handed back by a front end that may lie. */
class InflightRegionTest {

    private static final InflightRegion.Shape SHAPE = new InflightRegion.Shape(2, 8, false);

    @Test
    void shouldLayQueuesOutAtMultiplesOfSixtyFourBytes() {
        assertThat(InflightRegion.sizeBytes(1, 8, false)).isEqualTo(192);
        assertThat(InflightRegion.sizeBytes(3, 7, true)).isEqualTo(3 * 256);
    }

    @ParameterizedTest
    @CsvSource({"0,8", "1025,8", "1,0", "1,32769", "65535,65535"})
    void shouldRefuseImpossibleShapes(int queues, int queueSize) {
        assertThatThrownBy(() -> InflightRegion.create(queues, queueSize, true))
                .isInstanceOf(MemoryAccessException.class);
    }

    @ParameterizedTest
    @CsvSource({"0,383", "4,384", "-8,384", "9223372036854775800,384", "8,384"})
    void shouldRefuseARegionThatDoesNotFitItsFile(long offset, long sizeBytes) {
        try (Fd file = MemFd.create("region", 384, false)) {
            assertThatThrownBy(() -> InflightRegion.accept(file, offset, sizeBytes, SHAPE))
                    .isInstanceOf(MemoryAccessException.class);
        }
    }

    @Test
    void shouldAcceptARegionHandedBackWithItsRequests() {
        try (RingFixture rings = RingFixture.logged(8, RingFeatures.SPLIT)) {
            rings.driver.add(new BufferList().writable(RingFixture.SECOND, 8), 9);
            rings.driver.publish();
            rings.take();
            InflightRegion region = Objects.requireNonNull(rings.region);
            try (InflightRegion back = InflightRegion.accept(
                    region.fd(), region.mmapOffset(), region.mmapSizeBytes(), new InflightRegion.Shape(1, 8, false))) {
                assertThat(back.log(0).unfinished()).isEqualTo(1);
                assertThat(back.log(0).isFresh()).isFalse();
                back.clear();
                assertThat(back.log(0).isFresh()).isTrue();
            }
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldNeitherLoopNorCrashWhenTheRegionHoldsRandomBytes(boolean packed) {
        RingFeatures features = packed ? RingFeatures.PACKED : RingFeatures.SPLIT;
        try (RingFixture rings = RingFixture.logged(8, features)) {
            long outcomes = IntStream.range(0, 5000)
                    .filter(seed -> survives(rings, seed))
                    .count();
            assertThat(outcomes).isEqualTo(5000);
        }
    }

    private static boolean survives(RingFixture rings, int seed) {
        Random random = new Random(seed);
        InflightLog log = Objects.requireNonNull(rings.region).log(0);
        MemorySegment bytes = log.log;
        for (long i = 0; i < bytes.byteSize(); i++) {
            int value = random.nextInt(3) == 0 ? random.nextInt(256) : random.nextInt(9) * (int) ((i & 1) ^ 1);
            bytes.set(RingLayout.BYTE, i, (byte) value);
        }
        bytes.set(RingLayout.SHORT, InflightLog.VERSION_OFFSET, (short) 1);
        bytes.set(RingLayout.SHORT, InflightLog.DESC_NUM_OFFSET, (short) 8);
        try {
            rings.reopen();
            while (rings.device.next() != null) {}
            return true;
        } catch (RingException e) {
            return rings.device.outstanding() <= 8;
        }
    }

    @Test
    void shouldNotForgetDescriptorZeroWhenAFreshLogMeetsARingInUse() {
        try (RingFixture rings = RingFixture.logged(8, RingFeatures.SPLIT)) {
            rings.split().startAt(100);
            InflightRegion region = Objects.requireNonNull(rings.region);
            region.clear();
            rings.reopen(100);
            rings.driver.add(new BufferList().writable(RingFixture.SECOND, 8), 9);
            rings.driver.publish();
            assertThat(rings.take().head()).isZero();
            rings.reopen();
            assertThat(rings.device.unfinished()).isEqualTo(1);
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldRefuseALogOfTheOtherFormatOrTooSmallAndKeepNoMemory(boolean packed) {
        LeakCheck.Snapshot before = LeakCheck.snapshot();
        RingFeatures features = packed ? RingFeatures.PACKED : RingFeatures.SPLIT;
        try (RingFixture rings = RingFixture.plain(8, features);
                InflightRegion other = InflightRegion.create(1, 8, !packed);
                InflightRegion small = InflightRegion.create(1, 4, packed)) {
            assertThatThrownBy(() -> VirtQueue.open(rings.setup().withInflightLog(other.log(0))))
                    .isInstanceOf(RingException.class)
                    .hasMessageContaining("not one for");
            assertThatThrownBy(() -> VirtQueue.open(rings.setup().withInflightLog(small.log(0))))
                    .isInstanceOf(RingException.class)
                    .hasMessageContaining("only 4 entries");
        }
        assertThat(LeakCheck.leakedSince(before)).isEmpty();
    }
}
