package dev.troupe.samples.guest;

import static org.assertj.core.api.Assertions.assertThat;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import org.junit.jupiter.api.AfterAll;
import org.junit.jupiter.api.BeforeAll;
import org.junit.jupiter.api.MethodOrderer;
import org.junit.jupiter.api.Order;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.TestInstance;
import org.junit.jupiter.api.TestMethodOrder;
import org.junit.jupiter.api.io.TempDir;

/**
 * What the kernel's own drivers must find on Troupe's I2C buses and GPIO chips. One daemon, and two guests that share a simulated
 * bus and a simulated chip, booted once for all of it; the left one brings the bus to life before the right one looks.
 */
@TestInstance(TestInstance.Lifecycle.PER_CLASS)
@TestMethodOrder(MethodOrderer.OrderAnnotation.class)
abstract class BusesContract {
    static final Duration LIMIT = Duration.ofMinutes(3);

    private static final String DEVICES = """
            left-i2c {
              type = i2c, back-end = simulated, bus = board, exclusive = [0x50]
              devices {
                registers { model = registers, address = 0x20 }
                sensor { model = lm75, address = 0x48, options = ["value=21.5"] }
                eeprom { model = eeprom, address = 0x50, size = 4 KiB }
              }
            }
            right-i2c { type = i2c, back-end = simulated, bus = board, addresses = [0x20, 0x50] }
            left-gpio {
              type = gpio, back-end = simulated, chip = board, lines = ["LED=0", "1", "BUTTON=2"], wires = ["0=1", "0=neighbour:3"]
            }
            right-gpio { type = gpio, back-end = simulated, chip = neighbour, lines = ["FROM-LEFT=3"] }
            """;

    TroupeProgram troupe;
    GuestRun left;
    GuestRun right;

    /** Which QEMU and kernel. */
    abstract GuestImage image();

    @BeforeAll
    void boot(@TempDir Path folder) {
        troupe = TroupeProgram.startSupervised("buses-" + image().flavour(), folder, DEVICES);
        left = guest("left", "i2c", "i2c-loop", "gpio", "gpio-monitor", "gpio-drive");
        right = guest("right", "i2c-neighbour", "i2c-leased", "i2c-loop", "gpio-input", "gpio-monitor");
    }

    private GuestRun guest(String side, String... scripts) {
        return Guest.on(image())
                .name("buses-" + side)
                .device(GuestDevice.vhostUser("i2c", troupe.socket(side + "-i2c")))
                .device(GuestDevice.vhostUser("gpio", troupe.socket(side + "-gpio")))
                .script(GuestScript.onRequest("buses-" + side, List.of(scripts)))
                .boot(LIMIT);
    }

    @AfterAll
    void powerOff() {
        try (TroupeProgram daemon = troupe;
                GuestRun one = left;
                GuestRun other = right) {
            one.end(LIMIT);
            other.end(LIMIT);
            assertThat(daemon.log()).as("the daemon's log").noneMatch(line -> line.contains("ERROR"));
        }
    }

    @Test
    @Order(1)
    void shouldServeTheKernelsDriversAndToolsOnASimulatedBus() {
        left.begin("i2c", "FOUND=20 48 50", "SENSOR=21500");
        left.awaitAsk("temperature", LIMIT);
        troupe.command("i2c", "left-i2c", "set", "sensor", "-10");
        left.send("done");

        assertThat(left.finish("i2c", LIMIT)).contains("the EEPROM keeps what at24 wrote", "temperature -10000");
    }

    @Test
    @Order(2)
    void shouldLetTwoGuestsShareABusWithinTheirAddresses() {
        right.perform("i2c-neighbour", LIMIT);

        left.begin("i2c-loop", "REGISTER=30");
        right.begin("i2c-loop", "REGISTER=31");
        left.awaitAsk("stop", LIMIT);
        right.awaitAsk("stop", LIMIT);
        awaitTransfers("left-i2c");
        awaitTransfers("right-i2c");
        left.send("stop");
        right.send("stop");
        left.finish("i2c-loop", LIMIT);
        right.finish("i2c-loop", LIMIT);
    }

    @Test
    @Order(3)
    void shouldKeepATargetFromOneGuestWhileAnOperatorLeasesItToTheOther() {
        troupe.command("i2c", "left-i2c", "lease", "0x20", "600");
        right.begin("i2c-leased");
        right.awaitAsk("release", LIMIT);
        assertThat(troupe.command("i2c", "right-i2c", "list"))
                .anyMatch(line -> line.startsWith("0x20 is leased to left-i2c for another "));
        troupe.command("i2c", "left-i2c", "release", "0x20");
        right.send("released");

        right.finish("i2c-leased", LIMIT);
    }

    private void awaitTransfers(String device) {
        long until = troupe.requests(device) + 50;
        Patience.await("transfers of " + device, LIMIT, () -> troupe.requests(device) >= until);
    }

    @Test
    @Order(4)
    void shouldMoveTheLinesOfBothGuestsAndThoseThatOperatorsPress() {
        left.begin("gpio");
        left.awaitAsk("press", LIMIT);
        troupe.command("gpio", "left-gpio", "set", "BUTTON", "1");
        left.send("pressed");

        assertThat(left.finish("gpio", LIMIT)).contains("lines do as they are told");
        right.perform("gpio-input", LIMIT, "LEVEL=1");
        assertThat(troupe.command("gpio", "left-gpio", "get", "LED")).contains("1");
    }

    @Test
    @Order(5)
    void shouldFailNoTransferAndForgetNoLevelDuringMaintenance() {
        left.begin("i2c-loop");
        left.awaitAsk("stop", LIMIT);
        awaitTransfers("left-i2c");
        troupe.restart("left-i2c");
        troupe.restart("left-gpio");
        awaitTransfers("left-i2c");
        troupe.upgrade();
        awaitTransfers("left-i2c");
        left.send("stop");
        left.finish("i2c-loop", LIMIT);
        levelsAreAsBefore();

        troupe.killSupervised();
        levelsAreAsBefore();
        right.perform("i2c-neighbour", LIMIT);
    }

    private void levelsAreAsBefore() {
        assertThat(troupe.command("gpio", "left-gpio", "get", "BUTTON")).contains("1");
        right.perform("gpio-input", LIMIT, "LEVEL=1");
    }
}
