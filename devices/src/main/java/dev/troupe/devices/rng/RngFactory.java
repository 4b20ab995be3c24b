package dev.troupe.devices.rng;

import dev.troupe.actors.device.DeviceContext;
import dev.troupe.actors.device.DeviceException;
import dev.troupe.actors.device.DeviceFactory;
import dev.troupe.actors.device.DeviceSettings;
import dev.troupe.actors.device.Option;
import dev.troupe.actors.device.Problem;
import dev.troupe.actors.device.VirtioDevice;
import dev.troupe.actors.device.VmmAttachment;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;

/** The type {@code rng}: random bytes for a guest, virtio section 5.4. */
public final class RngFactory implements DeviceFactory {
    private static final int VIRTIO_ID = 4;
    private static final Path URANDOM = Path.of("/dev/urandom");

    /** For {@link java.util.ServiceLoader}. */
    public RngFactory() {}

    @Override
    public String type() {
        return "rng";
    }

    @Override
    public int virtioId() {
        return VIRTIO_ID;
    }

    @Override
    public String summary() {
        return "Random bytes of the host.";
    }

    @Override
    public List<Option<?>> options() {
        return RngSettings.options();
    }

    @Override
    public List<Problem> check(DeviceSettings settings) {
        return RngSettings.check(settings);
    }

    @Override
    public VirtioDevice open(DeviceSettings settings, DeviceContext context) throws DeviceException {
        RngSettings rng = RngSettings.of(settings);
        RngSource source = switch (rng.source()) {
            case URANDOM -> FileSource.open(URANDOM, false);
            case GETRANDOM -> new KernelSource();
            case FILE -> FileSource.open(rng.path().orElseThrow(), rng.wraps());
        };
        RngBudget budget = new RngBudget(rng.bytesPerPeriod(), rng.period().toNanos(), System::nanoTime);
        return new RngDevice(source, budget, rng.maxRequestBytes(), context);
    }

    @Override
    public VmmAttachment attachment(DeviceSettings settings) {
        return new VmmAttachment("vhost-user-rng-pci", Optional.empty(), Optional.empty(), Optional.empty());
    }
}
