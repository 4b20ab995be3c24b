/**
 * Queues on which a device speaks when it has something to say. The driver's buffers wait in the ring; a {@code Supply} fills
 * them. For devices whose queues share an event loop with what they supply.
 */
@NullMarked
package dev.troupe.devices.filling;

import org.jspecify.annotations.NullMarked;
