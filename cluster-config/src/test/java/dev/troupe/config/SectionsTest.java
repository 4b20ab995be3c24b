package dev.troupe.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.troupe.actors.daemon.DeviceSpec;
import dev.troupe.actors.device.DeviceSettings;
import dev.troupe.actors.device.Sections;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Objects;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Options that are blocks of named blocks. */
class SectionsTest {

    private static final String DISK = "troupe.devices.d {\n type = fake-disk, path = x\n %s }";

    @TempDir
    Path folder;

    ConfigFixture fixture;

    @BeforeEach
    void openFixture() {
        fixture = new ConfigFixture(folder);
    }

    private Sections parts(String text) throws InvalidConfigException {
        return fixture.load(DISK.formatted(text))
                .devices()
                .getFirst()
                .settings()
                .get(FakeDisk.PARTS);
    }

    private static DeviceSettings block(Sections sections, String name) {
        return Objects.requireNonNull(sections.byName().get(name));
    }

    @Test
    void shouldHaveNoBlockUnlessOneIsGiven() throws Exception {
        assertThat(parts("")).isEqualTo(Sections.NONE);
    }

    @Test
    void shouldReadEachBlockWithItsDefaults() throws Exception {
        Sections parts = parts("parts { b { start = 8, tags = [x] }, a { start = 2 } }");
        DeviceSettings b = block(parts, "b");

        assertThat(parts.byName().keySet()).containsExactly("a", "b");
        assertThat(b.get(FakeDisk.START)).isEqualTo(8);
        assertThat(b.get(FakeDisk.LABEL)).isEqualTo("part");
        assertThat(b.get(FakeDisk.TAGS)).containsExactly("x");
    }

    @Test
    void shouldTellEverythingThatIsWrongInBlocksWithItsLine() {
        assertThat(fixture.problems(DISK.formatted("""
                        parts {
                          a { stat = 1 }
                          b { start = many }
                          "c.d" { start = 2 }
                          e = 5
                        }""")))
                .containsExactly(
                        "troupe.conf:4: troupe.devices.d.parts.a.start: This is missing here (number).",
                        "troupe.conf:4: troupe.devices.d.parts.a.stat: There is no such key here. Did you mean 'start'?",
                        "troupe.conf:5: troupe.devices.d.parts.b.start: 'many' is not a whole number.",
                        "troupe.conf:6: troupe.devices.d.parts.c.d: The name of a block has at most 64 letters, digits,"
                                + " dashes and underscores.",
                        "troupe.conf:7: troupe.devices.d.parts.e: A block { … } is needed here.");
    }

    @Test
    void shouldNameTheLineWithinABlockWhenTheTypeObjects() {
        assertThat(fixture.problems(DISK.formatted("parts {\n a { start = 2 }\n b { start = 3 } }")))
                .containsExactly("troupe.conf:5: troupe.devices.d.parts.b.start: A part starts at an even place.");
    }

    @Test
    void shouldReadABlockFromACommandLine() throws Exception {
        ConfigFile file = fixture.open("troupe {}");
        Map<String, String> pairs =
                Map.of("type", "fake-disk", "path", "x", "parts.a.start", "4", "parts.a.tags", "x,y");

        Sections parts = file.device("d", pairs, folder, List.of()).settings().get(FakeDisk.PARTS);

        assertThat(block(parts, "a").get(FakeDisk.START)).isEqualTo(4);
        assertThat(block(parts, "a").get(FakeDisk.TAGS)).containsExactly("x", "y");
        assertThatThrownBy(() ->
                        file.device("d", Map.of("type", "fake-disk", "path", "x", "parts.a", "4"), folder, List.of()))
                .hasMessageContaining("There is no such key here");
    }

    @Test
    void shouldSaveBlocksSoThatTheyAreReadAgain() throws Exception {
        ConfigFile file = fixture.open("troupe {}");
        DeviceSpec added = file.device(
                "d",
                Map.of("type", "fake-disk", "path", "x", "parts.a.start", "4", "parts.b.start", "6"),
                folder,
                List.of());

        Files.writeString(file.runtimeFile(), file.runtimeText(List.of(added)).orElseThrow());

        assertThat(fixture.open("troupe {}").config().devices()).containsExactly(added);
    }

    @Test
    void shouldShowWhatChangesInABlock() throws Exception {
        NodeConfig before = fixture.load(DISK.formatted("parts { a { start = 2 } }"));
        NodeConfig after = fixture.load(DISK.formatted("parts { a { start = 4 } }"));

        assertThat(ConfigDifference.between(before, after).render())
                .contains(
                        "parts: {a { start = 2, label = part, tags = [] }} -> {a { start = 4, label = part, tags = [] }}");
    }

    @Test
    void shouldDescribeTheOptionsOfABlock() {
        assertThat(Documentation.load().type(new FakeDisk()))
                .extracting(Documentation.OptionEntry::key)
                .contains("parts", "parts.*.start", "parts.*.label");
    }
}
