package dev.troupe.devices.storage;

import dev.troupe.actors.device.DeviceException;
import dev.troupe.actors.device.Quantities;
import java.util.List;
import java.util.OptionalLong;

/**
 * The size that a disk is to get.
 *
 * @param bytes the size; empty for the one that the host says it has
 * @param mayShrink whether what lies beyond may be lost
 */
public record NewSize(OptionalLong bytes, boolean mayShrink) {
    /** What follows the command that resizes a disk. */
    public static final String ARGUMENTS = "[SIZE [shrink]]";

    private static final String SHRINK = "shrink";

    /** The size that the host says it has. */
    static final NewSize FOUND = new NewSize(OptionalLong.empty(), false);

    /**
     * Reads {@link #ARGUMENTS}.
     *
     * @throws DeviceException with a sentence that says what is wrong
     */
    public static NewSize parse(List<String> arguments) throws DeviceException {
        if (arguments.isEmpty()) {
            return FOUND;
        }
        boolean mayShrink = arguments.size() == 2 && arguments.getLast().equals(SHRINK);
        if (arguments.size() > 1 && !mayShrink) {
            throw new DeviceException("That is too much; write a size, and '" + SHRINK
                    + "' behind it if what lies beyond may be lost: " + ARGUMENTS + ".");
        }
        return new NewSize(OptionalLong.of(SizeText.parse(arguments.getFirst())), mayShrink);
    }

    /**
     * Finds out whether a disk can have this size, and may.
     *
     * @param nowBytes what is there now
     * @param blockBytes what it must be a multiple of
     * @throws DeviceException if not
     */
    void require(long nowBytes, int blockBytes) throws DeviceException {
        if (bytes.isEmpty()) {
            return;
        }
        long wanted = bytes.getAsLong();
        if (wanted <= 0 || wanted % blockBytes != 0) {
            throw new DeviceException("The size must be a multiple of " + blockBytes + " bytes.");
        }
        if (wanted < nowBytes && !mayShrink) {
            throw new DeviceException(Quantities.formatBytes(wanted) + " is less than the "
                    + Quantities.formatBytes(nowBytes) + " there are, and what lies beyond would be lost; add '"
                    + SHRINK + "' if that is meant.");
        }
    }
}
