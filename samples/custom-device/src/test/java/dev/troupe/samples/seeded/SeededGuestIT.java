package dev.troupe.samples.seeded;

import static org.assertj.core.api.Assertions.assertThat;

import dev.troupe.samples.guest.Guest;
import dev.troupe.samples.guest.GuestDevice;
import dev.troupe.samples.guest.GuestImage;
import dev.troupe.samples.guest.GuestRun;
import dev.troupe.samples.guest.GuestScript;
import dev.troupe.samples.guest.TiedProcess;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** The program as its users have it, this module's jar among its plug-ins, and a guest with the stock driver. */
class SeededGuestIT {
    private static final Duration LIMIT = Duration.ofMinutes(3);
    private static final long SEED = 42;
    private static final Path TARGET = Path.of("target").toAbsolutePath();

    /**
     * Reads sixteen bytes, which one request of the driver brings, when the host asks for them; before that, more than the
     * kernel can have put by.
     */
    private static final GuestScript SCRIPT = GuestScript.of("seeded", """
            until_true 10 grep -q '^virtio_rng' /sys/class/misc/hw_random/rng_current || fail "no virtio_rng"
            for turn in first second; do
              ask "$turn"
              run dd if=/dev/hwrng of=/dev/null bs=4096 count=1 iflag=fullblock
              say "$turn $(dd if=/dev/hwrng bs=16 count=1 iflag=fullblock 2>/dev/null | hexdump -v -e '1/1 "%02x"')"
            done
            """);

    @TempDir
    Path folder = Path.of("");

    @Test
    void shouldGiveTheGuestTheStreamAndGoOnInItWhenTheDeviceIsRestarted() throws IOException {
        Path configuration = Files.writeString(
                folder.resolve("troupe.conf"), "troupe.devices { seeded0 { type = seeded, seed = " + SEED + " } }\n");
        Path logs = Files.createDirectories(TARGET.resolve("guest-logs"));
        try (TiedProcess daemon = troupe(logs, "run", configuration.toString())) {
            daemon.awaitLine(line -> line.contains("control socket"), line -> false, "the daemon", LIMIT);
            try (GuestRun guest = Guest.on(GuestImage.stock())
                    .device(GuestDevice.rng(folder.resolve("seeded0.sock")))
                    .logs(logs)
                    .script(SCRIPT)
                    .boot(LIMIT)) {
                int first = positionOf(read(guest, "first"));
                try (TiedProcess restart = troupe(logs, "restart", "seeded0")) {
                    assertThat(restart.awaitEnd(LIMIT)).isZero();
                }
                int second = positionOf(read(guest, "second"));

                assertThat(first).isNotNegative();
                assertThat(second).isGreaterThan(first);
                guest.awaitOk(LIMIT);
            }
        }
    }

    private static String read(GuestRun guest, String turn) {
        guest.awaitAsk(turn, LIMIT);
        guest.send("");
        return guest.awaitLine("TROUPE-INFO " + turn + " ", LIMIT).substring(("TROUPE-INFO " + turn + " ").length());
    }

    /** Where in the first 64 KiB of the stream these bytes stand, -1 if nowhere. */
    private static int positionOf(String hex) {
        byte[] stream = new byte[1 << 16];
        for (int i = 0; i < stream.length; i++) {
            stream[i] = SeededStream.at(SEED, i);
        }
        int at = HexFormat.of().formatHex(stream).indexOf(hex);
        return at < 0 ? at : at / 2;
    }

    private TiedProcess troupe(Path logs, String... arguments) {
        Path program = Path.of("../../runtime/target/troupe/bin/troupe")
                .toAbsolutePath()
                .normalize();
        List<String> command = Stream.concat(Stream.of(program.toString()), Arrays.stream(arguments))
                .toList();
        return TiedProcess.start(
                "seeded-" + arguments[0],
                command,
                Map.of(
                        "TROUPE_PLUGINS", TARGET.resolve("plugins").toString(),
                        "RUNTIME_DIRECTORY", folder.toString(),
                        "JAVA_HOME", System.getProperty("java.home")),
                logs.resolve("seeded-" + arguments[0] + ".log"));
    }
}
