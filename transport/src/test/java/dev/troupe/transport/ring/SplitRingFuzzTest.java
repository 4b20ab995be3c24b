package dev.troupe.transport.ring;

import com.code_intelligence.jazzer.api.FuzzedDataProvider;
import com.code_intelligence.jazzer.junit.FuzzTest;

/** Coverage-guided hostile drivers of the split format; runs its seeds in the ordinary build. */
class SplitRingFuzzTest {

    @FuzzTest(maxDuration = "60s")
    void shouldOnlyFailItsQueueWhenTheDriverWritesAnything(FuzzedDataProvider data) {
        FuzzedRing.run(data, false);
    }
}
