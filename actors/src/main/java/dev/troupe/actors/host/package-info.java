/**
 * The host's side of one device. A {@link DeviceActor} owns an open {@link dev.troupe.actors.device.VirtioDevice}: it
 * takes what concerns all of its queues, one thing at a time, and closes it in the end. What may block runs on the
 * blocking threads.
 */
@NullMarked
package dev.troupe.actors.host;

import org.jspecify.annotations.NullMarked;
