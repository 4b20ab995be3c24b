package dev.troupe.devices.scsi;

import dev.troupe.actors.device.DeviceCommand;
import dev.troupe.actors.device.DeviceException;
import dev.troupe.actors.device.Quantities;
import dev.troupe.devices.storage.NewSize;
import dev.troupe.devices.storage.StorageBackend;
import java.nio.file.Path;
import java.util.List;
import java.util.Optional;
import java.util.StringJoiner;

/** What an operator can do to the units of a running device. On a thread that may block. */
final class OperatorCommands {
    static final List<DeviceCommand> ALL = List.of(
            new DeviceCommand("list", "", "Lists the logical units."),
            new DeviceCommand(
                    "add",
                    "NAME [KEY=VALUE…]",
                    "Adds a logical unit with options as in the configuration, or one that was removed; the guest finds it."),
            new DeviceCommand("remove", "NAME", "Removes a logical unit; the guest loses it."),
            new DeviceCommand(
                    "resize",
                    "NAME " + NewSize.ARGUMENTS,
                    "Gives a disk another size, a smaller one only with 'shrink', or looks at its file's again."),
            new DeviceCommand(
                    "insert", "NAME [IMAGE]", "Puts a medium into a drive; the configured one if none is named."),
            new DeviceCommand("eject", "NAME [force]", "Takes the medium out of a drive."));

    private static final String FORCE = "force";

    private final UnitRack rack;

    OperatorCommands(UnitRack rack) {
        this.rack = rack;
    }

    String execute(String verb, List<String> arguments) throws DeviceException {
        if (verb.equals("list") && arguments.isEmpty()) {
            return list();
        }
        if (arguments.isEmpty() || ALL.stream().noneMatch(c -> c.name().equals(verb))) {
            throw new DeviceException("Write one of: " + usage());
        }
        String name = arguments.getFirst();
        List<String> rest = arguments.subList(1, arguments.size());
        if (rest.size() > 1 && !verb.equals("add") && !verb.equals("resize")) {
            throw new DeviceException("That is too much; write one of: " + usage());
        }
        return switch (verb) {
            case "add" -> add(name, rest);
            case "remove" -> remove(name);
            case "resize" -> resize(name, rest);
            case "insert" -> insert(name, rest);
            default -> eject(name, rest.contains(FORCE));
        };
    }

    private static String usage() {
        StringJoiner usage = new StringJoiner(", ", "", ".");
        ALL.forEach(command -> usage.add((command.name() + " " + command.arguments()).strip()));
        return usage.toString();
    }

    private String list() {
        StringJoiner lines = new StringJoiner("\n");
        for (Nexus nexus : rack.table().all()) {
            LogicalUnit unit = nexus.unit();
            StorageBackend storage = unit.storage();
            Reservations reservations = unit.state().reservations();
            String medium = storage == null
                    ? "empty"
                    : Quantities.formatBytes(storage.capacityBytes()) + ", " + storage.description();
            String reserved =
                    reservations.holder().map(h -> ", reserved by " + h).orElse("");
            lines.add("%s: target %d, lun %d, %s, %s%s%s"
                    .formatted(
                            unit.settings().name(),
                            LunAddress.target(nexus.address()),
                            LunAddress.lun(nexus.address()),
                            unit.settings().cdRom() ? "cd-rom" : "disk",
                            medium,
                            nexus.preventsRemoval() ? ", locked by the guest" : "",
                            reserved));
        }
        return lines.toString();
    }

    private String add(String name, List<String> options) throws DeviceException {
        rack.add(name, options);
        return name + " is there, until the daemon ends; write it into the configuration to keep it.";
    }

    private String remove(String name) throws DeviceException {
        rack.remove(name);
        return name + " is gone.";
    }

    private String resize(String name, List<String> size) throws DeviceException {
        long bytes = rack.named(name).unit().resize(NewSize.parse(size));
        return "The size is now " + Quantities.formatBytes(bytes) + ".";
    }

    private LogicalUnit drive(String name) throws DeviceException {
        LogicalUnit unit = rack.named(name).unit();
        if (!unit.settings().removable()) {
            throw new DeviceException("The medium of " + name + " cannot be changed; it is not removable.");
        }
        return unit;
    }

    private String insert(String name, List<String> image) throws DeviceException {
        Optional<Path> path = image.isEmpty() ? Optional.empty() : Optional.of(LunArguments.absolute(image.getFirst()));
        drive(name).insert(path);
        return "The medium is in.";
    }

    private String eject(String name, boolean force) throws DeviceException {
        LogicalUnit unit = drive(name);
        if (unit.preventsRemoval() && !force) {
            unit.requestEject();
            throw new DeviceException(
                    "The guest has locked the medium; it has been asked to let it go. Try again, or add"
                            + " 'force' if it may lose it.");
        }
        unit.eject();
        return "The medium is out.";
    }
}
