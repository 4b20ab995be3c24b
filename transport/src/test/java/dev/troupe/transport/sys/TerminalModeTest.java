package dev.troupe.transport.sys;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.File;
import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.Timeout;

@Timeout(120)
class TerminalModeTest {

    /** A program that makes its terminal raw and is killed in the middle. */
    static final class Held {

        private Held() {}

        public static void main(String[] arguments) throws InterruptedException {
            System.out.println(TerminalMode.raw().isPresent());
            Thread.currentThread().join();
        }
    }

    @Test
    void shouldBePutBackWhenTheProcessIsToldToEnd() throws Exception {
        try (Pty pty = Pty.open()) {
            File terminal = pty.terminal().toFile();
            run(terminal, "stty", "sane");
            String before = run(terminal, "stty", "-g");
            Process held = new ProcessBuilder(
                            Path.of(System.getProperty("java.home"), "bin", "java")
                                    .toString(),
                            "--enable-native-access=ALL-UNNAMED",
                            "-cp",
                            System.getProperty("java.class.path"),
                            Held.class.getName())
                    .redirectInput(terminal)
                    .redirectError(ProcessBuilder.Redirect.INHERIT)
                    .start();
            assertThat(held.inputReader(StandardCharsets.UTF_8).readLine()).isEqualTo("true");
            assertThat(run(terminal, "stty", "-g")).isNotEqualTo(before);

            held.destroy();
            held.waitFor();
            assertThat(run(terminal, "stty", "-g")).isEqualTo(before);
        }
    }

    private static String run(File terminal, String... command) throws IOException, InterruptedException {
        Process process = new ProcessBuilder(command)
                .redirectInput(terminal)
                .redirectErrorStream(true)
                .start();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).as(output).isZero();
        return output;
    }
}
