package dev.troupe.config;

import dev.troupe.actors.device.ConfigField;
import dev.troupe.actors.device.DeviceContext;
import dev.troupe.actors.device.DeviceException;
import dev.troupe.actors.device.DeviceFactory;
import dev.troupe.actors.device.DeviceSettings;
import dev.troupe.actors.device.FeatureName;
import dev.troupe.actors.device.Option;
import dev.troupe.actors.device.ProgramConvention;
import dev.troupe.actors.device.VirtioDevice;
import dev.troupe.actors.device.VmmAttachment;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A device type with one option, which cannot be opened. */
final class FakeRng implements DeviceFactory {

    static final Option<Path> SOURCE = Option.path("source");
    static final Option<String> BACK_END = Option.choice("back-end", "file", "null");

    @Override
    public String type() {
        return "fake-rng";
    }

    @Override
    public int virtioId() {
        return 4;
    }

    @Override
    public String summary() {
        return "A source of numbers that is not there.";
    }

    @Override
    public List<Option<?>> options() {
        return List.of(SOURCE, BACK_END);
    }

    @Override
    public VirtioDevice open(DeviceSettings settings, DeviceContext context) throws DeviceException {
        throw new DeviceException("This source is not there.");
    }

    @Override
    public VmmAttachment attachment(DeviceSettings settings) {
        return new VmmAttachment("vhost-user-rng-pci", Optional.empty(), Optional.empty(), Optional.empty());
    }

    @Override
    public ProgramConvention program() {
        return new ProgramConvention("rng", List.of(), Map.of());
    }

    @Override
    public List<FeatureName> featureNames() {
        return List.of();
    }

    @Override
    public List<ConfigField> configFields() {
        return List.of();
    }
}
