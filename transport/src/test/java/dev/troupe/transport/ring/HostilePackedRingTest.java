package dev.troupe.transport.ring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.troupe.transport.frontend.BufferList;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Drivers that break the rules of the packed format. */
class HostilePackedRingTest {

    private static final RingFeatures FEATURES = new RingFeatures(true, true, true, false);
    private static final long HERE = RingFixture.SECOND;
    private static final int AVAIL = RingLayout.FLAG_AVAIL;

    @ParameterizedTest
    @ValueSource(ints = {8, 0xffff})
    void shouldFailWhenABufferIdIsBeyondTheRing(int id) {
        try (RingFixture rings = RingFixture.plain(8, FEATURES)) {
            rings.driver.writeDescriptor(0, HERE, 8, AVAIL, id);
            assertThatThrownBy(rings.device::next).hasMessageContaining("buffer id is beyond the ring");
        }
    }

    @Test
    void shouldFailWhenABufferIdIsOfferedTwice() {
        try (RingFixture rings = RingFixture.plain(8, FEATURES)) {
            rings.driver.writeDescriptor(0, HERE, 8, AVAIL, 5);
            rings.driver.writeDescriptor(1, HERE, 8, AVAIL, 5);
            rings.take();
            assertThatThrownBy(rings.device::next).hasMessageContaining("made available twice");
        }
    }

    @Test
    void shouldFailWhenAChainNeverEnds() {
        try (RingFixture rings = RingFixture.plain(8, FEATURES)) {
            for (int i = 0; i < 8; i++) {
                rings.driver.writeDescriptor(i, HERE, 8, AVAIL | RingLayout.FLAG_NEXT, 0);
            }
            assertThatThrownBy(rings.device::next).hasMessageContaining("longer than the free part");
        }
    }

    @Test
    void shouldTakeNothingMoreWhenEverySlotIsTakenWhateverTheWrapBitsSay() {
        try (RingFixture rings = RingFixture.plain(2, FEATURES)) {
            rings.driver.writeDescriptor(0, HERE, 8, AVAIL, 0);
            rings.driver.writeDescriptor(1, HERE, 8, AVAIL, 1);
            rings.take();
            rings.take();
            rings.packed().writeFlags(0, RingLayout.FLAG_USED);
            rings.packed().writeFlags(1, RingLayout.FLAG_USED);
            assertThat(rings.device.next()).isNull();
            assertThat(rings.device.enableKicks()).isFalse();
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0x0002_ffff, 0x0002_7fff, 0x0003_0000, 0xffff_0000})
    void shouldStillPublishWhenTheEventAreaIsNonsense(int event) {
        try (RingFixture rings = RingFixture.plain(8, FEATURES)) {
            rings.driver.driverArea().set(RingLayout.INT_ALIGNED, 0, event);
            for (int i = 0; i < 20; i++) {
                rings.driver.add(new BufferList().writable(HERE, 8), i);
                rings.device.complete(rings.take(), 0);
                rings.device.publish();
                assertThat(rings.driver.poll()).isTrue();
            }
        }
    }

    @ParameterizedTest
    @ValueSource(longs = {8, 0x0008_0000, 0x1_0000_0000L, -2})
    void shouldRefuseToOpenWhenTheBaseIsBeyondTheRing(long base) {
        try (RingFixture rings = RingFixture.plain(8, FEATURES)) {
            VringSetup setup = rings.setup().withBase(base);
            assertThatThrownBy(() -> VirtQueue.open(setup)).isInstanceOf(RingException.class);
        }
    }

    @Test
    void shouldRefuseToGuessTheBaseWhenThereIsNoLog() {
        try (RingFixture rings = RingFixture.plain(8, FEATURES)) {
            VringSetup setup = rings.setup().withBase(VringSetup.BASE_FROM_RING);
            assertThatThrownBy(() -> VirtQueue.open(setup)).hasMessageContaining("cannot tell where it stopped");
        }
    }
}
