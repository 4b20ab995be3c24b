package dev.troupe.devices.i2c;

import static org.assertj.core.api.Assertions.assertThat;
import static org.assertj.core.api.Assertions.assertThatThrownBy;

import dev.troupe.actors.device.DeviceException;
import dev.troupe.actors.device.DeviceSettings;
import dev.troupe.actors.device.Problem;
import dev.troupe.devices.testing.ManualLoop;
import dev.troupe.devices.testing.TestDeviceContext;
import dev.troupe.devices.testing.TestSettings;
import dev.troupe.transport.testing.LeakCheck;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.extension.ExtendWith;
import org.junit.jupiter.api.io.TempDir;

@ExtendWith(LeakCheck.class)
class I2cFactoryTest {
    @TempDir
    Path directory = Path.of("");

    private final I2cFactory factory = new I2cFactory();

    private DeviceSettings settings(Map<String, Object> options) {
        return TestSettings.of(factory, options);
    }

    private List<String> problems(Map<String, Object> options) {
        return factory.check(settings(options)).stream().map(Problem::option).toList();
    }

    @Test
    void shouldFindNothingWrongWithWhatIsRight() {
        assertThat(problems(Map.of("bus", "1", "addresses", List.of("0x50", "0x60-0x67", "10bit:0x250"))))
                .isEmpty();
        assertThat(problems(Map.of(
                        "back-end",
                        "simulated",
                        "devices",
                        Map.of("sensor", Map.of("model", "lm75", "address", "0x48")))))
                .isEmpty();
    }

    @Test
    void shouldSayWhichOptionIsWrong() {
        Map<String, Object> strange = Map.of("model", "teapot", "address", "0x99");
        assertThat(problems(Map.of())).containsExactly("bus");
        assertThat(problems(Map.of("bus", "1", "addresses", List.of("0x50-0x40"))))
                .containsExactly("addresses");
        assertThat(problems(Map.of("bus", "1", "addresses", List.of("0x50"), "exclusive", List.of("0x50-0x51"))))
                .containsExactly("exclusive");
        assertThat(problems(Map.of("bus", "1", "exclusive", List.of("0x150", "0"))))
                .containsExactly("exclusive", "exclusive");
        assertThat(problems(Map.of("bus", "1", "devices", Map.of("a", Map.of("model", "echo", "address", "1")))))
                .containsExactly("devices");
        assertThat(problems(Map.of("back-end", "simulated", "devices", Map.of("a", strange))))
                .containsExactly("devices.a.address", "devices.a.model");
    }

    @Test
    void shouldSayWhatIsThereWhenTheHostHasNoSuchAdapter() {
        TestDeviceContext context = new TestDeviceContext(new ManualLoop());
        assertThatThrownBy(() -> factory.open(settings(Map.of("bus", "no such adapter")), context))
                .isInstanceOf(DeviceException.class)
                .hasMessageContaining("no such adapter");
        assertThatThrownBy(() -> factory.rehearse(settings(Map.of("bus", "4711"))))
                .isInstanceOf(DeviceException.class)
                .hasMessageContaining("/dev/i2c-4711");
        // A device file, but not an adapter's.
        assertThatThrownBy(() -> factory.open(settings(Map.of("bus", "/dev/null")), context))
                .isInstanceOf(DeviceException.class)
                .hasMessageContaining("ENOTTY");
        context.close();
    }

    @Test
    void shouldFindAnAdapterOfTheHostByItsName() throws Exception {
        Files.createDirectories(directory.resolve("i2c-7"));
        Files.writeString(directory.resolve("i2c-7/name"), "SMBus I801 adapter at efa0\n");

        assertThat(HostAdapters.find("SMBus I801 adapter at efa0", directory)).isEqualTo(Path.of("/dev/i2c-7"));
        assertThat(HostAdapters.find("3")).isEqualTo(Path.of("/dev/i2c-3"));
        assertThat(HostAdapters.find("/dev/i2c-5")).isEqualTo(Path.of("/dev/i2c-5"));
    }

    @Test
    void shouldRefuseANameThatTwoAdaptersOfTheHostHave() throws Exception {
        for (String adapter : List.of("i2c-8", "i2c-9")) {
            Files.createDirectories(directory.resolve(adapter));
            Files.writeString(directory.resolve(adapter).resolve("name"), "AMDGPU DM i2c hw bus\n");
        }

        assertThatThrownBy(() -> HostAdapters.find("AMDGPU DM i2c hw bus", directory))
                .isInstanceOf(DeviceException.class)
                .hasMessageContaining("/dev/i2c-8, /dev/i2c-9");
    }

    @Test
    void shouldKeepATargetForOneGuestUntilItsDeviceCloses() throws Exception {
        TestDeviceContext context = new TestDeviceContext(new ManualLoop());
        DeviceSettings exclusive =
                settings(Map.of("back-end", "simulated", "bus", "board", "exclusive", List.of("0x50-0x57")));
        I2cDevice first = (I2cDevice) factory.open(exclusive, context);
        I2cDevice other = (I2cDevice) factory.open(settings(Map.of("back-end", "simulated", "bus", "board")), context);

        assertThat(first.mayUse(0x57)).isTrue();
        assertThat(other.mayUse(0x57)).isFalse();
        assertThat(other.mayUse(0x58)).isTrue();
        assertThatThrownBy(() -> factory.open(exclusive, context)).hasMessageContaining("belongs to");
        first.close();
        assertThat(other.mayUse(0x57)).isTrue();
        other.close();
        context.close();
    }

    @Test
    void shouldLeaseAndReleaseTargetsAtCommand() throws Exception {
        TestDeviceContext context = new TestDeviceContext(new ManualLoop());
        I2cDevice device = (I2cDevice) factory.open(
                settings(Map.of("back-end", "simulated", "bus", "board", "addresses", List.of("0x50"))), context);

        assertThat(device.command("lease", List.of("0x50", "30"))).contains("0x50 is leased to", "for 30 s");
        assertThat(device.command("list", List.of())).contains("0x50 is leased to");
        assertThat(device.command("release", List.of("0x50"))).isEmpty();
        assertThatThrownBy(() -> device.command("release", List.of("0x50"))).hasMessageContaining("is not leased to");
        assertThatThrownBy(() -> device.command("lease", List.of("0x51", "30")))
                .hasMessage("0x51 is not among the guest's addresses: 0x50.");
        assertThatThrownBy(() -> device.command("lease", List.of("0x50", "0")))
                .hasMessage("'0' is no number of seconds from 1 to 86400.");
        assertThatThrownBy(() -> device.command("lease", List.of("0x50")))
                .hasMessage("Say the target's address, such as 0x50, and for how many seconds.");
        device.close();
        context.close();
    }
}
