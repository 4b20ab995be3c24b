package dev.troupe.devices.gpio;

import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/** A chip that the kernel's gpio-sim simulates: made by folders and files of configfs, its lines moved through sysfs. */
final class GpioSim implements AutoCloseable {
    private static final Path CONFIGFS = Path.of("/sys/kernel/config/gpio-sim");
    private static final Path DEVICES = Path.of("/sys/devices/platform");

    private final Path device;
    private final Path bank;
    private final List<Path> folders = new ArrayList<>();
    private Optional<Path> lines = Optional.empty();
    private String chip = "";

    private GpioSim(String name) {
        device = CONFIGFS.resolve(name);
        bank = device.resolve("bank");
    }

    /**
     * Makes a chip.
     *
     * @param name of the simulator's device
     * @param label what its driver calls it
     * @param names the lines' names, each possibly empty; one that begins with {@code !} is in use by the kernel itself
     */
    static GpioSim create(String name, String label, String... names) {
        if (!Files.isDirectory(CONFIGFS)) {
            throw new AssertionError(
                    "NOT RUN: there is no gpio-sim here. HostSideIT of the module samples runs this in a guest.");
        }
        GpioSim sim = new GpioSim(name);
        sim.folder(sim.device);
        sim.folder(sim.bank);
        write(sim.bank.resolve("label"), label);
        write(sim.bank.resolve("num_lines"), Integer.toString(names.length));
        for (int i = 0; i < names.length; i++) {
            sim.describeLine(sim.bank.resolve("line" + i), names[i]);
        }
        write(sim.device.resolve("live"), "1");
        sim.chip = read(sim.bank.resolve("chip_name"));
        sim.lines = Optional.of(
                DEVICES.resolve(read(sim.device.resolve("dev_name"))).resolve(sim.chip));
        return sim;
    }

    private void describeLine(Path line, String name) {
        if (!name.isEmpty()) {
            folder(line);
            write(line.resolve("name"), name.startsWith("!") ? name.substring(1) : name);
        }
        if (name.startsWith("!")) {
            folder(line.resolve("hog"));
            write(line.resolve("hog/name"), "the-kernel");
            write(line.resolve("hog/direction"), "input");
        }
    }

    private void folder(Path folder) {
        try {
            Files.createDirectory(folder);
            folders.addFirst(folder);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    /** Its device file. */
    Path path() {
        return Path.of("/dev", chip);
    }

    /** Its number among the chips. */
    String number() {
        return chip.substring("gpiochip".length());
    }

    /** Has whatever is connected to an input make it high or low. */
    void pull(int line, boolean high) {
        write(attribute(line, "pull"), high ? "pull-up" : "pull-down");
    }

    /** The level on a line. */
    boolean level(int line) {
        return read(attribute(line, "value")).equals("1");
    }

    private Path attribute(int line, String name) {
        return lines.orElseThrow().resolve("sim_gpio" + line).resolve(name);
    }

    private static void write(Path file, String text) {
        try {
            Files.writeString(file, text);
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    private static String read(Path file) {
        try {
            return Files.readString(file).strip();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }

    @Override
    public void close() {
        write(device.resolve("live"), "0");
        for (Path folder : folders) {
            try {
                Files.delete(folder);
            } catch (IOException e) {
                throw new UncheckedIOException(e);
            }
        }
    }
}
