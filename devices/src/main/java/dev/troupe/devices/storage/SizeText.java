package dev.troupe.devices.storage;

import dev.troupe.actors.device.DeviceException;
import dev.troupe.actors.device.Quantities;

/** Sizes in what operators tell a device; they are read as those of the configuration are. */
public final class SizeText {
    private SizeText() {}

    /** Reads a size, in bytes. */
    public static long parse(String text) throws DeviceException {
        try {
            return Quantities.parseBytes(text);
        } catch (IllegalArgumentException e) {
            throw new DeviceException(String.valueOf(e.getMessage()), e);
        }
    }
}
