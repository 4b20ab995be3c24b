package dev.troupe.actors.connection;

import dev.troupe.actors.device.VirtioDevice;
import dev.troupe.actors.host.DeviceActor;
import org.apache.pekko.actor.typed.ActorRef;

/**
 * A device that serves.
 *
 * @param device the device, for its queues and its configuration space
 * @param actor its actor, for what changes it
 */
public record OpenDevice(VirtioDevice device, ActorRef<DeviceActor.Command> actor) {}
