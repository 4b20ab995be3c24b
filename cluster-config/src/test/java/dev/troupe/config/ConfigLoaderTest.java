package dev.troupe.config;

import static org.assertj.core.api.Assertions.assertThat;

import dev.troupe.actors.daemon.DeviceSpec;
import dev.troupe.actors.daemon.Endpoint;
import dev.troupe.actors.daemon.RestartPolicy;
import dev.troupe.actors.device.Sections;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.OptionalInt;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

class ConfigLoaderTest {

    @TempDir
    Path folder;

    ConfigFixture fixture;

    @BeforeEach
    void openFixture() {
        fixture = new ConfigFixture(folder);
    }

    @Test
    void shouldTakeNullAsAWordWhenTheOptionOffersIt() throws Exception {
        NodeConfig config = fixture.load("troupe.devices.rng0 { type = fake-rng, back-end = null }");

        assertThat(config.devices().getFirst().settings().get(FakeRng.BACK_END)).isEqualTo("null");
    }

    @Test
    void shouldPassTheActorRuntimesSettingsOnWhenTheyAreRight() throws Exception {
        NodeConfig config = fixture.load("""
                troupe {}
                pekko {
                  loglevel = DEBUG
                  log-dead-letters = off
                  actor { creation-timeout = 5 s, debug.lifecycle = on, serializers { mine = org.example.Mine } }
                }
                """);

        assertThat(config.actorRuntime())
                .isEqualTo(Map.of(
                        "loglevel",
                        "DEBUG",
                        "log-dead-letters",
                        "off",
                        "actor",
                        Map.of(
                                "creation-timeout",
                                "5 s",
                                "debug",
                                Map.of("lifecycle", "on"),
                                "serializers",
                                Map.of("mine", "org.example.Mine"))));
    }

    @Test
    void shouldFillInEveryDefaultWhenOnlyTheNecessaryIsGiven() throws Exception {
        NodeConfig config = fixture.load("troupe.devices.disk0 { type = fake-disk, path = disk.img }");

        Path directory = Path.of("/run/user/1000/troupe");
        assertThat(config.eventLoops()).isZero();
        assertThat(config.backend()).isEqualTo(BackendChoice.AUTO);
        assertThat(config.blockingThreads()).isEqualTo(16);
        assertThat(config.socketDirectory()).isEqualTo(directory);
        assertThat(config.controlSocket()).isEqualTo(directory.resolve("control.sock"));
        DeviceSpec disk = config.devices().getFirst();
        assertThat(disk.name()).isEqualTo("disk0");
        assertThat(disk.factory()).isInstanceOf(FakeDisk.class);
        assertThat(disk.endpoint())
                .isEqualTo(new Endpoint.Listen(directory.resolve("disk0.sock"), 0600, Optional.empty()));
        assertThat(disk.enabled()).isTrue();
        assertThat(disk.eventLoop()).isEmpty();
        assertThat(disk.busyPoll()).isZero();
        assertThat(disk.drainTimeout()).isEqualTo(Duration.ofSeconds(10));
        assertThat(disk.restarts())
                .isEqualTo(
                        new RestartPolicy(5, 5, Duration.ofMinutes(1), Duration.ofMillis(100), Duration.ofSeconds(30)));
        assertThat(disk.settings().values())
                .isEqualTo(Map.of(
                        "path",
                        folder.resolve("disk.img"),
                        "read-only",
                        false,
                        "cache",
                        "write-back",
                        "parts",
                        Sections.NONE,
                        "patience",
                        Duration.ofSeconds(5),
                        "queues",
                        1L,
                        "tags",
                        List.of()));
    }

    @Test
    void shouldReadEveryKindOfValueWhenItIsWrittenAsOperatorsDo() throws Exception {
        NodeConfig config = fixture.load("""
                troupe {
                  event-loops = 2
                  event-loop-backend = io_uring
                  socket-directory = sockets
                  control-socket = /run/c.sock
                  devices.d {
                    type = fake-disk
                    path = /srv/../srv/a.img
                    size = 1.5 MiB
                    read-only = yes
                    cache = write-through
                    limit = 1 MiB/s
                    patience = 250 us * 1
                    queues = "4"
                    tags = [ fast, 7, true ]
                    serial = 0042
                    socket-role = connect
                    event-loop = 1
                    busy-poll = 50us
                    socket-mode = 0660
                  }
                }
                """.replace("250 us * 1", "2.5 s"));

        DeviceSpec device = config.devices().getFirst();
        assertThat(config.backend()).isEqualTo(BackendChoice.IO_URING);
        assertThat(config.controlSocket()).isEqualTo(Path.of("/run/c.sock"));
        assertThat(device.endpoint()).isEqualTo(new Endpoint.Connect(folder.resolve("sockets/d.sock")));
        assertThat(device.eventLoop()).isEqualTo(OptionalInt.of(1));
        assertThat(device.busyPoll()).isEqualTo(Duration.ofNanos(50_000));
        assertThat(device.settings().get(FakeDisk.SIZE)).isEqualTo(1536 * 1024);
        assertThat(device.settings().get(FakeDisk.READ_ONLY)).isTrue();
        assertThat(device.settings().get(FakeDisk.CACHE)).isEqualTo("write-through");
        assertThat(device.settings().get(FakeDisk.LIMIT)).isEqualTo(1024 * 1024);
        assertThat(device.settings().get(FakeDisk.PATIENCE)).isEqualTo(Duration.ofMillis(2500));
        assertThat(device.settings().get(FakeDisk.QUEUES)).isEqualTo(4);
        assertThat((Object) device.settings().get(FakeDisk.TAGS)).isEqualTo(List.of("fast", "7", "true"));
        assertThat(device.settings().get(FakeDisk.SERIAL)).isEqualTo("0042");
    }

    @Test
    void shouldTakeTheNearestOfDeviceTypeAndGlobalDefaultsWhenSeveralAreSet() throws Exception {
        NodeConfig config = fixture.load("""
                troupe {
                  device-defaults { drain-timeout = 1 s, busy-poll = 10 us }
                  types.fake-disk { queues = 8, serial = shared }
                  devices {
                    a { type = fake-disk, path = a }
                    b { type = fake-disk, path = b, queues = 2, serial = null, drain-timeout = 3 s }
                  }
                }
                """);

        DeviceSpec a = config.devices().get(0);
        DeviceSpec b = config.devices().get(1);
        assertThat(a.drainTimeout()).isEqualTo(Duration.ofSeconds(1));
        assertThat(a.settings().get(FakeDisk.QUEUES)).isEqualTo(8);
        assertThat(a.settings().find(FakeDisk.SERIAL)).contains("shared");
        assertThat(b.drainTimeout()).isEqualTo(Duration.ofSeconds(3));
        assertThat(b.busyPoll()).isEqualTo(Duration.ofNanos(10_000));
        assertThat(b.settings().get(FakeDisk.QUEUES)).isEqualTo(2);
        assertThat(b.settings().find(FakeDisk.SERIAL)).isEmpty();
    }

    @Test
    void shouldFollowIncludesAndSubstitutionsWhenTheFileHasThem() throws Exception {
        fixture.write("more.conf", "troupe.devices.extra { type = fake-rng }");
        NodeConfig config = fixture.load("""
                include "more"
                images = ${PATH}
                troupe.devices.disk { type = fake-disk, path = /srv, serial = ${images} }
                troupe.devices.other = ${troupe.devices.disk} { read-only = true }
                """);

        assertThat(config.devices()).extracting(DeviceSpec::name).containsExactly("disk", "extra", "other");
        assertThat(config.devices().getFirst().settings().find(FakeDisk.SERIAL)).contains(System.getenv("PATH"));
        assertThat(config.devices().getLast().settings().get(FakeDisk.READ_ONLY))
                .isTrue();
    }

    @Test
    void shouldLetAnIncludingFileOverrideADeviceWhenItNamesItAgain() throws Exception {
        fixture.write("base.conf", "troupe.devices.d { type = fake-disk, path = a }");
        NodeConfig config = fixture.load("include \"base.conf\"\ntroupe.devices.d { path = /b }");

        assertThat(config.devices().getFirst().settings().get(FakeDisk.PATH)).isEqualTo(Path.of("/b"));
    }

    @Test
    void shouldTakeTheServiceManagersDirectoryFirstWhenThereIsOne() throws Exception {
        Path file = fixture.write("a.conf", "troupe {}");
        Map<String, String> environment = Map.of("RUNTIME_DIRECTORY", "/run/t:/run/u", "XDG_RUNTIME_DIR", "/x");
        NodeConfig config = new ConfigLoader(ConfigFixture.TYPES, environment).load(file);
        NodeConfig bare = new ConfigLoader(ConfigFixture.TYPES, Map.of()).load(file);

        assertThat(config.socketDirectory()).isEqualTo(Path.of("/run/t"));
        assertThat(bare.socketDirectory()).isEqualTo(Path.of("/run/troupe"));
    }

    @Test
    void shouldMakeADeviceOfFlagsWhenTheyAreRight() throws Exception {
        DeviceSpec spec = new ConfigLoader(ConfigFixture.TYPES)
                .device(
                        "blk",
                        new FakeDisk(),
                        Map.of("path", "a.img", "size", "1 GiB", "tags", List.of("x", "y"), "busy-poll", "1ms"),
                        new Endpoint.Inherited(3),
                        Path.of("/srv"));

        assertThat(spec.endpoint()).isEqualTo(new Endpoint.Inherited(3));
        assertThat(spec.busyPoll()).isEqualTo(Duration.ofMillis(1));
        assertThat(spec.settings().get(FakeDisk.PATH)).isEqualTo(Path.of("/srv/a.img"));
        assertThat((Object) spec.settings().get(FakeDisk.TAGS)).isEqualTo(List.of("x", "y"));
    }
}
