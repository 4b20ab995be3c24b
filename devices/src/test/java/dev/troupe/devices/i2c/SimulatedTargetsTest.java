package dev.troupe.devices.i2c;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.troupe.actors.device.DeviceException;
import dev.troupe.actors.device.VirtioDevice;
import dev.troupe.devices.testing.ManualLoop;
import dev.troupe.devices.testing.RequestWriter.Answer;
import dev.troupe.devices.testing.Rig;
import dev.troupe.devices.testing.TestDeviceContext;
import dev.troupe.devices.testing.TestSettings;
import dev.troupe.transport.testing.LeakCheck;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.AfterEach;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

/** The targets that Troupe brings, as a guest and an operator see them. */
@ExtendWith(LeakCheck.class)
class SimulatedTargetsTest {
    private static final int ADDRESS = 0x48;

    @TempDir
    Path directory = Path.of("");

    private final ManualLoop loop = new ManualLoop();
    private final TestDeviceContext context = new TestDeviceContext(loop);

    @AfterEach
    void close() {
        context.close();
    }

    private VirtioDevice device(Map<String, Object> options) throws DeviceException {
        I2cFactory factory = new I2cFactory();
        return factory.open(TestSettings.of(factory, options), context);
    }

    private VirtioDevice deviceWith(Map<String, Object> target) throws DeviceException {
        return device(Map.of("back-end", "simulated", "bus", "board", "devices", Map.of("it", target)));
    }

    private Rig rig(Map<String, Object> target) throws DeviceException {
        return Rig.split(loop, deviceWith(target));
    }

    private static void write(Rig rig, int... data) {
        assertThat(rig.request(I2cRequests.write(ADDRESS, data), 1).lastByte()).isEqualTo(I2cWire.VIRTIO_I2C_MSG_OK);
    }

    private static byte[] read(Rig rig, int bytes) {
        Answer answer = rig.request(I2cRequests.read(ADDRESS), bytes + 1);
        assertThat(answer.lastByte()).isEqualTo(I2cWire.VIRTIO_I2C_MSG_OK);
        return Arrays.copyOf(answer.bytes(), bytes);
    }

    private static String command(Rig rig, String verb, String... arguments) throws DeviceException {
        return rig.device().command(verb, List.of(arguments));
    }

    @Test
    void shouldKeepWhatIsWrittenToAnEepromAndBeErasedAtFirst() throws Exception {
        try (Rig rig = rig(Map.of("model", "eeprom", "address", "0x48"))) {
            write(rig, 0x10, 1, 2);
            write(rig, 0x0f);
            assertThat(read(rig, 4)).containsExactly(0xff, 1, 2, 0xff);
        }
    }

    @Test
    void shouldGoOnAtThePagesBeginningWhenAWriteToAnEepromPassesItsEnd() throws Exception {
        try (Rig rig = rig(Map.of("model", "eeprom", "address", "0x48"))) {
            write(rig, 0x06, 1, 2, 3);
            write(rig, 0x00);
            assertThat(read(rig, 9)).containsExactly(3, 0xff, 0xff, 0xff, 0xff, 0xff, 1, 2, 0xff);
        }
    }

    @Test
    void shouldReadOverTheEndOfAnEepromToItsBeginning() throws Exception {
        try (Rig rig = rig(Map.of("model", "eeprom", "address", "0x48"))) {
            write(rig, 0x00, 5);
            write(rig, 0xff, 6);
            write(rig, 0xff);
            assertThat(read(rig, 2)).containsExactly(6, 5);
        }
    }

    @Test
    void shouldHaveTwoAddressBytesInALargeEeprom() throws Exception {
        try (Rig rig = rig(Map.of("model", "eeprom", "address", "0x48", "size", 4096L))) {
            write(rig, 0x0f, 0xe0, 7);
            write(rig, 0x0f, 0xe0);
            assertThat(read(rig, 1)).containsExactly(7);
            assertThat(command(rig, "get", "it", "0xfe0", "2")).isEqualTo("07 ff");
            assertThat(rig.request(I2cRequests.write(ADDRESS, 1), 1).lastByte()).isEqualTo(I2cWire.VIRTIO_I2C_MSG_ERR);
        }
    }

    @Test
    void shouldRefuseAnEepromThatThereCannotBe() {
        assertThatThrownBy(() -> deviceWith(Map.of("model", "eeprom", "address", "0x48", "size", 1000L)))
                .isInstanceOf(DeviceException.class);
        assertThatThrownBy(() -> deviceWith(Map.of("model", "eeprom", "address", "0x48", "options", List.of("page=3"))))
                .isInstanceOf(DeviceException.class);
        assertThatThrownBy(
                        () -> deviceWith(Map.of("model", "eeprom", "address", "0x48", "options", List.of("page=many"))))
                .hasMessageContaining("page is 'many'");
    }

    @Test
    void shouldKeepBytesInAFileWhenOneIsNamed() throws Exception {
        Path file = directory.resolve("eeprom.bin");
        Map<String, Object> eeprom = Map.of("model", "eeprom", "address", "0x48", "file", file);
        try (Rig rig = rig(eeprom)) {
            write(rig, 0x02, 9);
        }
        assertThat(Files.readAllBytes(file)).hasSize(256).startsWith(0xff, 0xff, 9, 0xff);
        try (Rig rig = rig(eeprom)) {
            write(rig, 0x02);
            assertThat(read(rig, 1)).containsExactly(9);
        }
    }

    @Test
    void shouldRefuseAFileThatAnotherTargetUses() {
        Path file = directory.resolve("eeprom.bin");
        Map<String, Object> one = Map.of("model", "eeprom", "address", "0x50", "file", file);
        Map<String, Object> two = Map.of("model", "eeprom", "address", "0x51", "file", file);

        assertThatThrownBy(() -> device(Map.of("back-end", "simulated", "devices", Map.of("one", one, "two", two))))
                .isInstanceOf(DeviceException.class)
                .hasMessageContaining("in use");
    }

    @Test
    void shouldShowTheTemperatureThatAnOperatorSets() throws Exception {
        try (Rig rig = rig(Map.of("model", "lm75", "address", "0x48", "options", List.of("value=21.5")))) {
            write(rig, 0);
            assertThat(read(rig, 2)).containsExactly(21, 0x80);
            assertThat(command(rig, "get", "it")).isEqualTo("21.5");
            command(rig, "set", "it", "-10.5");
            assertThat(read(rig, 2)).containsExactly(0xf5, 0x80);
            assertThatThrownBy(() -> command(rig, "set", "it", "hot")).isInstanceOf(DeviceException.class);
        }
    }

    @Test
    void shouldLetADriverSetTheLimitsButNotTheTemperature() throws Exception {
        try (Rig rig = rig(Map.of("model", "lm75", "address", "0x48"))) {
            write(rig, 3, 0x30, 0x00);
            assertThat(read(rig, 2)).containsExactly(0x30, 0x00);
            write(rig, 0, 0x30, 0x00);
            assertThat(read(rig, 2)).containsExactly(25, 0x00);
            write(rig, 1, 0x18);
            assertThat(read(rig, 2)).containsExactly(0x18, 0x18);
        }
    }

    @Test
    void shouldGoOnToTheNextRegister() throws Exception {
        try (Rig rig = rig(Map.of("model", "registers", "address", "0x48", "size", 4L))) {
            write(rig, 3, 1, 2);
            write(rig, 3);
            assertThat(read(rig, 3)).containsExactly(1, 2, 0);
            command(rig, "set", "it", "1", "0x77");
            assertThat(command(rig, "dump", "it")).isEqualTo("0000: 02 77 00 01\n");
            assertThat(rig.request(I2cRequests.write(ADDRESS, 4, 1), 1).lastByte())
                    .isEqualTo(I2cWire.VIRTIO_I2C_MSG_ERR);
        }
    }

    @Test
    void shouldEchoWhatWasWrittenLast() throws Exception {
        try (Rig rig = rig(Map.of("model", "echo", "address", "0x48"))) {
            write(rig, 1, 2, 3);
            assertThat(read(rig, 5)).containsExactly(1, 2, 3, 1, 2);
            assertThatThrownBy(() -> command(rig, "get", "it")).isInstanceOf(DeviceException.class);
        }
    }

    @Test
    void shouldRefuseWhatAnOperatorSaysWrong() throws Exception {
        try (Rig rig = rig(Map.of("model", "eeprom", "address", "0x48"))) {
            assertThatThrownBy(() -> command(rig, "get")).isInstanceOf(DeviceException.class);
            assertThatThrownBy(() -> command(rig, "get", "that", "0")).hasMessageContaining("it has it");
            assertThatThrownBy(() -> command(rig, "get", "it", "256")).isInstanceOf(DeviceException.class);
            assertThatThrownBy(() -> command(rig, "get", "it", "255", "2")).isInstanceOf(DeviceException.class);
            assertThatThrownBy(() -> command(rig, "set", "it", "255", "1", "2")).isInstanceOf(DeviceException.class);
            assertThatThrownBy(() -> command(rig, "set", "it", "0", "256")).isInstanceOf(DeviceException.class);
        }
    }

    @Test
    void shouldListTheTargetsAndWhichTheGuestMayUse() throws Exception {
        Map<String, Object> eeprom = Map.of("model", "eeprom", "address", "0x50");
        Map<String, Object> echo = Map.of("model", "echo", "address", "10bit:0x51");
        try (VirtioDevice device = device(Map.of(
                "back-end", "simulated", "addresses", List.of("0x50"), "devices", Map.of("a", eeprom, "b", echo)))) {
            assertThat(device.command("list", List.of())).isEqualTo("""
                            simulated bus test0
                            addresses of the guest: 0x50
                            0x50  a (eeprom)
                            10bit:0x051 -b (echo)
                            """);
        }
    }

    @Test
    void shouldShareABusAndItsTargetsAmongDevicesAndEachItsAddresses() throws Exception {
        Map<String, Object> eeprom = Map.of("model", "eeprom", "address", "0x48");
        Map<String, Object> echo = Map.of("model", "echo", "address", "0x49");
        try (Rig one = Rig.split(
                        loop,
                        device(Map.of(
                                "back-end", "simulated", "bus", "board", "devices", Map.of("a", eeprom, "b", echo))));
                Rig two = Rig.split(
                        loop, device(Map.of("back-end", "simulated", "bus", "board", "addresses", List.of("0x48"))))) {
            write(one, 0x00, 42);
            write(two, 0x00);
            assertThat(read(two, 1)).containsExactly(42);
            assertThat(one.request(I2cRequests.write(0x49, 1), 1).lastByte()).isEqualTo(I2cWire.VIRTIO_I2C_MSG_OK);
            assertThat(two.request(I2cRequests.write(0x49, 1), 1).lastByte()).isEqualTo(I2cWire.VIRTIO_I2C_MSG_ERR);
        }
    }

    @Test
    void shouldTakeItsTargetsAlongWhenADeviceCloses() throws Exception {
        Map<String, Object> eeprom = Map.of("model", "eeprom", "address", "0x48");
        try (Rig other = Rig.split(loop, device(Map.of("back-end", "simulated", "bus", "board")))) {
            rig(eeprom).close();
            assertThat(other.request(I2cRequests.write(ADDRESS, 0), 1).lastByte())
                    .isEqualTo(I2cWire.VIRTIO_I2C_MSG_ERR);
            try (Rig again = rig(eeprom)) {
                write(again, 0);
            }
        }
    }

    @Test
    void shouldRefuseASecondTargetAtAnAddressOfTheBus() throws Exception {
        Map<String, Object> eeprom = Map.of("model", "eeprom", "address", "0x48");
        try (Rig rig = rig(eeprom)) {
            assertThatThrownBy(() ->
                            device(Map.of("back-end", "simulated", "bus", "board", "devices", Map.of("other", eeprom))))
                    .isInstanceOf(DeviceException.class)
                    .hasMessage("There is a target 'it' at 0x48 on simulated bus board already.");
            write(rig, 0);
        }
    }
}
