package dev.troupe.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.troupe.actors.device.ChangeEffect;
import dev.troupe.config.ConfigDifference.DeviceChange;
import dev.troupe.config.ConfigDifference.OptionChange;
import java.nio.file.Path;
import java.util.Optional;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConfigDifferenceTest {

    @TempDir
    Path folder;

    ConfigFixture fixture;

    @BeforeEach
    void openFixture() {
        fixture = new ConfigFixture(folder);
    }

    private ConfigDifference between(String running, String wanted) throws InvalidConfigException {
        return ConfigDifference.between(fixture.load(running), fixture.load(wanted));
    }

    @Test
    void shouldBeEmptyWhenOnlyTheWritingDiffers() throws Exception {
        ConfigDifference difference = between(
                "troupe.devices.d { type = fake-disk, path = p, size = 1 MiB }",
                "troupe.devices.d { size = 1024 KiB, type = fake-disk, path = ./p/../p, queues = 1 }"
                        .replace("./p/../p", "p"));

        assertThat(difference.isEmpty()).isTrue();
        assertThat(difference.render()).isEqualTo("Nothing changes.");
    }

    @Test
    void shouldTellAddedRemovedAndChangedDevicesAndWhatTheyTake() throws Exception {
        ConfigDifference difference = between("""
                troupe { event-loops = 2, devices {
                  a { type = fake-disk, path = /p, size = 1 MiB }
                  gone { type = fake-rng }
                } }
                """, """
                troupe { event-loops = 4, devices {
                  a { type = fake-disk, path = /p, size = 2 MiB, queues = 2, socket-mode = 0660 }
                  new { type = fake-rng }
                } }
                """);

        DeviceChange change = difference.changed().getFirst();
        assertThat(change.options())
                .containsExactlyInAnyOrder(
                        new OptionChange("socket-mode", Optional.of("0600"), Optional.of("0660"), ChangeEffect.LIVE),
                        new OptionChange("size", Optional.of("1 MiB"), Optional.of("2 MiB"), ChangeEffect.LIVE),
                        new OptionChange("queues", Optional.of("1"), Optional.of("2"), ChangeEffect.RESTART));
        assertThat(change.effect()).isEqualTo(ChangeEffect.RESTART);
        assertThat(difference.render()).isEqualTo("""
                DEVICE  CHANGE                     HOW
                -       event-loops: 2 -> 4        not now: takes a restart of the program
                gone    removed (fake-rng)         its socket closes
                new     added (fake-rng)           its socket opens
                a       socket-mode: 0600 -> 0660  live
                a       size: 1 MiB -> 2 MiB       live
                a       queues: 1 -> 2             device restart behind the open socket""");
    }

    @Test
    void shouldTellWhenTheGuestWouldSeeIt() throws Exception {
        String before = "troupe.devices.d { type = fake-disk, path = /p }";

        assertThat(between(before, "troupe.devices.d { type = fake-disk, path = /p, read-only = true }")
                        .changed()
                        .getFirst()
                        .effect())
                .isEqualTo(ChangeEffect.GUEST_VISIBLE);
        assertThat(between(before, "troupe.devices.d { type = fake-rng }").render())
                .contains("type: fake-disk -> fake-rng  the guest sees it");
    }

    @Test
    void shouldTellWhenAnOptionIsNoLongerSet() throws Exception {
        assertThat(between(
                                "troupe.devices.d { type = fake-rng, event-loop = 1 }",
                                "troupe.devices.d { type = fake-rng }")
                        .render())
                .contains("event-loop: 1 -> none");
    }

    @Test
    void shouldTellWhenASettingOfTheActorRuntimeChanges() throws Exception {
        assertThat(between(
                                "troupe {}, pekko { loglevel = INFO, actor.creation-timeout = 5 s }",
                                "troupe {}, pekko { loglevel = INFO, actor.debug.receive = on }")
                        .render())
                .isEqualTo("""
                        DEVICE  CHANGE                                     HOW
                        -       pekko.actor.creation-timeout: 5 s -> none  not now: takes a restart of the program
                        -       pekko.actor.debug.receive: none -> on      not now: takes a restart of the program""");
    }
}
