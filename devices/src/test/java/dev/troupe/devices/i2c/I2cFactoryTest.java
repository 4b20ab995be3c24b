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
}
