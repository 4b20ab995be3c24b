package dev.troupe.devices.i2c;

import dev.troupe.actors.device.DeviceContext;
import dev.troupe.actors.device.DeviceException;
import dev.troupe.actors.device.DeviceSettings;
import dev.troupe.devices.i2c.model.I2cModelSettings;
import dev.troupe.transport.sys.Fd;
import dev.troupe.transport.sys.HostFile;
import dev.troupe.transport.sys.Mapping;
import dev.troupe.transport.sys.OpenFlag;
import dev.troupe.transport.sys.SysException;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.ValueLayout;
import java.nio.file.Path;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * What the configuration says of one simulated target, and the bytes that it keeps: a file, or memory that outlives the process.
 * That memory has one byte more, which says that the others are not new.
 */
final class ModelMemory implements I2cModelSettings, AutoCloseable {
    private final DeviceSettings settings;
    private final DeviceContext context;
    private @Nullable Fd file;
    private @Nullable Mapping mapping;

    ModelMemory(DeviceSettings settings, DeviceContext context) {
        this.settings = settings;
        this.context = context;
    }

    @Override
    public String name() {
        return settings.name();
    }

    @Override
    public String option(String key, String otherwise) {
        return settings.get(I2cSettings.TARGET_OPTIONS).stream()
                .filter(text -> text.startsWith(key + "="))
                .map(text -> text.substring(key.length() + 1))
                .findFirst()
                .orElse(otherwise);
    }

    @Override
    public MemorySegment memory(long defaultBytes, int fill) throws DeviceException {
        if (mapping != null) {
            throw new IllegalStateException("A target has one memory");
        }
        long size = settings.find(I2cSettings.SIZE).orElse(defaultBytes);
        Optional<Path> path = settings.find(I2cSettings.FILE);
        try {
            return path.isPresent() ? mapFile(path.get(), size, (byte) fill) : mapMemory(size, (byte) fill);
        } catch (SysException e) {
            close();
            throw new DeviceException(name() + ": its memory cannot be had: " + e.getMessage() + ".", e);
        }
    }

    private MemorySegment mapMemory(long size, byte fill) {
        MemorySegment all = map(context.keepMemory("target " + name(), size + 1), size + 1);
        MemorySegment bytes = all.asSlice(0, size);
        if (all.get(ValueLayout.JAVA_BYTE, size) == 0) {
            bytes.fill(fill);
            all.set(ValueLayout.JAVA_BYTE, size, (byte) 1);
        }
        return bytes;
    }

    private MemorySegment mapFile(Path path, long size, byte fill) throws DeviceException {
        Fd opened = HostFile.open(path, OpenFlag.WRITE, OpenFlag.CREATE);
        file = opened;
        if (!HostFile.tryLock(opened, true)) {
            throw new DeviceException(name() + ": " + path + " is in use by another program or target.");
        }
        long before = HostFile.stat(opened).sizeBytes();
        if (before < size) {
            HostFile.truncate(opened, size);
        }
        MemorySegment bytes = map(opened, size);
        if (before < size) {
            bytes.asSlice(before).fill(fill);
        }
        return bytes;
    }

    private MemorySegment map(Fd memory, long size) {
        file = memory;
        Mapping mapped = Mapping.map(memory, 0, size, true);
        mapping = mapped;
        return mapped.segment();
    }

    @Override
    public void close() {
        if (mapping != null) {
            mapping.close();
            mapping = null;
        }
        if (file != null) {
            file.close();
            file = null;
        }
    }
}
