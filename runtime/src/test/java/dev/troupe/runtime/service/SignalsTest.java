package dev.troupe.runtime.service;

import static org.assertj.core.api.Assertions.assertThat;

import java.util.concurrent.Semaphore;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;

class SignalsTest {

    @Test
    void shouldRunWhatWasAskedForWhenTheSignalComes() throws Exception {
        Semaphore heard = new Semaphore(0);
        assertThat(Signals.on("HUP", heard::release)).isTrue();
        for (int i = 0; i < 2; i++) {
            String self = Long.toString(ProcessHandle.current().pid());
            assertThat(new ProcessBuilder("kill", "-HUP", self).start().waitFor())
                    .isZero();
            assertThat(heard.tryAcquire(20, TimeUnit.SECONDS)).isTrue();
        }
    }
}
