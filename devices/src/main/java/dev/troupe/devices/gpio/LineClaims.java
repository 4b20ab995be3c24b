package dev.troupe.devices.gpio;

import dev.troupe.actors.device.DeviceException;
import java.util.HashMap;
import java.util.Map;

/** Which device has which line of one chip. Shared by the chip's devices. Any thread. */
final class LineClaims implements AutoCloseable {
    private final String chip;
    private final Map<String, String> owners = new HashMap<>();

    LineClaims(String chip) {
        this.chip = chip;
    }

    /** Gives a line to a device. */
    synchronized void claim(String line, String device) throws DeviceException {
        String owner = owners.putIfAbsent(line, device);
        if (owner != null) {
            throw new DeviceException("Line " + line + " of " + chip + " belongs to "
                    + (owner.equals(device) ? "this device already" : "device '" + owner + "'") + ".");
        }
    }

    synchronized void release(String line) {
        owners.remove(line);
    }

    @Override
    public void close() {}
}
