package dev.troupe.devices.input;

import java.util.Locale;
import java.util.Optional;
import java.util.OptionalLong;

/**
 * Recorded events as text, as the evemu tools write them: a line {@code E: 1.250000 0001 001e 0001} is an event at 1.25 s,
 * with type and code in hexadecimal and the value in decimal. Other lines mean nothing here.
 */
final class EventText {
    private static final int FIELDS = 5;
    private static final int MICROS_A_SECOND = 1_000_000;
    private static final int HEX = 16;

    private EventText() {}

    /**
     * An event of a recording.
     *
     * @param micros when, in microseconds since the recording began
     * @param event what
     */
    record TimedEvent(long micros, long event) {}

    /** One line, without its end. */
    static String format(long micros, long event) {
        return String.format(
                Locale.ROOT,
                "E: %d.%06d %04x %04x %04d",
                micros / MICROS_A_SECOND,
                micros % MICROS_A_SECOND,
                InputWire.type(event),
                InputWire.code(event),
                InputWire.value(event));
    }

    /** The event of a line; nothing if it holds none. */
    static Optional<TimedEvent> parse(String line) {
        String[] fields = line.strip().split("\\s+", -1);
        if (fields.length < FIELDS || !fields[0].equals("E:")) {
            return Optional.empty();
        }
        OptionalLong micros = micros(fields[1]);
        try {
            return micros.isEmpty()
                    ? Optional.empty()
                    : Optional.of(new TimedEvent(
                            micros.getAsLong(),
                            InputWire.event(
                                    Integer.parseInt(fields[2], HEX),
                                    Integer.parseInt(fields[3], HEX),
                                    Integer.parseInt(fields[4]))));
        } catch (NumberFormatException e) {
            return Optional.empty();
        }
    }

    private static OptionalLong micros(String seconds) {
        int dot = seconds.indexOf('.');
        try {
            long whole = Long.parseUnsignedLong(dot < 0 ? seconds : seconds.substring(0, dot));
            String fraction = dot < 0 ? "" : seconds.substring(dot + 1);
            String six = (fraction + "000000").substring(0, 6);
            return OptionalLong.of(Math.addExact(Math.multiplyExact(whole, MICROS_A_SECOND), Long.parseLong(six)));
        } catch (NumberFormatException | ArithmeticException e) {
            return OptionalLong.empty();
        }
    }
}
