package dev.troupe.transport.ring;

import static org.assertj.core.api.Assertions.assertThat;

import dev.troupe.transport.frontend.BufferList;
import dev.troupe.transport.memory.DirtyLog;
import dev.troupe.transport.sys.Fd;
import dev.troupe.transport.sys.Mapping;
import dev.troupe.transport.sys.MemFd;
import java.util.List;
import java.util.stream.IntStream;
import java.util.stream.Stream;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.MethodSource;
import org.junit.jupiter.params.provider.ValueSource;

/** Who asks whom for a kick or a call, and when; and what a publication records for migration. */
class RingNotificationTest {

    private static final BufferList ONE = new BufferList().writable(RingFixture.SECOND, 8);

    static Stream<RingFeatures> features() {
        return IntStream.range(0, 4).mapToObj(bits -> new RingFeatures((bits & 1) != 0, (bits & 2) != 0, false, false));
    }

    private static void addVisibly(RingFixture rings) {
        rings.driver.add(ONE, 0);
        rings.driver.publish();
    }

    @ParameterizedTest
    @MethodSource("features")
    void shouldCallOnlyWhenTheDriverAskedForIt(RingFeatures features) {
        try (RingFixture rings = RingFixture.plain(8, features)) {
            rings.driver.disableCalls();
            addVisibly(rings);
            rings.device.complete(rings.take(), 8);
            assertThat(rings.device.publish())
                    .as("the first completion always calls")
                    .isTrue();
            rings.driver.poll();
            IntStream.range(0, 30).forEach(i -> {
                addVisibly(rings);
                rings.device.complete(rings.take(), 8);
                assertThat(rings.device.publish()).as("call %d", i).isFalse();
                rings.driver.poll();
            });
            assertThat(rings.driver.enableCalls()).isFalse();
            addVisibly(rings);
            rings.device.complete(rings.take(), 8);
            assertThat(rings.device.publish()).isTrue();
            assertThat(rings.device.publish()).as("nothing new").isFalse();
        }
    }

    @ParameterizedTest
    @MethodSource("features")
    void shouldBeKickedOnlyWhenItAskedForIt(RingFeatures features) {
        try (RingFixture rings = RingFixture.plain(8, features)) {
            rings.driver.add(ONE, 0);
            assertThat(rings.driver.publish()).as("armed when opened").isTrue();
            rings.device.disableKicks();
            rings.take();
            rings.driver.add(ONE, 1);
            assertThat(rings.driver.publish()).as("suppressed").isFalse();
            assertThat(rings.device.enableKicks()).as("came meanwhile").isTrue();
            rings.take();
            assertThat(rings.device.enableKicks()).isFalse();
            rings.driver.add(ONE, 2);
            assertThat(rings.driver.publish()).isTrue();
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldReturnRequestsInOrderWhenThatIsNegotiated(boolean packed) {
        try (RingFixture rings = RingFixture.plain(8, new RingFeatures(packed, true, false, true))) {
            IntStream.range(0, 3).forEach(i -> rings.driver.add(ONE, i));
            rings.driver.publish();
            List<DescriptorChain> taken =
                    IntStream.range(0, 3).mapToObj(i -> rings.take()).toList();
            rings.device.complete(taken.get(2), 3);
            rings.device.complete(taken.get(1), 2);
            assertThat(rings.device.publish()).as("the oldest is missing").isFalse();
            assertThat(rings.driver.poll()).isFalse();
            rings.device.complete(taken.get(0), 1);
            rings.device.publish();
            for (long expected = 0; expected < 3; expected++) {
                assertThat(rings.driver.poll()).isTrue();
                assertThat(rings.driver.token()).isEqualTo(expected);
                assertThat(rings.driver.usedLengthBytes()).isEqualTo(expected + 1);
            }
        }
    }

    @ParameterizedTest
    @ValueSource(booleans = {false, true})
    void shouldRecordWrittenPagesAndTheRingItselfWhenMigrating(boolean packed) {
        try (RingFixture rings = RingFixture.plain(8, new RingFeatures(packed, true, false, false));
                Fd file = MemFd.create("dirty", 4096, false);
                Mapping bits = Mapping.map(file, 0, 4096, true);
                DirtyLog log = DirtyLog.map(file, 0, 4096)) {
            rings.device.logDirtyPages(log, 0x3000);
            BufferList buffers =
                    new BufferList().readable(RingFixture.SECOND, 8).writable(RingFixture.SECOND + 4090, 8);
            rings.driver.add(buffers, 0);
            rings.driver.publish();
            rings.device.complete(rings.take(), 0);
            rings.device.publish();
            rings.device.enableKicks();
            long page = (RingFixture.SECOND >>> 12) / 8;
            assertThat(bits.segment().get(RingLayout.BYTE, 0) & 8)
                    .as("what the front end calls the used ring")
                    .isEqualTo(8);
            // A packed ring itself has no log address of its own; it is marked where it lies.
            long ring = rings.memory.guestAddressOf(rings.driver.areas().descriptorArea()) >>> 12;
            assertThat((bits.segment().get(RingLayout.BYTE, ring / 8) >>> ring % 8 & 1) == 1)
                    .as("the descriptor ring")
                    .isEqualTo(packed);
            assertThat(bits.segment().get(RingLayout.BYTE, page))
                    .as("the buffer")
                    .isEqualTo((byte) 3);
            assertThat(log.droppedMarks()).isZero();
        }
    }
}
