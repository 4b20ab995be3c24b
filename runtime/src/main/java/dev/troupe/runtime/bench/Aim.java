package dev.troupe.runtime.bench;

import java.nio.file.Path;
import java.util.Optional;
import java.util.OptionalInt;

/**
 * What of a device is driven, as far as its type leaves a choice.
 *
 * @param target the SCSI target
 * @param lun the logical unit there
 * @param address the target on an I2C bus, as {@link dev.troupe.devices.i2c.I2cWire} counts them
 * @param line the GPIO line
 * @param interruptLine the GPIO line that follows it and interrupts
 * @param request which request, where a type has several
 * @param messageBytes the bytes that an I2C target sends
 * @param udsPath the Unix socket for the host of a socket back end
 */
record Aim(
        int target,
        int lun,
        OptionalInt address,
        int line,
        OptionalInt interruptLine,
        Optional<String> request,
        int messageBytes,
        Optional<Path> udsPath) {

    /** The first of everything. */
    static final Aim FIRST =
            new Aim(0, 0, OptionalInt.empty(), 0, OptionalInt.empty(), Optional.empty(), 1, Optional.empty());

    /**
     * The request that is wanted.
     *
     * @param known all there are; the first one is meant if none was named
     * @throws BenchException if another one was named
     */
    String requestOf(String... known) throws BenchException {
        String wanted = request.orElse(known[0]);
        for (String name : known) {
            if (name.equals(wanted)) {
                return wanted;
            }
        }
        throw new BenchException(
                "--request: '" + wanted + "' is none of this type's, which are " + String.join(", ", known) + ".");
    }
}
