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
 * @param wires the lines of a simulated chip that are connected
 */
record GpioSettings(boolean simulated, String chip, List<Choice> lines, List<Wire> wires) {
    /** The most lines of a guest. */
    static final int MAX_LINES = 1024;

    private static final int MAX_WIRES = 1024;

    /** The specification wants 7-bit ASCII; names end with a zero. */
    private static final Pattern NAME = Pattern.compile("[ -~&&[^=]]{1,31}");

    private static final String IS = "=";

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
     * Two lines that are connected.
     *
     * @param one the chip's name of a line
     * @param other that of another one
     */
    record Wire(String one, String other) {
        static Wire of(String text) {
            String[] ends = text.split(IS, 2);
            return new Wire(ends[0].strip(), ends[ends.length - 1].strip());
        }

        boolean isValid() {
            return NAME.matcher(one).matches() && NAME.matcher(other).matches() && !one.equals(other);
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
        return new GpioSettings(
                simulated,
                settings.find(CHIP).orElse(settings.name()),
                simulated && listed.isEmpty() ? counted : listed,
                settings.get(WIRES).stream().map(Wire::of).toList());
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
        for (String text : settings.get(WIRES)) {
            if (!Wire.of(text).isValid()) {
                problems.add(new Problem(WIRES.name(), "'" + text + "' connects no two lines; write LINE=LINE."));
            }
        }
        checkLines(settings.find(LINES).orElse(List.of()), problems);
        if (settings.get(WIRES).size() > MAX_WIRES) {
            problems.add(new Problem(WIRES.name(), "There can be " + MAX_WIRES + " wires."));
        }
        return problems;
    }

    private static void checkLines(List<String> texts, List<Problem> problems) {
        Set<String> names = new HashSet<>();
        Set<String> chosen = new HashSet<>();
        for (String text : texts) {
            Choice choice = Choice.of(text);
            if (!choice.isValid()) {
                problems.add(new Problem(
                        LINES.name(),
                        "'" + text + "' is no line; write LINE or NAME=LINE, of up to 31 ASCII characters each."));
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
