package dev.troupe.runtime.bench;

import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Which requests are made.
 *
 * @param random whether their places are random, or follow each other
 * @param readPercent how many of a hundred are reads, the others are writes
 */
record Mix(boolean random, int readPercent) {

    private static final Pattern TEXT = Pattern.compile("(rand)?(?:(read)|(write)|rw(?::([0-9]{1,3}))?)");
    private static final int EVEN = 50;
    private static final int ALL = 100;

    /**
     * Reads a mix.
     *
     * @param text {@code read}, {@code write}, {@code rw:70} or one of these after {@code rand}; {@code rw} is {@code rw:50}
     * @throws IllegalArgumentException if it is none of these
     */
    static Mix parse(String text) {
        Matcher matcher = TEXT.matcher(text);
        if (!matcher.matches()) {
            throw new IllegalArgumentException(
                    "'" + text + "' is no mix of requests, such as read, write, randread, randwrite or randrw:70.");
        }
        boolean random = matcher.group(1) != null;
        if (matcher.group(2) != null) {
            return new Mix(random, ALL);
        }
        if (matcher.group(3) != null) {
            return new Mix(random, 0);
        }
        int percent = matcher.group(4) == null ? EVEN : Integer.parseInt(matcher.group(4));
        if (percent > ALL) {
            throw new IllegalArgumentException("'" + text + "' has more than 100 % reads.");
        }
        return new Mix(random, percent);
    }

    /** Whether there are any writes. */
    boolean writes() {
        return readPercent < ALL;
    }

    /** As {@link #parse} reads it. */
    @Override
    public String toString() {
        String order = random ? "rand" : "";
        return order
                + switch (readPercent) {
                    case ALL -> "read";
                    case 0 -> "write";
                    default -> "rw:" + readPercent;
                };
    }
}
