package dev.troupe.samples.seeded;

import static org.assertj.core.api.Assertions.assertThat;

import dev.troupe.actors.device.DeviceContext;
import dev.troupe.actors.device.VirtioDevice;
import dev.troupe.devices.testing.DeviceContract;
import dev.troupe.devices.testing.Probe;
import dev.troupe.devices.testing.TestSettings;
import java.util.List;
import java.util.Map;

/** What every device has to keep. */
class SeededContractTest extends DeviceContract {

    @Override
    protected VirtioDevice open(DeviceContext context) {
        SeededFactory factory = new SeededFactory();
        return factory.open(TestSettings.of(factory, Map.of()), context);
    }

    @Override
    protected List<Probe> probes() {
        return List.of(bytes(1), bytes(64), bytes(4096));
    }

    @Override
    protected Probe repeatable() {
        return bytes(64);
    }

    private static Probe bytes(int count) {
        return new Probe(
                count + " bytes",
                new byte[0],
                count,
                answer -> assertThat(answer.usedLengthBytes()).isEqualTo(count));
    }
}
