package dev.troupe.devices.storage;

import dev.troupe.actors.device.DeviceException;
import java.util.Locale;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Sizes as operators write and read them: {@code 20G}, {@code 512 MiB}, {@code 1048576}; units are powers of 1024. */
public final class SizeText {
    private static final Pattern SIZE = Pattern.compile("([0-9]{1,18})\\s*(?:([KMGTPE])?(?:I?B)?)");
    private static final String UNITS = "KMGTPE";
    private static final int UNIT_SHIFT = 10;

    private SizeText() {}

    /** Reads a size. */
    public static long parse(String text) throws DeviceException {
        Matcher matcher = SIZE.matcher(text.strip().toUpperCase(Locale.ROOT));
        if (!matcher.matches()) {
            throw new DeviceException("'" + text + "' is no size; write one like 20G or 512 MiB.");
        }
        String unit = matcher.group(2);
        int shift = unit == null ? 0 : (UNITS.indexOf(unit) + 1) * UNIT_SHIFT;
        long number = Long.parseLong(matcher.group(1));
        if (number > Long.MAX_VALUE >>> shift) {
            throw new DeviceException("'" + text + "' is more than any disk can have.");
        }
        return number << shift;
    }

    /** Writes a size, in the largest unit that it is a multiple of. */
    public static String format(long bytes) {
        int unit = 0;
        long number = bytes;
        while (unit < UNITS.length() && number != 0 && number % (1 << UNIT_SHIFT) == 0) {
            number >>= UNIT_SHIFT;
            unit++;
        }
        return unit == 0 ? number + " bytes" : number + " " + UNITS.charAt(unit - 1) + "iB";
    }
}
