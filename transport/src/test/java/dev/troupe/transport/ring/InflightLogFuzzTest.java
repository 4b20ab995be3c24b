package dev.troupe.transport.ring;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import com.code_intelligence.jazzer.junit.FuzzTest;
import java.lang.foreign.MemorySegment;
import java.util.Objects;

/** Coverage-guided contents of an in-flight region handed back by a front end; runs its seeds in the ordinary build. */
class InflightLogFuzzTest {

    @FuzzTest(maxDuration = "60s")
    void shouldOnlyRefuseOrRecoverWhenTheRegionHoldsAnything(FuzzedDataProvider data) {
        RingFeatures features = data.consumeBoolean() ? RingFeatures.PACKED : RingFeatures.SPLIT;
        try (RingFixture rings = RingFixture.logged(8, features)) {
            MemorySegment log = Objects.requireNonNull(rings.device.log).log;
            boolean keepVersion = data.consumeBoolean();
            byte[] contents = data.consumeRemainingAsBytes();
            long bytes = Math.min(contents.length, log.byteSize());
            MemorySegment.copy(MemorySegment.ofArray(contents), 0, log, 0, bytes);
            if (keepVersion) {
                log.set(RingLayout.SHORT, InflightLog.VERSION_OFFSET, (short) 1);
                log.set(RingLayout.SHORT, InflightLog.DESC_NUM_OFFSET, (short) 8);
            }
            rings.reopen();
            while (rings.device.next() != null) {
                FuzzedRing.check(rings.device.outstanding() <= 8, "more requests than descriptors");
            }
        } catch (RingException e) {
            FuzzedRing.check(e.queueIndex() == 3, "exception names another queue");
        }
    }
}
