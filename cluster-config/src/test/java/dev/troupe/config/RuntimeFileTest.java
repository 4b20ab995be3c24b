package dev.troupe.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.troupe.actors.daemon.DeviceSpec;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Devices that come after the file was read, and how they are saved beside it. */
class RuntimeFileTest {

    private static final String WRITTEN = """
            # The operator's own words.
            troupe {
              device-defaults { drain-timeout = 3 s, socket-group = nobody }
              types.fake-disk { patience = 7 s }
              devices {
                kept { type = fake-disk, path = /p }
                gone { type = fake-rng }
              }
            }
            """;

    @TempDir
    Path folder;

    ConfigFixture fixture;

    @BeforeEach
    void openFixture() {
        fixture = new ConfigFixture(folder);
    }

    private ConfigFile open() throws InvalidConfigException {
        return fixture.open(WRITTEN);
    }

    private static List<DeviceSpec> without(ConfigFile file, String name) {
        List<DeviceSpec> specs = new ArrayList<>(file.config().devices());
        specs.removeIf(spec -> spec.name().equals(name));
        return specs;
    }

    private List<DeviceSpec> savedAndLoaded(ConfigFile file, List<DeviceSpec> running) throws Exception {
        Files.writeString(file.runtimeFile(), file.runtimeText(running).orElseThrow());
        assertThat(folder.resolve("troupe.conf")).hasContent(WRITTEN);
        return open().config().devices();
    }

    @Test
    void shouldTakeTheDefaultsOfTheFileWhenADeviceIsAdded() throws Exception {
        ConfigFile file = open();
        DeviceSpec added = file.device(
                "late",
                Map.of("type", "fake-disk", "path", "x.img", "tags", "a,b"),
                folder,
                file.config().devices());

        assertThat(added.drainTimeout()).hasSeconds(3);
        assertThat(added.settings().values())
                .containsEntry("path", folder.resolve("x.img"))
                .containsEntry("tags", List.of("a", "b"))
                .containsEntry("patience", java.time.Duration.ofSeconds(7));
    }

    @Test
    void shouldTellEverythingThatIsWrongWhenADeviceIsAdded() throws Exception {
        ConfigFile file = open();
        assertThatThrownBy(() -> file.device(
                        "kept",
                        Map.of("type", "fake-disk", "pth", "x", "queues", "many"),
                        folder,
                        file.config().devices()))
                .isInstanceOf(InvalidConfigException.class)
                .hasMessageContaining("command line: kept.pth: There is no such key here. Did you mean 'path'?")
                .hasMessageContaining("command line: kept.queues: 'many' is not a whole number.")
                .hasMessageContaining("command line: kept: There is a device 'kept' already.");
    }

    @Test
    void shouldRefuseASocketThatAnotherDeviceHas() throws Exception {
        ConfigFile file = open();
        Map<String, String> settings = Map.of("type", "fake-rng", "socket", "/run/user/1000/troupe/kept.sock");
        assertThatThrownBy(() ->
                        file.device("late", settings, folder, file.config().devices()))
                .hasMessageContaining("The device 'kept' has the socket");
    }

    @Test
    void shouldReadDevicesFromASnippetWithItsLines() throws Exception {
        ConfigFile file = open();
        Path snippet =
                fixture.write("snippet.conf", "one { type = fake-rng }\ntwo {\n type = fake-rng\n sorce = x }\n");
        assertThatThrownBy(() -> file.devices(snippet, file.config().devices()))
                .hasMessageContaining("snippet.conf:4: two.sorce: There is no such key here. Did you mean 'source'?");
        Path right = fixture.write("right.conf", "troupe.devices { one { type = fake-rng }, two { type = fake-rng } }");
        assertThat(file.devices(right, file.config().devices()))
                .extracting(DeviceSpec::name)
                .containsExactly("one", "two");
    }

    @Test
    void shouldReadASnippetAsStrictlyAsTheFile() throws Exception {
        ConfigFile file = open();
        Path twice = fixture.write("twice.conf", "one { type = fake-rng }\none { type = fake-rng }");
        Path within = fixture.write(
                "within.conf",
                "troupe.devices {\n one { type = fake-rng }\n one { type = fake-rng } }\n"
                        + "troupe.types.fake-disk { queues = 2 }");
        Path fetched = fixture.write("fetched.conf", "include url(\"http://localhost:1/x\")\none { type = fake-rng }");
        assertThatThrownBy(() -> file.devices(twice, List.of()))
                .hasMessageContaining("twice.conf:2: one: There is a device 'one' already, at line 1.");
        assertThatThrownBy(() -> file.devices(within, List.of()))
                .hasMessageContaining("within.conf:3: troupe.devices.one: There is a device 'one' already, at line 2.")
                .hasMessageContaining("within.conf:4: troupe.types: Only devices can be added");
        assertThatThrownBy(() -> file.devices(fetched, List.of()))
                .hasMessageContaining("fetched.conf:1: include: Only files can be included");
    }

    @Test
    void shouldFetchNothingFromElsewhereForWhatWasSaved() throws IOException {
        Files.writeString(
                folder.resolve("troupe.runtime.conf"), "include url(\"http://localhost:1/x\")\ntroupe.devices {}");
        assertThat(fixture.problems(WRITTEN))
                .containsExactly(
                        "troupe.runtime.conf:1: include: Only files can be included, not 'http://localhost:1/x'.");
    }

    @Test
    void shouldLoadTheSameAgainWhenWhatRunsWasSaved() throws Exception {
        ConfigFile file = open();
        List<DeviceSpec> running = without(file, "gone");
        running.add(file.device(
                "late",
                Map.of(
                        "type", "fake-disk",
                        "path", "a \"b\" $c.img",
                        "size", "3 MiB",
                        "cache", "write-through",
                        "patience", "5 s",
                        "limit", "2 MiB/s",
                        "tags", "a b,c",
                        "event-loop", "1",
                        "drain-timeout", "10 s",
                        "socket", "late-socket"),
                folder,
                running));

        assertThat(savedAndLoaded(file, running)).containsExactlyInAnyOrderElementsOf(running);
    }

    @Test
    void shouldReplaceTheWholeDeviceWhenItIsAnotherOneNow() throws Exception {
        ConfigFile file = open();
        List<DeviceSpec> running = without(file, "kept");
        running.add(file.device("kept", Map.of("type", "fake-rng", "socket-role", "connect"), folder, running));

        assertThat(savedAndLoaded(file, running)).containsExactlyInAnyOrderElementsOf(running);
        assertThat(fixture.open(WRITTEN).runtimeText(running)).isPresent();
    }

    @Test
    void shouldHaveNothingToSaveWhenTheFileSaysItAll() throws Exception {
        ConfigFile file = open();
        assertThat(file.runtimeText(file.config().devices())).isEmpty();
        assertThat(file.runtimeFile()).isEqualTo(folder.resolve("troupe.runtime.conf"));
    }

    @Test
    void shouldTellProblemsOfWhatWasSavedWithTheirLine() throws IOException {
        Files.writeString(folder.resolve("troupe.runtime.conf"), "troupe.devices {\n late { type = fake-disc } }");
        assertThat(fixture.problems(WRITTEN))
                .containsExactly("troupe.runtime.conf:2: troupe.devices.late.type: There is no device type 'fake-disc'."
                        + " Did you mean 'fake-disk'?");
        Files.writeString(folder.resolve("troupe.runtime.conf"), "troupe { event-loops = 3, devices {} }");
        assertThat(fixture.problems(WRITTEN))
                .containsExactly("troupe.runtime.conf: This file may hold troupe.devices { … } only.");
    }
}
