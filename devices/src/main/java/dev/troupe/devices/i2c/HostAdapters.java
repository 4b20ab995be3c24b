package dev.troupe.devices.i2c;

import dev.troupe.actors.device.DeviceException;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Pattern;

/** Finds adapters of the host as operators name them. Reads sysfs; threads that may block only. */
final class HostAdapters {
    private static final Path SYSFS = Path.of("/sys/class/i2c-dev");
    private static final Pattern NUMBER = Pattern.compile("[0-9]+");

    private HostAdapters() {}

    /** The device file of an adapter, by its number, its path, or its name as {@code i2cdetect -l} shows it. */
    static Path find(String adapter) throws DeviceException {
        if (adapter.startsWith("/")) {
            return Path.of(adapter);
        }
        if (NUMBER.matcher(adapter).matches()) {
            return Path.of("/dev/i2c-" + adapter);
        }
        Map<String, Path> byName = byName(SYSFS);
        Path found = byName.get(adapter);
        if (found == null) {
            throw new DeviceException("The host has no I2C adapter '" + adapter + "'; it has "
                    + (byName.isEmpty() ? "none (is the module i2c-dev loaded?)" : String.join(", ", byName.keySet()))
                    + ".");
        }
        return found;
    }

    static Map<String, Path> byName(Path sysfs) throws DeviceException {
        Map<String, Path> byName = new TreeMap<>();
        if (!Files.isDirectory(sysfs)) {
            return byName;
        }
        try (DirectoryStream<Path> adapters = Files.newDirectoryStream(sysfs)) {
            for (Path adapter : adapters) {
                byName.put(
                        Files.readString(adapter.resolve("name")).strip(),
                        Path.of("/dev").resolve(adapter.getFileName()));
            }
        } catch (IOException e) {
            throw new DeviceException("The host's I2C adapters cannot be listed: " + e.getMessage() + ".", e);
        }
        return byName;
    }
}
