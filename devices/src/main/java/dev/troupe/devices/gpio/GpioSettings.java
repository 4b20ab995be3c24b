package dev.troupe.devices.gpio;

import dev.troupe.actors.device.ChangeEffect;
import dev.troupe.actors.device.DeviceSettings;
import dev.troupe.actors.device.Option;
import dev.troupe.actors.device.Problem;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.IntStream;

/**
 * The options of a GPIO device, read.
 *
 * @param simulated whether the chip is simulated, not the host's
 * @param chip the host's chip, or the name of a simulated one
 * @param lines the guest's lines in its order; empty for all of the host's chip
 * @param wires the lines of simulated chips that are connected
 */
record GpioSettings(boolean simulated, String chip, List<Choice> lines, List<Wire> wires) {
    /** The most lines of a guest. */
    static final int MAX_LINES = 1024;

    private static final int MAX_WIRES = 1024;

    /** The specification wants 7-bit ASCII; names end with a zero. */
    private static final Pattern NAME = Pattern.compile("[ -~&&[^=]]{1,31}");

    private static final String IS = "=";

    /** Stands between a chip and one of its lines. */
    private static final String CHIP_ENDS = ":";

    /**
     * One line that a guest gets.
     *
     * @param name what the guest shall call it, if not as the chip does
     * @param line the chip's name or number of it
     */
    record Choice(Optional<String> name, String line) {
        static Choice of(String text) {
            String[] parts = text.split(IS, 2);
            return parts.length == 1
                    ? new Choice(Optional.empty(), parts[0].strip())
                    : new Choice(Optional.of(parts[0].strip()), parts[1].strip());
        }

        boolean isValid() {
            return NAME.matcher(line).matches()
                    && name.stream().allMatch(n -> NAME.matcher(n).matches());
        }
    }

    /**
     * One end of a wire.
     *
     * @param chip a simulated chip
     * @param line the chip's name of a line
     */
    record End(String chip, String line) {
        static End of(String text, String ownChip) {
            int colon = text.lastIndexOf(CHIP_ENDS);
            return colon < 0
                    ? new End(ownChip, text.strip())
                    : new End(
                            text.substring(0, colon).strip(),
                            text.substring(colon + 1).strip());
        }

        boolean isValid() {
            return NAME.matcher(line).matches() && !chip.isEmpty();
        }
    }

    /** Two lines that are connected, perhaps of different chips. */
    record Wire(End one, End other) {
        static Wire of(String text, String ownChip) {
            String[] ends = text.split(IS, 2);
            return new Wire(End.of(ends[0], ownChip), End.of(ends[ends.length - 1], ownChip));
        }

        boolean isValid() {
            return one.isValid() && other.isValid() && !one.equals(other);
        }

        /** The same for a wire from the one end to the other and for one back. */
        Set<End> ends() {
            return Set.of(one, other);
        }
    }

    static final Option<String> BACK_END = Option.choice("back-end", "host", "simulated");
    static final Option<String> CHIP = Option.string("chip");
    static final Option<List<String>> LINES = Option.strings("lines").changing(ChangeEffect.GUEST_VISIBLE);
    static final Option<Long> LINE_COUNT =
            Option.integer("line-count", 1, MAX_LINES).changing(ChangeEffect.GUEST_VISIBLE);
    static final Option<List<String>> WIRES = Option.strings("wires");

    /** All options, in the order in which they are shown. */
    static List<Option<?>> options() {
        return List.of(BACK_END, CHIP, LINES, LINE_COUNT, WIRES);
    }

    static GpioSettings of(DeviceSettings settings) {
        boolean simulated = isSimulated(settings);
        List<Choice> listed =
                settings.find(LINES).orElse(List.of()).stream().map(Choice::of).toList();
        List<Choice> counted = IntStream.range(0, Math.toIntExact(settings.get(LINE_COUNT)))
                .mapToObj(Integer::toString)
                .map(Choice::of)
                .toList();
        String chip = chip(settings);
        return new GpioSettings(
                simulated,
                chip,
                simulated && listed.isEmpty() ? counted : listed,
                settings.get(WIRES).stream().map(text -> Wire.of(text, chip)).toList());
    }

    private static String chip(DeviceSettings settings) {
        return settings.find(CHIP).orElse(settings.name());
    }

    private static boolean isSimulated(DeviceSettings settings) {
        return settings.get(BACK_END).equals("simulated");
    }

    /** What single options cannot tell. */
    static List<Problem> check(DeviceSettings settings) {
        List<Problem> problems = new ArrayList<>();
        boolean simulated = isSimulated(settings);
        if (!simulated && settings.find(CHIP).isEmpty()) {
            problems.add(new Problem(CHIP.name(), "Name a chip of the host: its number, its path or its label."));
        }
        if (!simulated && !settings.get(WIRES).isEmpty()) {
            problems.add(new Problem(WIRES.name(), "Only a simulated chip has wires; set back-end = simulated."));
        }
        checkLines(settings.find(LINES).orElse(List.of()), simulated, problems);
        checkWires(settings.get(WIRES), chip(settings), problems);
        return problems;
    }

    private static void checkWires(List<String> texts, String chip, List<Problem> problems) {
        Set<Set<End>> known = new HashSet<>();
        for (String text : texts) {
            Wire wire = Wire.of(text, chip);
            if (!wire.isValid()) {
                problems.add(new Problem(
                        WIRES.name(), "'" + text + "' connects no two lines; write LINE=LINE or LINE=CHIP:LINE."));
            } else if (!known.add(wire.ends())) {
                problems.add(new Problem(WIRES.name(), "The wire '" + text + "' is there twice."));
            }
        }
        if (texts.size() > MAX_WIRES) {
            problems.add(new Problem(WIRES.name(), "There can be " + MAX_WIRES + " wires."));
        }
    }

    private static void checkLines(List<String> texts, boolean simulated, List<Problem> problems) {
        Set<String> names = new HashSet<>();
        Set<String> chosen = new HashSet<>();
        for (String text : texts) {
            Choice choice = Choice.of(text);
            if (!choice.isValid()) {
                problems.add(new Problem(
                        LINES.name(),
                        "'" + text + "' is no line; write LINE or NAME=LINE, of up to 31 ASCII characters each."));
            } else if (simulated && choice.line().contains(CHIP_ENDS)) {
                problems.add(new Problem(
                        LINES.name(), "Line " + choice.line() + " of a simulated chip cannot have a ':' in its name."));
            } else if (!chosen.add(choice.line())) {
                problems.add(new Problem(LINES.name(), "Line " + choice.line() + " is there twice."));
            } else if (choice.name().isPresent() && !names.add(choice.name().get())) {
                problems.add(
                        new Problem(LINES.name(), "The name " + choice.name().get() + " is there twice."));
            }
        }
        if (texts.size() > MAX_LINES) {
            problems.add(new Problem(LINES.name(), "A guest can have " + MAX_LINES + " lines."));
        }
    }
}
