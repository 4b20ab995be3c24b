package dev.troupe.devices.i2c.model;

import dev.troupe.actors.device.DeviceException;

/**
 * A kind of simulated target. Implementations are listed in
 * {@code META-INF/services/dev.troupe.devices.i2c.model.I2cModelType}, have a public constructor without arguments and keep no
 * state.
 */
public interface I2cModelType {

    /** What configurations call it, for example {@code eeprom}. */
    String name();

    /**
     * Makes a target.
     *
     * @throws DeviceException if its settings make no sense, with a sentence that says what would be right
     */
    I2cModel create(I2cModelSettings settings) throws DeviceException;
}
