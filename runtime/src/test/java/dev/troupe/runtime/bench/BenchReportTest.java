package dev.troupe.runtime.bench;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.stream.LongStream;
import org.HdrHistogram.Histogram;
import org.junit.jupiter.api.Test;

class BenchReportTest {

    @Test
    void shouldShowPercentilesInMicrosecondsAndLongOnesInMilliseconds() {
        Histogram latency = new Histogram(3);
        LongStream.rangeClosed(1, 100).map(micros -> micros * 1_000).forEach(latency::recordValue);
        latency.recordValue(20_000_000);
        String text = BenchReport.latencyText(latency);
        assertThat(text)
                .startsWith("p50 51.0 us   p90 91.0 us   p99 100.")
                .endsWith("max 20.0 ms")
                .contains("p99.9 20.0 ms");
    }

    @Test
    void shouldShowARateForTheTimeThatPassed() {
        String line = BenchReport.progressLine(new Watch.Progress(3, 1_000, 2 << 20, 500_000_000));
        assertThat(line.strip()).isEqualTo("3 s         2,000 requests/s         4.0 MiB/s");
    }
}
