package dev.troupe.devices.console;

import dev.troupe.actors.device.ChangeEffect;
import dev.troupe.actors.device.DeviceSettings;
import dev.troupe.actors.device.Option;
import dev.troupe.actors.device.Problem;
import dev.troupe.actors.device.Sections;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;

/**
 * The options of a console device, read.
 *
 * @param ports its ports, by number, from 0 without a gap
 * @param multiport whether it has control queues
 * @param columns the width of its terminals
 * @param rows their height
 * @param rowsFirst whether a new size is told as older Linux kernels read it
 * @param logBytes how much of what a guest wrote is kept for each port
 */
record ConsoleSettings(
        List<PortSettings> ports, boolean multiport, int columns, int rows, boolean rowsFirst, int logBytes) {

    /** Linux has room for no more. */
    static final int MOST_PORTS = 31;

    /** The largest number of columns or rows. */
    static final int MOST_CELLS = 0xffff;

    private static final long LEAST_LOG_BYTES = 1 << 10;
    private static final long MOST_LOG_BYTES = 64 << 20;

    static final Option<Sections> PORTS =
            Option.sections("ports", PortSettings.options()).changing(ChangeEffect.GUEST_VISIBLE);
    static final Option<Long> COLUMNS = Option.integer("columns", 0, MOST_CELLS);
    static final Option<Long> ROWS = Option.integer("rows", 0, MOST_CELLS);
    static final Option<Boolean> ROWS_FIRST = Option.bool("rows-first");
    static final Option<Long> LOG_SIZE = Option.bytes("log-size", LEAST_LOG_BYTES, MOST_LOG_BYTES);

    /** Copies the ports. */
    ConsoleSettings {
        ports = List.copyOf(ports);
    }

    /** All options, in the order in which they are shown. */
    static List<Option<?>> options() {
        return List.of(PORTS, COLUMNS, ROWS, ROWS_FIRST, LOG_SIZE);
    }

    static ConsoleSettings of(DeviceSettings settings) {
        Map<String, DeviceSettings> sections = settings.get(PORTS).byName();
        return new ConsoleSettings(
                sections.isEmpty() ? List.of(PortSettings.only()) : numbered(sections),
                !sections.isEmpty(),
                Math.toIntExact(settings.get(COLUMNS)),
                Math.toIntExact(settings.get(ROWS)),
                settings.get(ROWS_FIRST),
                Math.toIntExact(settings.get(LOG_SIZE)));
    }

    /** Ports with a number get it, the others the next free ones, by name. */
    private static List<PortSettings> numbered(Map<String, DeviceSettings> sections) {
        TreeMap<Integer, PortSettings> ports = new TreeMap<>();
        List<PortSettings> others = new ArrayList<>();
        sections.forEach((name, section) -> {
            PortSettings port = PortSettings.of(name, section);
            port.number().ifPresentOrElse(number -> ports.put(number, port), () -> others.add(port));
        });
        int next = 0;
        for (PortSettings port : others) {
            while (ports.containsKey(next)) {
                next++;
            }
            ports.put(next, port);
        }
        return List.copyOf(ports.values());
    }

    /** What single options cannot tell. */
    static List<Problem> check(DeviceSettings settings) {
        List<Problem> problems = new ArrayList<>();
        Map<String, DeviceSettings> sections = settings.get(PORTS).byName();
        if (sections.size() > MOST_PORTS) {
            problems.add(new Problem(PORTS.name(), "A console has at most " + MOST_PORTS + " ports."));
        }
        Map<Long, String> numbers = new TreeMap<>();
        sections.forEach((name, section) -> {
            String where = PORTS.name() + "." + name + ".";
            PortSettings.check(name, section, where, problems);
            Optional<Long> number = section.find(PortSettings.NUMBER);
            number.ifPresent(wanted -> {
                if (wanted >= sections.size()) {
                    problems.add(new Problem(
                            where + PortSettings.NUMBER.name(), "Ports are numbered from 0 without a gap."));
                }
                if (numbers.put(wanted, name) != null) {
                    problems.add(
                            new Problem(where + PortSettings.NUMBER.name(), "Another port has this number already."));
                }
            });
        });
        return problems;
    }
}
