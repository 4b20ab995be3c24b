package dev.troupe.actors.device;

import java.math.BigDecimal;
import java.time.Duration;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Numbers with units, read strictly and written the way an operator would. The units are HOCON's: {@code kB} is 1000
 * bytes, {@code KiB} and {@code K} are 1024. Any thread may use it.
 */
public final class Quantities {

    private static final Pattern NUMBER_AND_UNIT = Pattern.compile("([+-]?[0-9]+(?:\\.[0-9]+)?)\\s*([A-Za-zµ]*)");
    /** What fits into 64 bits for sure: nearly all that is ever written, and read without arbitrary precision. */
    private static final Pattern SHORT_INTEGER = Pattern.compile("[+-]?[0-9]{1,18}");

    private static final int LONGEST_TEXT = 64;

    private static final Map<String, Long> SIZES = sizes();
    private static final Map<String, Long> TIMES = times();
    private static final List<String> SIZE_UNITS = List.of("B", "kB", "KiB", "MB", "MiB", "GB", "GiB", "TB", "TiB");
    private static final List<String> TIME_UNITS = List.of("ns", "us", "ms", "s", "min", "h", "d");

    private Quantities() {}

    private static Map<String, Long> sizes() {
        Map<String, Long> sizes = new LinkedHashMap<>();
        put(sizes, 1L, "", "B", "b", "byte", "bytes");
        String[] letters = {"K", "M", "G", "T", "P", "E"};
        String[] decimal = {"kilo", "mega", "giga", "tera", "peta", "exa"};
        String[] binary = {"kibi", "mebi", "gibi", "tebi", "pebi", "exbi"};
        long thousands = 1;
        for (int power = 0; power < letters.length; power++) {
            thousands *= 1000;
            long powerOfTwo = 1L << (10 * (power + 1));
            String letter = letters[power];
            put(sizes, thousands, (power == 0 ? "k" : letter) + "B", decimal[power] + "byte", decimal[power] + "bytes");
            put(
                    sizes,
                    powerOfTwo,
                    letter,
                    letter + "i",
                    letter + "iB",
                    binary[power] + "byte",
                    binary[power] + "bytes");
            put(sizes, powerOfTwo, letter.toLowerCase(Locale.ROOT));
        }
        return Map.copyOf(sizes);
    }

    private static Map<String, Long> times() {
        Map<String, Long> times = new LinkedHashMap<>();
        put(times, 1L, "ns", "nano", "nanos", "nanosecond", "nanoseconds");
        put(times, 1_000L, "us", "µs", "micro", "micros", "microsecond", "microseconds");
        put(times, 1_000_000L, "ms", "milli", "millis", "millisecond", "milliseconds");
        put(times, 1_000_000_000L, "s", "second", "seconds");
        put(times, 60_000_000_000L, "m", "min", "minute", "minutes");
        put(times, 3_600_000_000_000L, "h", "hour", "hours");
        put(times, 86_400_000_000_000L, "d", "day", "days");
        return Map.copyOf(times);
    }

    private static void put(Map<String, Long> units, long factor, String... names) {
        for (String name : names) {
            units.put(name, factor);
        }
    }

    /**
     * Reads a whole number.
     *
     * @throws IllegalArgumentException if it is none, with a sentence that says what would be right
     */
    public static long parseInteger(String text) {
        if (SHORT_INTEGER.matcher(text).matches()) {
            return Long.parseLong(text);
        }
        try {
            if (text.length() <= LONGEST_TEXT) {
                return new BigDecimal(text.strip()).longValueExact();
            }
        } catch (NumberFormatException e) {
            throw new IllegalArgumentException(quote(text) + " is not a whole number.", e);
        } catch (ArithmeticException e) {
            throw new IllegalArgumentException(quote(text) + " is not a whole number of at most 64 bits.", e);
        }
        throw new IllegalArgumentException(quote(text) + " is not a whole number.");
    }

    /**
     * Reads a size; a bare number is in bytes.
     *
     * @return bytes
     * @throws IllegalArgumentException if it is none, with a sentence that says what would be right
     */
    public static long parseBytes(String text) {
        return parse(text, SIZES, SIZE_UNITS, "a size, such as 64 KiB");
    }

    /**
     * Reads an amount a second such as {@code 1 MiB/s}.
     *
     * @return bytes a second
     * @throws IllegalArgumentException if it is none, with a sentence that says what would be right
     */
    public static long parseRate(String text) {
        String stripped = text.strip();
        if (stripped.equals("0")) {
            return 0;
        }
        if (!stripped.endsWith("/s")) {
            throw new IllegalArgumentException(
                    quote(text) + " is not a rate: an amount a second such as 1 MiB/s is needed.");
        }
        return parse(stripped.substring(0, stripped.length() - 2), SIZES, SIZE_UNITS, "a rate, such as 1 MiB/s");
    }

    /**
     * Reads a time; only 0 may stand without a unit.
     *
     * @throws IllegalArgumentException if it is none, with a sentence that says what would be right
     */
    public static Duration parseDuration(String text) {
        return Duration.ofNanos(parse(text, TIMES, TIME_UNITS, "a time, such as 50 us"));
    }

    private static long parse(String text, Map<String, Long> units, List<String> shownUnits, String what) {
        Matcher matcher = NUMBER_AND_UNIT.matcher(text.strip());
        if (text.length() > LONGEST_TEXT || !matcher.matches()) {
            throw new IllegalArgumentException(quote(text) + " is not " + what + ".");
        }
        String number = matcher.group(1);
        String unit = matcher.group(2);
        Long factor = units.get(unit);
        if (factor == null && unit.isEmpty() && new BigDecimal(number).signum() == 0) {
            return 0;
        }
        if (factor == null && unit.isEmpty()) {
            throw new IllegalArgumentException(
                    quote(text) + " needs a unit, one of " + String.join(", ", shownUnits) + ".");
        }
        if (factor == null) {
            throw new IllegalArgumentException(quote(text) + " has the unknown unit '" + unit
                    + "', right would be one of " + String.join(", ", shownUnits) + ".");
        }
        try {
            return SHORT_INTEGER.matcher(number).matches()
                    ? Math.multiplyExact(Long.parseLong(number), factor)
                    : new BigDecimal(number)
                            .multiply(BigDecimal.valueOf(factor))
                            .longValueExact();
        } catch (ArithmeticException e) {
            throw new IllegalArgumentException(
                    quote(text) + " is not " + what + ": too large, or not a whole number of the smallest unit.", e);
        }
    }

    /** Writes a size with the largest unit that divides it, for example {@code "256 MiB"}. */
    public static String formatBytes(long bytes) {
        String[] units = {"B", "KiB", "MiB", "GiB", "TiB", "PiB", "EiB"};
        int power = bytes == 0 ? 0 : Math.min(Long.numberOfTrailingZeros(bytes) / 10, units.length - 1);
        return (bytes >> (10 * power)) + " " + units[power];
    }

    /** Writes a time with the largest unit that divides it, for example {@code "50 us"}. */
    public static String formatDuration(Duration time) {
        long nanos = saturatedNanos(time);
        if (nanos == 0) {
            return "0 s";
        }
        List<String> largestFirst = TIME_UNITS.reversed();
        for (String unit : largestFirst) {
            long factor = TIMES.getOrDefault(unit, 1L);
            if (nanos % factor == 0) {
                return nanos / factor + " " + unit;
            }
        }
        return nanos + " ns";
    }

    private static long saturatedNanos(Duration time) {
        try {
            return time.toNanos();
        } catch (ArithmeticException e) {
            return time.isNegative() ? Long.MIN_VALUE : Long.MAX_VALUE;
        }
    }

    private static String quote(String text) {
        return "'" + (text.length() > LONGEST_TEXT ? text.substring(0, LONGEST_TEXT) + "…" : text) + "'";
    }
}
