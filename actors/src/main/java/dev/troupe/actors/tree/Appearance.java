package dev.troupe.actors.tree;

import dev.troupe.actors.device.DeviceFactory;
import dev.troupe.actors.device.VirtioDevice;
import dev.troupe.actors.session.DeviceOffer;
import dev.troupe.transport.protocol.Bytes;
import java.util.Optional;

/**
 * What a guest finds when it looks at a device. Most of it must stay as it is while a front end is connected.
 *
 * @param offer the features and queues
 * @param config the configuration space
 */
record Appearance(DeviceOffer offer, Bytes config) {

    static Appearance of(VirtioDevice device) {
        return new Appearance(DeviceOffer.of(device), Bytes.of(device.configSpace(0)));
    }

    /** What a guest that knows this would find to be wrong with another appearance, in words; nothing if all is well. */
    Optional<String> objection(Appearance now, DeviceFactory factory) {
        if (offer.queueCount() != now.offer.queueCount()) {
            return Optional.of("it would have " + now.offer.queueCount() + " queues in place of " + offer.queueCount());
        }
        if (!offer.equals(now.offer)) {
            return Optional.of("it would offer other features");
        }
        if (!factory.mayBecome(config.toArray(), now.config.toArray())) {
            return Optional.of("it would show another configuration space, in fields that a driver reads only once"
                    + " or that must not change this way");
        }
        return Optional.empty();
    }
}
