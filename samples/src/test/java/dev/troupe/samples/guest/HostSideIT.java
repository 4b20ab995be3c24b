package dev.troupe.samples.guest;

import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.stream.Stream;
import org.junit.jupiter.api.DynamicTest;
import org.junit.jupiter.api.TestFactory;
import org.junit.jupiter.api.io.TempDir;

/**
 * Devices that stand on hardware of the host: Troupe itself runs inside a guest here, whose kernel has what this host's need not
 * have: simulators of a GPIO chip, of SMBus targets and of input devices.
 */
class HostSideIT {
    private static final Duration LIMIT = Duration.ofMinutes(10);
    private static final List<String> MODULES =
            List.of("gpio-sim", "i2c-stub:chip_addr=0x1d,0x50", "i2c-i801", "uinput");
    private static final List<String> CLASSES = List.of(
            "dev.troupe.devices.gpio.HostChipOnSimulator",
            "dev.troupe.devices.i2c.AdapterBusOnSimulators",
            "dev.troupe.devices.input.EvdevSourceOnUinput");
    private static final String DEVICES = """
            bus {
              type = i2c, back-end = simulated
              devices {
                registers { model = registers, address = 0x20 }
                eeprom { model = eeprom, address = 0x52, size = 4 KiB }
              }
            }
            """;

    @TempDir
    private Path folder;

    @TestFactory
    Stream<DynamicTest> shouldServeWhatTheKernelsSimulatorsHave() {
        try (TroupeProgram outside = TroupeProgram.start("host-side", folder, DEVICES)) {
            Guest guest = Guest.on(GuestImage.stock())
                    .name("host-side")
                    .device(GuestDevice.vhostUser("i2c", outside.socket("bus")));
            return GuestJava.run(guest, GuestJava.image(folder), MODULES, LIMIT, CLASSES);
        }
    }
}
