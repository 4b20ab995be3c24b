package dev.troupe.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatCode;

import java.nio.file.Path;
import java.util.SplittableRandom;
import java.util.stream.Collectors;
import java.util.stream.IntStream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.ValueSource;

/** Whatever a file says, the loader answers with a configuration or with problems. */
class RandomConfigTest {

    private static final String[] WORDS = {
        "troupe",
        "devices",
        "types",
        "device-defaults",
        "fake-disk",
        "fake-rng",
        "type",
        "path",
        "size",
        "queues",
        "tags",
        "a",
        "b",
        ".",
        "{",
        "}",
        "[",
        "]",
        "=",
        ":",
        "+=",
        ",",
        "\n",
        "\"",
        "\"\"\"",
        "${",
        "${?",
        "}",
        "#",
        "//",
        "\\",
        "null",
        "true",
        "1",
        "-5",
        "1e9",
        "1 MiB",
        "50 us",
        "1 MiB/s",
        "include",
        "\"troupe.conf\"",
        "include \"x\"",
        "required(",
        ")",
        "${troupe}",
        "${troupe.devices.a}",
        "${?HOME}",
        "\0",
        "é",
        "\t",
        " "
    };

    @TempDir
    Path folder;

    @ParameterizedTest
    @ValueSource(longs = {1, 2, 3, 4, 5, 6, 7, 8})
    void shouldThrowNothingElseWhenTheTextIsRandom(long seed) {
        ConfigFixture fixture = new ConfigFixture(folder);
        SplittableRandom random = new SplittableRandom(seed);

        assertThat(IntStream.range(0, 400).mapToObj(round -> randomText(random)))
                .allSatisfy(text -> assertThatCode(() -> fixture.problems(text))
                        .as("seed %d, text %s", seed, text)
                        .doesNotThrowAnyException());
    }

    @ParameterizedTest
    @ValueSource(longs = {11, 12, 13, 14})
    void shouldThrowNothingElseWhenAGoodFileIsDamaged(long seed) {
        ConfigFixture fixture = new ConfigFixture(folder);
        SplittableRandom random = new SplittableRandom(seed);
        String good = """
                images = /srv
                troupe { event-loops = 2, device-defaults { busy-poll = 50 us }
                  devices { a { type = fake-disk, path = ${images}/a, size = 1 MiB, tags = [ x, "y" ] }
                    b = ${troupe.devices.a} { limit = 1 MiB/s }
                    c { type = fake-rng } } }
                """;
        assertThat(fixture.problems(good)).isEmpty();

        assertThat(IntStream.range(0, 400).mapToObj(round -> damage(good, random)))
                .allSatisfy(text -> assertThatCode(() -> fixture.problems(text))
                        .as("seed %d, text %s", seed, text)
                        .doesNotThrowAnyException());
    }

    @Test
    void shouldTellWhenTheNestingIsBeyondAllReason() {
        ConfigFixture fixture = new ConfigFixture(folder);

        assertThat(fixture.problems("a = " + "[".repeat(100_000) + "]".repeat(100_000)))
                .containsExactly("troupe.conf: The file is nested too deeply.");
    }

    private static String randomText(SplittableRandom random) {
        String words = IntStream.range(0, random.nextInt(60))
                .mapToObj(i -> WORDS[random.nextInt(WORDS.length)])
                .collect(Collectors.joining(random.nextBoolean() ? " " : ""));
        return random.nextBoolean() ? "troupe { devices { a { type = fake-disk, path = x, " + words + " } } }" : words;
    }

    private static String damage(String good, SplittableRandom random) {
        int from = random.nextInt(good.length());
        int to = Math.min(good.length(), from + random.nextInt(6));
        return good.substring(0, from) + WORDS[random.nextInt(WORDS.length)] + good.substring(to);
    }
}
