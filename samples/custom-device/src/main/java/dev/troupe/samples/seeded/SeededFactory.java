package dev.troupe.samples.seeded;

import dev.troupe.actors.device.DeviceContext;
import dev.troupe.actors.device.DeviceFactory;
import dev.troupe.actors.device.DeviceSettings;
import dev.troupe.actors.device.Option;
import dev.troupe.actors.device.VirtioDevice;
import dev.troupe.actors.device.VmmAttachment;
import java.util.List;
import java.util.Optional;

/** The type {@code seeded}: an entropy device, virtio section 5.4, whose bytes are known beforehand. */
public final class SeededFactory implements DeviceFactory {
    static final Option<Long> SEED = Option.integer("seed", 0, Long.MAX_VALUE);

    /** For {@link java.util.ServiceLoader}. */
    public SeededFactory() {}

    @Override
    public String type() {
        return "seeded";
    }

    @Override
    public int virtioId() {
        return 4;
    }

    @Override
    public String summary() {
        return "Random bytes that are the same in every run, for tests.";
    }

    @Override
    public List<Option<?>> options() {
        return List.of(SEED);
    }

    @Override
    public VirtioDevice open(DeviceSettings settings, DeviceContext context) {
        return new SeededDevice(settings.get(SEED), context);
    }

    /** QEMU has a front end for entropy devices; a type that it has none for leaves this out. */
    @Override
    public VmmAttachment attachment(DeviceSettings settings) {
        return new VmmAttachment("vhost-user-rng-pci", Optional.empty(), Optional.empty(), Optional.empty());
    }
}
