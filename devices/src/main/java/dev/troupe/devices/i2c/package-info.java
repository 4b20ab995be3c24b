/**
 * The I2C adapter device, virtio section 5.16. An {@code I2cQueue} gathers the requests of a group into one transfer for an
 * {@code I2cBus} that several devices may share in turn. The bus is an adapter of the host, or simulated from the models of
 * {@link dev.troupe.devices.i2c.model}.
 */
@NullMarked
package dev.troupe.devices.i2c;

import org.jspecify.annotations.NullMarked;
