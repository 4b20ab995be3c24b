package dev.troupe.runtime.bench;

import static org.assertj.core.api.Assertions.assertThat;

import org.junit.jupiter.api.Test;

class MeterTest {

    private final Meter meter = new Meter();

    @Test
    void shouldShowAStallThatLastsBeyondTheMeasuredTime() {
        meter.begin();
        meter.finished(1_000, 512);
        meter.end();
        meter.finished(9_000_000, 512);

        assertThat(meter.latencyNanos.getMaxValue()).isGreaterThanOrEqualTo(9_000_000);
        assertThat(meter.requests).isEqualTo(1);
        assertThat(meter.bytes).isEqualTo(512);
    }

    @Test
    void shouldTakeFailuresForNothingButErrors() {
        meter.begin();
        meter.finished(1, -1);
        meter.end();
        meter.finished(1, -1);

        assertThat(meter.errors).isEqualTo(2);
        assertThat(meter.requests).isZero();
        assertThat(meter.latencyNanos.getTotalCount()).isZero();
    }

    @Test
    void shouldMeasureNeitherBeforeNorAfter() {
        meter.finished(1, 512);
        meter.begin();
        meter.end();
        meter.conclude();
        meter.finished(1, 512);

        assertThat(meter.requests).isZero();
        assertThat(meter.latencyNanos.getTotalCount()).isZero();
    }
}
