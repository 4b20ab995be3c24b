package dev.troupe.devices.i2c.model;

import dev.troupe.actors.device.DeviceException;
import java.nio.ByteBuffer;
import java.util.List;

/**
 * A simulated target on an I2C bus. Called by one thread at a time, which may block. What it throws is logged, and the
 * transfer fails as if the target had not answered.
 */
public interface I2cModel {

    /**
     * The controller sends a message.
     *
     * @param data its bytes, read-only, possibly none
     * @return whether the target acknowledged all of them
     */
    boolean write(ByteBuffer data);

    /**
     * The controller wants a message.
     *
     * @param into room for it, possibly none, to be filled
     * @return whether the target answered at all
     */
    boolean read(ByteBuffer into);

    /** The controller gives the bus free: the end of a transfer in which the target had a message. */
    default void stop() {}

    /**
     * Does what an operator asks for.
     *
     * @param verb {@code get}, {@code set} or {@code dump}
     * @param arguments what follows the target's name
     * @return what to show, possibly empty
     * @throws DeviceException if it cannot, with a sentence that says why
     */
    default String command(String verb, List<String> arguments) throws DeviceException {
        throw new DeviceException("This kind of target does not know '" + verb + "'.");
    }
}
