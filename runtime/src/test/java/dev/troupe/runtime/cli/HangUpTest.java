package dev.troupe.runtime.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.atomic.AtomicInteger;
import org.junit.jupiter.api.Test;

class HangUpTest {

    private final HangUp hangUp = new HangUp();
    private final AtomicInteger reloads = new AtomicInteger();

    @Test
    void shouldBeMadeUpForOnceWhenItCameBeforeItMeantAnything() {
        hangUp.heard();
        hangUp.heard();
        hangUp.means(reloads::incrementAndGet);
        assertThat(reloads).hasValue(1);
    }

    @Test
    void shouldDoWhatItMeansEachTimeItComes() {
        hangUp.means(reloads::incrementAndGet);
        assertThat(reloads).hasValue(0);
        hangUp.heard();
        hangUp.heard();
        assertThat(reloads).hasValue(2);
    }
}
