package dev.troupe.devices.gpio;

import dev.troupe.actors.device.DeviceException;
import dev.troupe.transport.sys.GpioChip;
import dev.troupe.transport.sys.SysException;
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

/** Finds chips and lines of the host as operators name them. Threads that may block only. */
final class HostChip implements AutoCloseable {
    private static final Path DEVICES = Path.of("/dev");
    private static final String NAME = "gpiochip";
    private static final Pattern NUMBER = Pattern.compile("[0-9]+");

    private final Path path;
    private final GpioChip chip;
    private final int lineCount;

    private HostChip(Path path, GpioChip chip, int lineCount) {
        this.path = path;
        this.chip = chip;
        this.lineCount = lineCount;
    }

    /** Opens a chip by its number, its path or its label. */
    static HostChip open(String name) throws DeviceException {
        try {
            if (name.startsWith("/")) {
                return open(Path.of(name));
            }
            return NUMBER.matcher(name).matches() ? open(DEVICES.resolve(NAME + name)) : openByLabel(name);
        } catch (SysException e) {
            throw new DeviceException("The GPIO chip cannot be had: " + e.getMessage() + ".", e);
        }
    }

    private static HostChip open(Path path) {
        GpioChip chip = GpioChip.open(path);
        try {
            return new HostChip(path, chip, chip.info().lines());
        } catch (SysException e) {
            chip.close();
            throw e;
        }
    }

    private static HostChip openByLabel(String label) throws DeviceException {
        Map<Path, String> labels = new TreeMap<>();
        List<String> others = new ArrayList<>();
        try (DirectoryStream<Path> paths = Files.newDirectoryStream(DEVICES, NAME + "*")) {
            for (Path path : paths) {
                try (HostChip candidate = open(path)) {
                    labels.put(path, candidate.chip.info().label());
                } catch (SysException e) {
                    // Often a daemon may open no other chip than its own.
                    others.add(e.getMessage());
                }
            }
        } catch (IOException e) {
            throw new DeviceException("The host's GPIO chips cannot be listed: " + e.getMessage() + ".", e);
        }
        List<Path> found = labels.keySet().stream()
                .filter(path -> label.equals(labels.get(path)))
                .toList();
        if (found.size() == 1) {
            return open(found.getFirst());
        }
        if (found.isEmpty()) {
            throw new DeviceException("The host has no GPIO chip '" + label + "'; it has "
                    + (labels.isEmpty() ? "none" : String.join(", ", labels.values()))
                    + (others.isEmpty() ? "" : ", and some that cannot be asked: " + String.join(", ", others)) + ".");
        }
        throw new DeviceException("The host has several GPIO chips '" + label + "': "
                + found.stream().map(Path::toString).collect(Collectors.joining(", ")) + "; name one by its path.");
    }

    Path path() {
        return path;
    }

    int lineCount() {
        return lineCount;
    }

    /** The number of a line, by that number or by the name that the board gives it. */
    int offset(String line) throws DeviceException {
        if (NUMBER.matcher(line).matches()) {
            int offset = line.length() > 5 ? lineCount : Integer.parseInt(line);
            if (offset < lineCount) {
                return offset;
            }
        } else {
            for (int offset = 0; offset < lineCount; offset++) {
                if (chip.lineInfo(offset).name().equals(line)) {
                    return offset;
                }
            }
        }
        throw new DeviceException(
                path + " has no line '" + line + "'; it has " + lineCount + ", which gpioinfo shows.");
    }

    /** What the board calls a line, possibly nothing. */
    String lineName(int offset) {
        return chip.lineInfo(offset).name();
    }

    /** Takes a line for a device. */
    HostLine take(int offset, String device) throws DeviceException {
        GpioChip.LineInfo info = chip.lineInfo(offset);
        if (info.used()) {
            throw new DeviceException("Line " + offset + " of " + path + " is in use by '" + info.consumer() + "'.");
        }
        return new HostLine(Integer.toString(offset), info.output(), chip.request(offset, device));
    }

    @Override
    public void close() {
        chip.close();
    }
}
