package dev.troupe.transport.loop;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.List;
import java.util.Locale;
import java.util.concurrent.TimeUnit;
import java.util.stream.Stream;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

/** A real process that the kernel does not let use io_uring. */
@Timeout(120)
class ForbiddenIoUringTest {

    /** The number of seccomp(2). */
    private static long seccomp() {
        String machine = System.getProperty("os.arch").toLowerCase(Locale.ROOT);
        return machine.equals("amd64") || machine.equals("x86_64") ? 317 : 277;
    }

    @ParameterizedTest
    @CsvSource({"1, EPERM", "38, ENOSYS"})
    void shouldRunOnEpollAndSayWhyWhenTheKernelRefusesIoUring(int errno, String name) throws Exception {
        List<String> lines = run(errno);
        assertThat(lines)
                .contains("backend EPOLL", "watch true", "read 5")
                .anySatisfy(line -> assertThat(line)
                        .startsWith("reason io_uring is not usable here")
                        .contains(name))
                .anySatisfy(line ->
                        assertThat(line).startsWith("forced ").contains(name).contains("io_uring"));
    }

    private static List<String> run(int errno) throws IOException, InterruptedException {
        Process child = new ProcessBuilder(Stream.of(
                                Path.of(System.getProperty("java.home"), "bin", "java")
                                        .toString(),
                                "--enable-native-access=ALL-UNNAMED",
                                "-cp",
                                System.getProperty("java.class.path"),
                                FilteredLoop.class.getName(),
                                String.valueOf(errno),
                                String.valueOf(seccomp()))
                        .toList())
                .redirectErrorStream(true)
                .start();
        String output = new String(child.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(child.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(child.exitValue()).as(output).isZero();
        return output.lines().toList();
    }
}
