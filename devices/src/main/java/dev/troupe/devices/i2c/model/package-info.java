/**
 * Targets for simulated I2C buses. A type of target is an {@link I2cModelType}, found through {@link java.util.ServiceLoader},
 * so a program may bring its own. It makes {@link I2cModel}s, which see the bytes of messages and nothing of virtio.
 */
@NullMarked
package dev.troupe.devices.i2c.model;

import org.jspecify.annotations.NullMarked;
