package dev.troupe.config;

import dev.troupe.actors.device.ChangeEffect;
import dev.troupe.actors.device.ConfigField;
import dev.troupe.actors.device.DeviceContext;
import dev.troupe.actors.device.DeviceException;
import dev.troupe.actors.device.DeviceFactory;
import dev.troupe.actors.device.DeviceSettings;
import dev.troupe.actors.device.FeatureName;
import dev.troupe.actors.device.Option;
import dev.troupe.actors.device.OptionKind;
import dev.troupe.actors.device.Problem;
import dev.troupe.actors.device.ProgramConvention;
import dev.troupe.actors.device.VirtioDevice;
import dev.troupe.actors.device.VmmAttachment;
import java.nio.file.Path;
import java.time.Duration;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** A device type with an option of every kind, which cannot be opened. */
final class FakeDisk implements DeviceFactory {

    static final Option<Path> PATH = Option.path("path").asRequired();
    static final Option<Long> SIZE = Option.bytes("size", 512, 1L << 50).changing(ChangeEffect.LIVE);
    static final Option<Boolean> READ_ONLY = Option.bool("read-only").changing(ChangeEffect.GUEST_VISIBLE);
    static final Option<String> CACHE = Option.choice("cache", "write-back", "write-through");
    static final Option<Long> LIMIT = Option.rate("limit");
    static final Option<Duration> PATIENCE = Option.duration("patience", Duration.ofMillis(1), Duration.ofMinutes(1));
    static final Option<Long> QUEUES = Option.integer("queues", 1, 64);

    @SuppressWarnings("rawtypes")
    static final Option<List> TAGS = new Option<>(
            "tags", OptionKind.STRINGS, false, ChangeEffect.RESTART, 0, Long.MAX_VALUE, List.of(), List.class);

    static final Option<String> SERIAL = Option.string("serial");

    @Override
    public String type() {
        return "fake-disk";
    }

    @Override
    public int virtioId() {
        return 2;
    }

    @Override
    public String summary() {
        return "A disk that is not there.";
    }

    @Override
    public List<Option<?>> options() {
        return List.of(PATH, SIZE, READ_ONLY, CACHE, LIMIT, PATIENCE, QUEUES, TAGS, SERIAL);
    }

    @Override
    public List<Problem> check(DeviceSettings settings) {
        boolean odd = settings.find(SIZE).orElse(0L) % 512 != 0;
        return odd ? List.of(new Problem("size", "The size must be a multiple of 512 bytes.")) : List.of();
    }

    @Override
    public VirtioDevice open(DeviceSettings settings, DeviceContext context) throws DeviceException {
        throw new DeviceException("This disk is not there.");
    }

    @Override
    public VmmAttachment attachment(DeviceSettings settings) {
        return new VmmAttachment("vhost-user-blk-pci", Optional.empty(), Optional.empty(), Optional.empty());
    }

    @Override
    public ProgramConvention program() {
        return new ProgramConvention("block", List.of("read-only"), Map.of("blk-file", "path"));
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
