package dev.troupe.runtime.cli;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.List;
import java.util.concurrent.TimeUnit;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.Timeout;
import org.junit.jupiter.api.io.TempDir;

/** What a daemon loads until its devices listen, told by the virtual machine itself. */
@Timeout(120)
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
class StartTest {

    /** The line of {@code -Xlog:class+load} without decorations: a name, then where it came from. */
    private static final Pattern LOADED = Pattern.compile("^(\\S+) source: ");

    private List<String> classes = List.of();

    @BeforeAll
    void startDaemon(@TempDir Path folder) throws IOException, InterruptedException {
        Files.setPosixFilePermissions(folder, PosixFilePermissions.fromString("rwx------"));
        Path config = Files.writeString(folder.resolve("troupe.conf"), """
                troupe {
                  socket-directory = "%1$s"
                  devices { disk0 { type = blk, back-end = memory, size = 16 MiB }, rng0 { type = rng } }
                }
                """.formatted(folder));
        Path list = folder.resolve("classes");
        Process daemon = new ProcessBuilder(
                        Path.of(System.getProperty("java.home"), "bin", "java").toString(),
                        "--enable-native-access=ALL-UNNAMED",
                        "--sun-misc-unsafe-memory-access=allow",
                        "-Xlog:class+load:file=" + list + "::filecount=0",
                        "-cp",
                        System.getProperty("java.class.path"),
                        Troupe.class.getName(),
                        "run",
                        config.toString())
                .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                .start();
        try (BufferedReader log = daemon.errorReader()) {
            assertThat(log.lines().anyMatch(line -> line.contains("2 devices; control socket")))
                    .as("the daemon listens")
                    .isTrue();
            classes = loaded(list);
        } finally {
            daemon.destroy();
            assertThat(daemon.waitFor(60, TimeUnit.SECONDS)).isTrue();
        }
    }

    private static List<String> loaded(Path list) throws IOException {
        try (Stream<String> lines = Files.lines(list)) {
            return lines.map(line -> line.replaceFirst("^(\\[[^]]*])+\\s*", ""))
                    .map(LOADED::matcher)
                    .filter(Matcher::find)
                    .map(matcher -> matcher.group(1))
                    .toList();
        }
    }

    @Test
    void shouldLoadWhatADaemonConsistsOf() {
        assertThat(classes)
                .contains(
                        "dev.troupe.actors.tree.DaemonActor",
                        "dev.troupe.runtime.control.ControlServer",
                        "org.apache.pekko.actor.ActorSystemImpl");
    }

    /** Those in some packages, which are named with the dot at their end, and single classes. */
    private List<String> loadedOf(String... prefixes) {
        return classes.stream()
                .filter(name -> Stream.of(prefixes).anyMatch(name::startsWith))
                .toList();
    }

    @Test
    void shouldLoadNothingThatOnlyOtherCommandsNeed() {
        assertThat(loadedOf("picocli.", "dev.troupe.runtime.bench.", "dev.troupe.runtime.probe.", "org.HdrHistogram."))
                .isEmpty();
    }

    @Test
    void shouldLeaveJsonUntilSomebodyUsesTheControlSocket() {
        assertThat(loadedOf("com.fasterxml.")).isEmpty();
    }

    @Test
    void shouldSetTheLogUpWithoutReadingXml() {
        assertThat(loadedOf("javax.xml.", "com.sun.org.apache.xerces.", "ch.qos.logback.core.joran.Generic"))
                .isEmpty();
    }

    @Test
    void shouldLeaveOutWhatActorsNeedOnlyAcrossProcesses() {
        assertThat(loadedOf(
                        "org.apache.pekko.stream.",
                        "org.apache.pekko.remote.",
                        "org.apache.pekko.cluster.",
                        "org.apache.pekko.serialization.Serialization$",
                        "org.apache.pekko.actor.typed.internal.receptionist."))
                .isEmpty();
    }

    @Test
    void shouldMakeNoVirtualThreadsBeforeSomebodyUsesTheControlSocket() {
        assertThat(loadedOf("sun.nio.ch.Poller$")).isEmpty();
    }

    @Test
    void shouldLoadNoMoreClassesThanAStartIsWorth() {
        // Those of the platform's own start and of lambdas are counted too.
        assertThat(classes.size()).isLessThan(4500);
    }
}
