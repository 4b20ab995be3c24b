package dev.troupe.actors.device;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import java.time.Duration;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class QuantitiesTest {

    @ParameterizedTest
    @CsvSource({
        "0, 0",
        "4096, 4096",
        "1 B, 1",
        "1kB, 1000",
        "64 KiB, 65536",
        "64K, 65536",
        "2 MB, 2000000",
        "0.5 GiB, 536870912",
        "1 exbibyte, 1152921504606846976"
    })
    void shouldReadASize(String text, long bytes) {
        assertThat(Quantities.parseBytes(text)).isEqualTo(bytes);
    }

    @ParameterizedTest
    @CsvSource({
        "50 us, 50000",
        "50µs, 50000",
        "0, 0",
        "1.5 ms, 1500000",
        "2 minutes, 120000000000",
        "1 d, 86400000000000"
    })
    void shouldReadATime(String text, long nanos) {
        assertThat(Quantities.parseDuration(text)).isEqualTo(Duration.ofNanos(nanos));
    }

    @ParameterizedTest
    @CsvSource({"''", "KiB", "1 kb", "0x10", "1 2", "'1,5 MiB'", "NaN", "1 MiB/s", "99999999999999999999", "0.3"})
    void shouldRefuseWhatIsNoSize(String text) {
        assertThatThrownBy(() -> Quantities.parseBytes(text)).isInstanceOf(IllegalArgumentException.class);
    }

    @Test
    void shouldReadARate() {
        assertThat(Quantities.parseRate("1 MiB/s")).isEqualTo(1 << 20);
        assertThat(Quantities.parseRate("0")).isZero();
        assertThatThrownBy(() -> Quantities.parseRate("1 /s/s")).isInstanceOf(IllegalArgumentException.class);
    }

    @ParameterizedTest
    @CsvSource({"0, 0 B", "512, 512 B", "1536, 1536 B", "65536, 64 KiB", "1073741824, 1 GiB"})
    void shouldWriteASize(long bytes, String text) {
        assertThat(Quantities.formatBytes(bytes)).isEqualTo(text);
    }

    @ParameterizedTest
    @CsvSource({"0, 0 s", "50000, 50 us", "90000000000, 90 s", "60000000000, 1 min", "1, 1 ns"})
    void shouldWriteATime(long nanos, String text) {
        assertThat(Quantities.formatDuration(Duration.ofNanos(nanos))).isEqualTo(text);
    }
}
