package dev.troupe.devices.rng;

import static org.assertj.core.api.Assertions.assertThat;

import dev.troupe.actors.device.DeviceContext;
import dev.troupe.actors.device.VirtioDevice;
import dev.troupe.devices.testing.DeviceContract;
import dev.troupe.devices.testing.Probe;
import dev.troupe.devices.testing.TestSettings;
import java.util.List;
import java.util.Map;

/** The contract of devices, with requests for random bytes. */
abstract class RngContract extends DeviceContract {

    abstract String source();

    @Override
    protected VirtioDevice open(DeviceContext context) throws Exception {
        RngFactory factory = new RngFactory();
        return factory.open(TestSettings.of(factory, Map.of("source", source())), context);
    }

    @Override
    protected List<Probe> probes() {
        return List.of(bytes(64), bytes(1), bytes(4096), bytes(300));
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
                answer -> assertThat(answer.usedLengthBytes()).isBetween(1L, (long) count));
    }
}
