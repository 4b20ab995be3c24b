package dev.troupe.devices.input;

import dev.troupe.actors.device.DeviceException;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * What an operator's word does to a device: the reports of a key stroke, a click, a touch. Refuses what the device does not
 * have. Loop thread only, as touches look at what is touched already; but for {@link #character}.
 */
final class Gestures {
    private static final Map<String, Integer> BUTTONS = Map.of(
            "left", EventCodes.BTN_LEFT,
            "right", EventCodes.BTN_RIGHT,
            "middle", EventCodes.BTN_MIDDLE,
            "side", EventCodes.BTN_SIDE,
            "extra", EventCodes.BTN_EXTRA);
    private static final int MAX_CLICKS = 100;

    private final InputDescription description;
    private final InputState actual;
    private final KeyboardLayout layout;

    Gestures(InputDescription description, InputState actual, KeyboardLayout layout) {
        this.description = description;
        this.actual = actual;
        this.layout = layout;
    }

    /** The reports of one gesture, in order, each whole. */
    List<long[]> of(String verb, List<String> arguments) throws DeviceException {
        return switch (verb) {
            case "key" -> chords(atLeastOne(verb, arguments));
            case "down" -> List.of(keys(atLeastOne(verb, arguments), 1));
            case "up" -> List.of(keys(atLeastOne(verb, arguments), 0));
            case "type" -> text(String.join(" ", arguments));
            case "move" -> List.of(move(numbers(verb, "DX DY", arguments, 2)));
            case "move-to" -> List.of(moveTo(exactly(verb, "X Y", arguments, 2)));
            case "click" -> clicks(arguments);
            case "scroll" -> List.of(scroll(numbers(verb, "DOWN [RIGHT]", arguments, Math.max(1, arguments.size()))));
            case "touch" -> List.of(touch(exactly(verb, "SLOT X Y", arguments, 3)));
            case "lift" -> List.of(lift(arguments));
            default -> throw new DeviceException("An input device knows no '" + verb + "'.");
        };
    }

    /** The reports that write one character. Any thread. */
    List<long[]> character(char character) throws DeviceException {
        List<long[]> reports = new ArrayList<>();
        for (KeyboardLayout.Stroke stroke : layout.strokes(character)) {
            List<Integer> held = new ArrayList<>();
            if (stroke.shift()) {
                held.add(KeyNames.code("leftshift"));
            }
            if (stroke.altGr()) {
                held.add(KeyNames.code("rightalt"));
            }
            held.add(stroke.key());
            reports.addAll(chord(held));
        }
        return reports;
    }

    private List<long[]> text(String text) throws DeviceException {
        List<long[]> reports = new ArrayList<>();
        for (int i = 0; i < text.length(); i++) {
            reports.addAll(character(text.charAt(i)));
        }
        return reports;
    }

    private List<long[]> chords(List<String> names) throws DeviceException {
        List<long[]> reports = new ArrayList<>();
        for (String name : names) {
            List<Integer> keys = new ArrayList<>();
            for (String key : name.split("[-+]", -1)) {
                keys.add(KeyNames.code(key));
            }
            reports.addAll(chord(keys));
        }
        return reports;
    }

    /** Keys go down one after the other and up in the opposite order. */
    private List<long[]> chord(List<Integer> keys) throws DeviceException {
        List<long[]> reports = new ArrayList<>();
        for (int key : keys) {
            reports.add(report(key(key, 1)));
        }
        for (int key : keys.reversed()) {
            reports.add(report(key(key, 0)));
        }
        return reports;
    }

    private long[] keys(List<String> names, int value) throws DeviceException {
        long[] events = new long[names.size()];
        for (int i = 0; i < events.length; i++) {
            events[i] = key(KeyNames.code(names.get(i)), value);
        }
        return report(events);
    }

    private long[] move(int[] by) throws DeviceException {
        return report(
                event(EventCodes.EV_REL, EventCodes.REL_X, by[0]), event(EventCodes.EV_REL, EventCodes.REL_Y, by[1]));
    }

    private long[] moveTo(List<String> position) throws DeviceException {
        return report(axis(EventCodes.ABS_X, position.get(0)), axis(EventCodes.ABS_Y, position.get(1)));
    }

    private List<long[]> clicks(List<String> arguments) throws DeviceException {
        String name = arguments.isEmpty() ? "left" : arguments.getFirst();
        Integer button = BUTTONS.get(name);
        if (button == null || arguments.size() > 2) {
            throw new DeviceException("'click' takes a button (left, right, middle, side or extra) and how often.");
        }
        int times = arguments.size() < 2 ? 1 : number(arguments.get(1));
        if (times < 1 || times > MAX_CLICKS) {
            throw new DeviceException("A button can be clicked 1 to " + MAX_CLICKS + " times at once.");
        }
        List<long[]> reports = new ArrayList<>();
        for (int i = 0; i < times; i++) {
            reports.addAll(chord(List.of(button)));
        }
        return reports;
    }

    /** A wheel counts away from the user. */
    private long[] scroll(int[] by) throws DeviceException {
        long vertical = event(EventCodes.EV_REL, EventCodes.REL_WHEEL, -by[0]);
        return by.length < 2
                ? report(vertical)
                : report(vertical, event(EventCodes.EV_REL, EventCodes.REL_HWHEEL, by[1]));
    }

    private long[] touch(List<String> arguments) throws DeviceException {
        int slot = slot(arguments.getFirst());
        boolean first = actual.contacts() == 0;
        List<Long> events = new ArrayList<>();
        events.add(event(EventCodes.EV_ABS, EventCodes.ABS_MT_SLOT, slot));
        if (actual.trackingId(slot) < 0) {
            events.add(event(EventCodes.EV_ABS, EventCodes.ABS_MT_TRACKING_ID, actual.newTrackingId()));
        }
        events.add(axis(EventCodes.ABS_MT_POSITION_X, arguments.get(1)));
        events.add(axis(EventCodes.ABS_MT_POSITION_Y, arguments.get(2)));
        if (first) {
            events.add(key(EventCodes.BTN_TOUCH, 1));
        }
        // Slot 0 is the pointer of those who know of one finger only.
        if (slot == 0 && description.has(EventCodes.EV_ABS, EventCodes.ABS_X)) {
            events.add(axis(EventCodes.ABS_X, arguments.get(1)));
            events.add(axis(EventCodes.ABS_Y, arguments.get(2)));
        }
        return report(events.stream().mapToLong(Long::longValue).toArray());
    }

    private long[] lift(List<String> arguments) throws DeviceException {
        int slot = slot(exactly("lift", "SLOT", arguments, 1).getFirst());
        long select = event(EventCodes.EV_ABS, EventCodes.ABS_MT_SLOT, slot);
        long gone = event(EventCodes.EV_ABS, EventCodes.ABS_MT_TRACKING_ID, -1);
        boolean last = actual.contacts() == 1 && actual.trackingId(slot) >= 0;
        return last ? report(select, gone, key(EventCodes.BTN_TOUCH, 0)) : report(select, gone);
    }

    private int slot(String text) throws DeviceException {
        int slot = number(text);
        if (slot < 0 || slot >= description.slots()) {
            throw new DeviceException("The device has " + description.slots() + " touch slots, from 0.");
        }
        return slot;
    }

    private long key(int code, int value) throws DeviceException {
        return event(EventCodes.EV_KEY, code, value);
    }

    /** A position, as a number of the axis' range or a share of it such as {@code 50%}. */
    private long axis(int code, String text) throws DeviceException {
        InputDescription.Axis range = description.axes().get(code);
        if (range == null) {
            throw new DeviceException("The device has no such axis; only tablets and touch screens know positions.");
        }
        long value = text.endsWith("%")
                ? range.minimum()
                        + ((long) range.maximum() - range.minimum())
                                * number(text.substring(0, text.length() - 1))
                                / 100
                : number(text);
        if (value < range.minimum() || value > range.maximum()) {
            throw new DeviceException(
                    "A position is from " + range.minimum() + " to " + range.maximum() + ", or from 0% to 100%.");
        }
        return event(EventCodes.EV_ABS, code, (int) value);
    }

    private long event(int type, int code, int value) throws DeviceException {
        if (!description.has(type, code)) {
            throw new DeviceException("The device '" + description.name() + "' cannot do this (it has no event of type "
                    + type + " and code " + code + ").");
        }
        return InputWire.event(type, code, value);
    }

    private static long[] report(long... events) {
        long[] report = Arrays.copyOf(events, events.length + 1);
        report[events.length] = EventCodes.REPORT_END;
        return report;
    }

    private static List<String> atLeastOne(String verb, List<String> arguments) throws DeviceException {
        if (arguments.isEmpty()) {
            throw new DeviceException("'" + verb + "' takes the names of keys, such as ctrl-c or enter.");
        }
        return arguments;
    }

    private static List<String> exactly(String verb, String what, List<String> arguments, int count)
            throws DeviceException {
        if (arguments.size() != count) {
            throw new DeviceException("It is '" + verb + " " + what + "'.");
        }
        return arguments;
    }

    private static int[] numbers(String verb, String what, List<String> arguments, int count) throws DeviceException {
        exactly(verb, what, arguments, Math.min(count, 2));
        int[] numbers = new int[arguments.size()];
        for (int i = 0; i < numbers.length; i++) {
            numbers[i] = number(arguments.get(i));
        }
        return numbers;
    }

    private static int number(String text) throws DeviceException {
        try {
            return Integer.parseInt(text);
        } catch (NumberFormatException e) {
            throw new DeviceException("'" + text + "' is not a whole number.", e);
        }
    }
}
