package dev.troupe.config;

import dev.troupe.actors.device.ChangeEffect;
import dev.troupe.actors.device.ConfigField;
import dev.troupe.actors.device.DeviceContext;
import dev.troupe.actors.device.DeviceException;
import dev.troupe.actors.device.DeviceFactory;
import dev.troupe.actors.device.DeviceSettings;
import dev.troupe.actors.device.FeatureName;
import dev.troupe.actors.device.Option;
import dev.troupe.actors.device.Problem;
import dev.troupe.actors.device.ProgramConvention;
import dev.troupe.actors.device.Sections;
import dev.troupe.actors.device.VirtioDevice;
import dev.troupe.actors.device.VmmAttachment;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
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

    static final Option<List<String>> TAGS = Option.strings("tags");
    static final Option<Long> START = Option.integer("start", 0, 1000).asRequired();
    static final Option<String> LABEL = Option.string("label").changing(ChangeEffect.LIVE);
    static final Option<Sections> PARTS = Option.sections("parts", START, LABEL, TAGS);

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
        return List.of(PATH, SIZE, READ_ONLY, CACHE, LIMIT, PATIENCE, QUEUES, TAGS, PARTS, SERIAL);
    }

    @Override
    public List<Problem> check(DeviceSettings settings) {
        boolean odd = settings.find(SIZE).orElse(0L) % 512 != 0;
        List<Problem> problems = new ArrayList<>();
        if (odd) {
            problems.add(new Problem("size", "The size must be a multiple of 512 bytes."));
        }
        settings.get(PARTS).byName().forEach((name, part) -> {
            if (part.get(START) % 2 != 0) {
                problems.add(new Problem("parts." + name + ".start", "A part starts at an even place."));
            }
        });
        return problems;
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
