package dev.troupe.devices.i2c.model;

import dev.troupe.actors.device.DeviceException;
import java.lang.foreign.MemorySegment;

/** What an {@link I2cModelType} makes a target from. To be used while {@link I2cModelType#create} runs. */
public interface I2cModelSettings {

    /** What the configuration calls the target. */
    String name();

    /**
     * Bytes that outlive restarts, upgrades and crashes of the daemon; in a file, if the configuration names one, they outlive
     * the daemon too. To be asked for once.
     *
     * @param defaultBytes how many, unless the configuration says how many
     * @param fill what they are when they are new
     * @throws DeviceException if they cannot be had
     */
    MemorySegment memory(long defaultBytes, int fill) throws DeviceException;

    /**
     * A setting of this kind of target.
     *
     * @param key its name
     * @param otherwise its value where the configuration gives none
     */
    String option(String key, String otherwise);

    /**
     * As {@link #option}, a whole number, also hexadecimal as {@code 0x10}.
     *
     * @throws DeviceException if it is none from {@code minimum} to {@code maximum}
     */
    default int number(String key, int otherwise, int minimum, int maximum) throws DeviceException {
        String text = option(key, Integer.toString(otherwise));
        try {
            int value = Integer.decode(text.strip());
            if (value >= minimum && value <= maximum) {
                return value;
            }
        } catch (NumberFormatException e) {
            // Said below, with the limits.
        }
        throw new DeviceException(
                name() + ": " + key + " is '" + text + "', not a number from " + minimum + " to " + maximum + ".");
    }
}
