package dev.troupe.devices.i2c;

import dev.troupe.actors.device.DeviceException;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;
import java.util.stream.Collectors;

/** Finds adapters of the host as operators name them. Reads sysfs; threads that may block only. */
final class HostAdapters {
    private static final Path SYSFS = Path.of("/sys/class/i2c-dev");
    private static final Pattern NUMBER = Pattern.compile("[0-9]+");

    private HostAdapters() {}

    /** The device file of an adapter, by its number, its path, or its name as {@code i2cdetect -l} shows it. */
    static Path find(String adapter) throws DeviceException {
        return find(adapter, SYSFS);
    }

    static Path find(String adapter, Path sysfs) throws DeviceException {
        if (adapter.startsWith("/")) {
            return Path.of(adapter);
        }
        if (NUMBER.matcher(adapter).matches()) {
            return Path.of("/dev/i2c-" + adapter);
        }
        Map<String, List<Path>> byName = byName(sysfs);
        List<Path> found = byName.getOrDefault(adapter, List.of());
        if (found.isEmpty()) {
            throw new DeviceException("The host has no I2C adapter '" + adapter + "'; it has "
                    + (byName.isEmpty() ? "none (is the module i2c-dev loaded?)" : String.join(", ", byName.keySet()))
                    + ".");
        }
        if (found.size() > 1) {
            throw new DeviceException("The host has several I2C adapters '" + adapter + "': "
                    + found.stream().map(Path::toString).sorted().collect(Collectors.joining(", "))
                    + "; name one by its path.");
        }
        return found.getFirst();
    }

    /** The device files of all adapters of each name, which often is that of their driver. */
    private static Map<String, List<Path>> byName(Path sysfs) throws DeviceException {
        Map<String, List<Path>> byName = new TreeMap<>();
        if (!Files.isDirectory(sysfs)) {
            return byName;
        }
        try (DirectoryStream<Path> adapters = Files.newDirectoryStream(sysfs)) {
            for (Path adapter : adapters) {
                byName.computeIfAbsent(Files.readString(adapter.resolve("name")).strip(), _ -> new ArrayList<>())
                        .add(Path.of("/dev").resolve(adapter.getFileName()));
            }
        } catch (IOException e) {
            throw new DeviceException("The host's I2C adapters cannot be listed: " + e.getMessage() + ".", e);
        }
        return byName;
    }
}
