package dev.troupe.transport.sys;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatExceptionOfType;
import static org.assertj.core.api.Assertions.assertThatIllegalArgumentException;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.concurrent.FutureTask;
import org.junit.jupiter.api.Test;

class CpuAffinityTest {

    /** On a thread of its own, so that the test's thread stays free. */
    private static String allowedAfterPinningTo(int cpu) throws Exception {
        FutureTask<String> task = new FutureTask<>(() -> {
            CpuAffinity.pinCurrentThread(cpu);
            return Files.readAllLines(Path.of("/proc/thread-self/status")).stream()
                    .filter(line -> line.startsWith("Cpus_allowed_list:"))
                    .findFirst()
                    .orElseThrow();
        });
        Thread.ofPlatform().start(task);
        return task.get();
    }

    @Test
    void shouldLetTheThreadRunOnThatProcessorOnly() throws Exception {
        assertThat(allowedAfterPinningTo(0)).isEqualTo("Cpus_allowed_list:\t0");
    }

    @Test
    void shouldFailWhenThereIsNoSuchProcessor() {
        assertThatExceptionOfType(SysException.class)
                .isThrownBy(() -> CpuAffinity.pinCurrentThread(CpuAffinity.MAX_CPUS - 1))
                .withMessageContaining("processor 1023");
        assertThatIllegalArgumentException().isThrownBy(() -> CpuAffinity.pinCurrentThread(-1));
        assertThatIllegalArgumentException().isThrownBy(() -> CpuAffinity.pinCurrentThread(CpuAffinity.MAX_CPUS));
    }
}
