package dev.troupe.actors.vault;

import java.util.Optional;
import java.util.OptionalLong;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What a kept descriptor is called: {@code <device>.<what>} or {@code <device>.<what>.<number>}. Read from the right, so
 * that a device's own name may have dots.
 *
 * @param device the device that it was kept for first
 * @param what what it is, lower-case letters
 * @param number tells apart several of the same kind; unique among all that are kept
 */
record VaultName(String device, String what, OptionalLong number) {

    /** The longest name there is, in characters: they travel in one environment variable. */
    static final int MAX_LENGTH = 200;

    private static final Pattern FORM = Pattern.compile("([A-Za-z0-9._-]+)\\.([a-z]+)(?:\\.([0-9]{1,18}))?");

    /** Checks the name as a whole. */
    VaultName {
        String text = format(device, what, number);
        if (text.length() > MAX_LENGTH || !FORM.matcher(text).matches()) {
            throw new IllegalArgumentException("No name for a kept descriptor: " + text);
        }
    }

    static VaultName numbered(String device, String what, long number) {
        return new VaultName(device, what, OptionalLong.of(number));
    }

    static VaultName plain(String device, String what) {
        return new VaultName(device, what, OptionalLong.empty());
    }

    /** Reads a name; empty if it is none of ours. */
    static Optional<VaultName> parse(String text) {
        Matcher matcher = FORM.matcher(text);
        if (text.length() > MAX_LENGTH || !matcher.matches()) {
            return Optional.empty();
        }
        String digits = matcher.group(3);
        OptionalLong number = digits == null ? OptionalLong.empty() : OptionalLong.of(Long.parseLong(digits));
        return Optional.of(new VaultName(matcher.group(1), matcher.group(2), number));
    }

    private static String format(String device, String what, OptionalLong number) {
        return device + "." + what + (number.isPresent() ? "." + number.getAsLong() : "");
    }

    @Override
    public String toString() {
        return format(device, what, number);
    }
}
