package dev.troupe.transport.ring;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.troupe.transport.memory.MemoryAccessException;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Drivers that break the rules of the split format. */
class HostileSplitRingTest {

    private static final RingFeatures FEATURES = new RingFeatures(false, true, true, false);
    private static final long HERE = RingFixture.SECOND;

    @ParameterizedTest
    @ValueSource(ints = {9, 0x7fff, 0xffff})
    void shouldFailWhenTheAvailableIndexJumpsOrGoesBack(int index) {
        try (RingFixture rings = RingFixture.plain(8, FEATURES)) {
            rings.split().writeAvailIndex(index);
            assertThatThrownBy(rings.device::hasAvailable)
                    .isInstanceOf(RingException.class)
                    .hasMessageContaining("available index jumped from 0 to " + index);
            assertThatThrownBy(rings.device::next).isInstanceOf(RingException.class);
        }
    }

    @Test
    void shouldFailWhenTheIndexGoesBackAfterItWasRead() {
        try (RingFixture rings = RingFixture.plain(8, FEATURES)) {
            rings.driver.writeDescriptor(0, HERE, 8, 0, 0);
            rings.split().writeAvailIndex(1);
            rings.take();
            rings.split().writeAvailIndex(0);
            assertThatThrownBy(rings.device::next).hasMessageContaining("jumped");
        }
    }

    @Test
    void shouldFailWhenAHeadIsBeyondTheTable() {
        try (RingFixture rings = RingFixture.plain(8, FEATURES)) {
            rings.split().writeAvailEntry(0, 8);
            rings.split().writeAvailIndex(1);
            assertThatThrownBy(rings.device::next).hasMessageContaining("beyond the table");
        }
    }

    @Test
    void shouldFailWhenAHeadIsOfferedTwiceUntilItIsReturnedVisibly() {
        try (RingFixture rings = RingFixture.plain(8, FEATURES)) {
            rings.driver.writeDescriptor(0, HERE, 8, RingLayout.FLAG_WRITE, 0);
            rings.split().writeAvailIndex(2);
            DescriptorChain chain = rings.take();
            rings.device.complete(chain, 8);
            assertThatThrownBy(rings.device::next).hasMessageContaining("made available twice");
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1})
    void shouldFailWhenAChainRunsInACircle(int next) {
        try (RingFixture rings = RingFixture.plain(8, FEATURES)) {
            rings.driver.writeDescriptor(0, HERE, 8, RingLayout.FLAG_NEXT, next);
            rings.driver.writeDescriptor(1, HERE, 8, RingLayout.FLAG_NEXT, 0);
            rings.split().writeAvailIndex(1);
            assertThatThrownBy(rings.device::next).hasMessageContaining("longer than the queue");
        }
    }

    @Test
    void shouldFailWhenNextIsBeyondTheTable() {
        try (RingFixture rings = RingFixture.plain(8, FEATURES)) {
            rings.driver.writeDescriptor(0, HERE, 8, RingLayout.FLAG_NEXT, 8);
            rings.split().writeAvailIndex(1);
            assertThatThrownBy(rings.device::next).hasMessageContaining("next descriptor 8");
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 1, 7})
    void shouldFailWhenAnIndirectTableRunsInACircleOrBeyondItself(int next) {
        try (RingFixture rings = RingFixture.plain(8, FEATURES)) {
            rings.driver.writeDescriptor(0, RingFixture.FIRST + 16, 16, RingLayout.FLAG_INDIRECT, 0);
            rings.driver.writeDescriptor(1, HERE, 8, RingLayout.FLAG_NEXT, next);
            rings.split().writeAvailIndex(1);
            assertThatThrownBy(rings.device::next).hasMessageContaining("indirect table");
        }
    }

    @Test
    void shouldAcceptDirectDescriptorsBeforeTheIndirectOne() {
        try (RingFixture rings = RingFixture.plain(8, FEATURES)) {
            rings.driver.writeDescriptor(0, HERE, 8, RingLayout.FLAG_NEXT, 1);
            rings.driver.writeDescriptor(1, RingFixture.FIRST + 32, 16, RingLayout.FLAG_INDIRECT, 0);
            rings.driver.writeDescriptor(2, HERE, 5, RingLayout.FLAG_WRITE, 0);
            rings.split().writeAvailIndex(1);
            DescriptorChain chain = rings.take();
            assertThat(chain.readable().lengthBytes()).isEqualTo(8);
            assertThat(chain.writable().lengthBytes()).isEqualTo(5);
        }
    }

    @ParameterizedTest
    @ValueSource(ints = {0, 3, 12, 65536})
    void shouldRefuseToOpenWhenTheSizeIsNoPowerOfTwo(int size) {
        try (RingFixture rings = RingFixture.plain(8, FEATURES)) {
            VringSetup setup = VringSetup.of(0, size, FEATURES, rings.driver.areas(), rings.memory);
            assertThatThrownBy(() -> VirtQueue.open(setup)).isInstanceOf(RingException.class);
        }
    }

    @Test
    void shouldRefuseToOpenWhenAnAreaIsMisalignedOrOutside() {
        try (RingFixture rings = RingFixture.plain(8, FEATURES)) {
            RingAreas good = rings.driver.areas();
            RingAreas misaligned = new RingAreas(good.descriptorArea(), good.driverArea() + 1, good.deviceArea());
            RingAreas outside = new RingAreas(good.descriptorArea(), good.driverArea(), 64);
            VringSetup setup = rings.setup();
            assertThatThrownBy(() -> VirtQueue.open(VringSetup.of(0, 8, FEATURES, misaligned, setup.memory())))
                    .isInstanceOf(MemoryAccessException.class)
                    .hasMessageContaining("not aligned");
            assertThatThrownBy(() -> VirtQueue.open(VringSetup.of(0, 8, FEATURES, outside, setup.memory())))
                    .isInstanceOf(MemoryAccessException.class);
            assertThatThrownBy(() -> VirtQueue.open(setup.withBase(65536))).isInstanceOf(RingException.class);
        }
    }
}
