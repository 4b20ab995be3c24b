package dev.troupe.config;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.troupe.actors.daemon.Endpoint;
import java.nio.file.Path;
import java.util.Map;
import org.junit.jupiter.api.BeforeEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;
import org.junit.jupiter.params.ParameterizedTest;
import org.junit.jupiter.params.provider.CsvSource;

class ConfigProblemsTest {

    @TempDir
    Path folder;

    ConfigFixture fixture;

    @BeforeEach
    void openFixture() {
        fixture = new ConfigFixture(folder);
    }

    @Test
    void shouldTellAllProblemsAtOnceWhenThereAreMany() {
        assertThat(fixture.problems("""
                        troupe {
                          event-loop = 4
                          blocking-threads = 0
                          device-defaults.drainTimeout = 5 s
                          types.fake-dsk { queues = 1 }
                          devices {
                            a {
                              type = fake-disc
                            }
                            b {
                              type = fake-disk
                              redonly = true
                              size = 100 MiBs
                              queues = 65
                              cache = writeback
                            }
                            c { path = x }
                          }
                        }
                        """))
                .containsExactly(
                        "troupe.conf:2: troupe.event-loop: There is no such key here. Did you mean 'event-loops'?",
                        "troupe.conf:3: troupe.blocking-threads: 0 is too small; the least is 1.",
                        "troupe.conf:4: troupe.device-defaults.drainTimeout: There is no such key here."
                                + " Did you mean 'drain-timeout'?",
                        "troupe.conf:5: troupe.types.fake-dsk: There is no such key here. Did you mean 'fake-disk'?",
                        "troupe.conf:8: troupe.devices.a.type: There is no device type 'fake-disc'."
                                + " Did you mean 'fake-disk'?",
                        "troupe.conf:10: troupe.devices.b.path: This is missing; a device of this type needs it (path).",
                        "troupe.conf:12: troupe.devices.b.redonly: There is no such key here."
                                + " Did you mean 'read-only'?",
                        "troupe.conf:13: troupe.devices.b.size: '100 MiBs' has the unknown unit 'MiBs', right would be"
                                + " one of B, kB, KiB, MB, MiB, GB, GiB, TB, TiB.",
                        "troupe.conf:14: troupe.devices.b.queues: 65 is too large; the most is 64.",
                        "troupe.conf:15: troupe.devices.b.cache: 'writeback' is none of write-back, write-through."
                                + " Did you mean 'write-back'?",
                        "troupe.conf:17: troupe.devices.c.type: A device needs a type, one of fake-disk, fake-rng.");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '~', textBlock = """
            path = ""           | A path is needed here, not an empty text.
            path = {}           | A path is needed here, not { … }.
            size = ten          | 'ten' is not a size, such as 64 KiB.
            size = -1           | -1 B is too small; the least is 512 B.
            size = 9999999 TiB  | '9999999 TiB' is not a size, such as 64 KiB: too large, or not a whole number of the smallest unit.
            size = 513          | The size must be a multiple of 512 bytes.
            read-only = maybe   | 'maybe' is neither true nor false.
            limit = 1 MiB       | '1 MiB' is not a rate: an amount a second such as 1 MiB/s is needed.
            patience = 5        | '5' needs a unit, one of ns, us, ms, s, min, h, d.
            patience = 2 min    | 2 min is too large; the most is 1 min.
            queues = 1.5        | '1.5' is not a whole number of at most 64 bits.
            queues = 1e99       | '1e99' is not a whole number of at most 64 bits.
            queues = many       | 'many' is not a whole number.
            queues = null       | This must have a value; leave the line out for the default.
            tags = a            | A list is needed here, such as [ "a", "b" ].
            tags = [ [] ]       | Every element of this list must be a text.
            serial = [ a ]      | A text is needed here, not [ … ].
            serial = ${NOT_SET} | This refers to ${NOT_SET}, which neither the file nor the environment defines.
            socket-mode = 999   | '999' is no permission; three octal digits are needed, such as "0660".
            event-loop = 2      | There is no event loop 2; troupe.event-loops makes 0 to 1.
            minimum-backoff=1 h | 1 h is longer than maximum-backoff, 30 s.
            type = [ a ]        | A text is needed here, not [ … ].
            """)
    void shouldSayWhatWouldBeRightWhenAValueIsWrong(String line, String expected) {
        String key = line.split("=", 2)[0].strip();

        assertThat(fixture.problems(
                        "troupe { event-loops = 2, devices.d {\ntype = fake-disk\npath = p\n" + line + "\n}}"))
                .containsExactly("troupe.conf:4: troupe.devices.d." + key + ": " + expected);
    }

    @Test
    void shouldTellFileAndLineWhenTheSyntaxIsWrong() {
        assertThat(fixture.problems("troupe {\n  devices {\n    d { type = = x }\n  }\n}"))
                .singleElement()
                .asString()
                .startsWith("troupe.conf:3: ");
    }

    @Test
    void shouldNameTheIncludedFileWhenTheProblemIsInIt() {
        fixture.write("disks.conf", "\ntroupe.devices.d {\n type = fake-disk\n path = p\n quues = 1 }");

        assertThat(fixture.problems("include \"disks.conf\"\ntroupe {}"))
                .containsExactly(
                        "disks.conf:5: troupe.devices.d.quues: There is no such key here." + " Did you mean 'queues'?");
    }

    @Test
    void shouldRefuseAnIncludeWhenItIsMissingOrNoFile() {
        assertThat(fixture.problems("troupe {}\ninclude \"gone.conf\"\ninclude url(\"http://localhost:1/x\")"))
                .containsExactly(
                        "troupe.conf:2: include: The included file 'gone.conf' does not exist.",
                        "troupe.conf:3: include: Only files can be included, not 'http://localhost:1/x'.");
    }

    @Test
    void shouldEndWhenAFileIncludesItself() {
        assertThat(fixture.problems("include \"troupe.conf\"\ntroupe {}")).hasSize(1);
    }

    @Test
    void shouldTellWhenTwoDevicesHaveOneName() {
        assertThat(fixture.problems("""
                        # devices { d { } }
                        troupe { devices {
                          d { type = fake-rng }
                          "d" = { type = fake-disk, path = "}{" }
                          e.type = fake-rng
                          e.busy-poll = 1 us
                        } }
                        """))
                .containsExactly("troupe.conf:4: troupe.devices.d: There is a device 'd' already, at line 3."
                        + " Give this one another name.");
    }

    @Test
    void shouldTellWhenTwoDevicesOfOneNameBuildOnASubstitution() {
        assertThat(fixture.problems("""
                        base { type = fake-rng }
                        troupe.devices {
                          d = ${base} { enabled = false }
                          d = ${?base} { enabled = true }
                        }
                        """))
                .containsExactly("troupe.conf:4: troupe.devices.d: There is a device 'd' already, at line 3."
                        + " Give this one another name.");
    }

    @Test
    void shouldTakeADeviceThatBuildsOnWhatWasSaidOfItForTheSame() {
        assertThat(fixture.problems("""
                        troupe.devices {
                          d { type = fake-rng }
                          d = ${troupe.devices.d} { enabled = false }
                        }
                        """)).isEmpty();
    }

    @Test
    void shouldLayADeviceOverOneThatBuildsOnASubstitution() throws Exception {
        fixture.write("more.conf", "base { type = fake-disk, path = p }\ntroupe.devices.d = ${base} { queues = 2 }");
        NodeConfig config = fixture.load("include \"more.conf\"\ntroupe.devices.d { size = 1 MiB }");
        assertThat(config.devices().getFirst().settings().values())
                .containsEntry("queues", 2L)
                .containsEntry("size", 1L << 20);
    }

    @Test
    void shouldTellBlocksWithinDevicesFromDevicesWhenTheseBuildOnASubstitution() {
        assertThat(fixture.problems("""
                        base { type = fake-disk, path = p }
                        troupe.devices {
                          d = ${base} { luns { a { } } }
                          e = ${base} { luns { a { } } }
                        }
                        """)).isNotEmpty().noneMatch(problem -> problem.contains("already"));
    }

    @Test
    void shouldTellTheFileThatContainsAnIncludeWhenThatIsRefused() {
        fixture.write("more.conf", "\n\ninclude \"gone.conf\"");
        assertThat(fixture.problems("include \"more.conf\"\ntroupe {}"))
                .containsExactly("more.conf:3: include: The included file 'gone.conf' does not exist.");
    }

    @Test
    void shouldRefuseAControlSocketWhenASuccessorCouldNotBindOneBesideIt() {
        assertThat(fixture.problems("troupe.control-socket = /" + "x".repeat(101)))
                .isEmpty();
        assertThat(fixture.problems("troupe.control-socket = /" + "x".repeat(102)))
                .singleElement()
                .asString()
                .startsWith("troupe.conf:1: troupe.control-socket: The path /xxx")
                .endsWith("is longer than the 102 bytes that the control socket's may have.");
    }

    @Test
    void shouldTellWhenTwoDevicesHaveOneSocket() {
        assertThat(fixture.problems("""
                        troupe.devices {
                          a { type = fake-rng, socket = /run/x/../one.sock }
                          b { type = fake-rng
                              socket = /run/one.sock }
                          c { type = fake-rng, socket = /run/user/1000/troupe/control.sock }
                        }
                        """))
                .containsExactly(
                        "troupe.conf:4: troupe.devices.b.socket: The device 'a' has the socket /run/one.sock already."
                                + " Give this device another one.",
                        "troupe.conf:5: troupe.devices.c.socket: The daemon's control socket has the socket"
                                + " /run/user/1000/troupe/control.sock already. Give this device another one.");
    }

    @Test
    void shouldTellWhenTwoDevicesHaveOneSocketThoughBothAreWrongInOtherWays() {
        assertThat(fixture.problems("""
                        troupe.devices {
                          a { type = fake-rng, socket = /run/one.sock, busy-pol = 1 us }
                          b { type = fake-rgn, socket = /run/one.sock }
                          c { type = fake-rng, socket = /run/two.sock
                              socket-mode = 0999 }
                          d { type = fake-rng
                              socket = /run/two.sock }
                        }
                        """))
                .containsExactly(
                        "troupe.conf:2: troupe.devices.a.busy-pol: There is no such key here. Did you mean 'busy-poll'?",
                        "troupe.conf:3: troupe.devices.b.socket: The device 'a' has the socket /run/one.sock already."
                                + " Give this device another one.",
                        "troupe.conf:3: troupe.devices.b.type: There is no device type 'fake-rgn'."
                                + " Did you mean 'fake-rng'?",
                        "troupe.conf:5: troupe.devices.c.socket-mode: '0999' is no permission; three octal digits are"
                                + " needed, such as \"0660\".",
                        "troupe.conf:7: troupe.devices.d.socket: The device 'c' has the socket /run/two.sock already."
                                + " Give this device another one.");
    }

    @ParameterizedTest
    @CsvSource(delimiter = '|', quoteCharacter = '~', textBlock = """
            logleve = DEBUG                             | pekko.logleve: The actor runtime has no such setting. Did you mean 'loglevel'?
            actor.creation-timeout = soon               | pekko.actor.creation-timeout: 'soon' is not a time, such as '20s'.
            scheduler.ticks-per-wheel = many            | pekko.scheduler.ticks-per-wheel: 'many' is not a number, such as 512.
            loggers = org.example.Logger                | pekko.loggers: 'org.example.Logger' is not a list, such as ["org.apache.pekko.event.Logging$DefaultLogger"].
            loglevel = []                               | pekko.loglevel: [] is not a single value, such as 'INFO'.
            actor = 5                                   | pekko.actor: A block { … } is needed here.
            actor.default-dispatcher.througput = 5      | pekko.actor.default-dispatcher.througput: The actor runtime has no such setting. Did you mean 'throughput'?
            actor.debug.receive = ${nowhere}            | pekko.actor.debug.receive: This refers to ${nowhere}, which neither the file nor the environment defines.
            """)
    void shouldTellWhatIsWrongWithASettingOfTheActorRuntime(String setting, String problem) {
        assertThat(fixture.problems("troupe {}\npekko { " + setting + " }"))
                .containsExactly("troupe.conf:2: " + problem);
    }

    @Test
    void shouldTellWhenTheNameOfTheActorRuntimesBlockIsMistyped() {
        assertThat(fixture.problems("troupe {}\npeko { loglevel = DEBUG }"))
                .containsExactly("troupe.conf:2: peko: There is no such key here. Did you mean 'pekko'?");
    }

    @Test
    void shouldLeaveTheOperatorsOwnKeysAlone() {
        assertThat(fixture.problems("troupe {}\ngroup = kvm\nroute = [ 1 ]\npeak = 5 MiB"))
                .isEmpty();
        assertThat(fixture.problems("torupe {}"))
                .contains("troupe.conf:1: torupe: There is no such key here. Did you mean 'troupe'?");
    }

    @Test
    void shouldRefuseASocketPathWhenItIsTooLongForTheKernel() {
        assertThat(fixture.problems("troupe.devices.a { type = fake-rng, socket = /" + "x".repeat(107) + " }"))
                .singleElement()
                .asString()
                .contains("longer than the 107 bytes");
    }

    @Test
    void shouldRefuseADeviceNameWhenItCouldNotBeAFileName() {
        assertThat(fixture.problems("troupe.devices.\"a/b\" { type = fake-rng }"))
                .singleElement()
                .asString()
                .startsWith("troupe.conf:1: troupe.devices.a/b: A device's name has");
    }

    @Test
    void shouldTellWhenTheFileIsMissingEmptyOrAboutSomethingElse() {
        assertThat(fixture.problems("")).containsExactly("troupe.conf: troupe: The file has no block troupe { … }.");
        assertThat(fixture.problems("trouppe {}"))
                .contains("troupe.conf:1: trouppe: There is no such key here. Did you mean 'troupe'?");
        assertThat(fixture.problems("troupe = 5"))
                .containsExactly("troupe.conf:1: troupe: A block { … } is needed here.");
        assertThatThrownBy(() -> new ConfigLoader(ConfigFixture.TYPES).load(folder.resolve("gone")))
                .isInstanceOf(InvalidConfigException.class)
                .hasMessageContaining("There is no such file");
    }

    @Test
    void shouldTellASubstitutionWhenNothingThatIsReadDependsOnIt() {
        assertThat(fixture.problems("troupe {}\nmine = ${NOT_SET}"))
                .singleElement()
                .asString()
                .startsWith("troupe.conf:2: ")
                .contains("NOT_SET");
    }

    @Test
    void shouldTellTheFlagWhenACommandLineIsWrong() {
        assertThatThrownBy(() -> new ConfigLoader(ConfigFixture.TYPES)
                        .device(
                                "blk",
                                new FakeDisk(),
                                Map.of("size", "1 XiB"),
                                new Endpoint.Inherited(3),
                                Path.of("/")))
                .isInstanceOf(InvalidConfigException.class)
                .hasMessageContaining("command line: size: '1 XiB' has the unknown unit")
                .hasMessageContaining("command line: path: This is missing");
    }
}
