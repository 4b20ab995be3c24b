/**
 * The contract that a device implements, and all that its author needs to know of Troupe. A {@link DeviceFactory} is
 * found through {@link java.util.ServiceLoader} and opens a {@link VirtioDevice}, which gives each virtqueue a
 * {@link QueueHandler}. Nothing here knows of rings, sockets, eventfds or actors.
 */
@NullMarked
package dev.troupe.actors.device;

import org.jspecify.annotations.NullMarked;
