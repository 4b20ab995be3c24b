package dev.troupe.devices.blk;

import dev.troupe.actors.device.QueueContext;
import dev.troupe.actors.device.QueueHandler;
import dev.troupe.actors.device.VirtioDevice;

/** A second queue of a device that somebody else closes. */
record Shared(VirtioDevice device) implements VirtioDevice {
    @Override
    public long features() {
        return device.features();
    }

    @Override
    public int queueCount() {
        return device.queueCount();
    }

    @Override
    public byte[] configSpace(long driverFeatures) {
        return device.configSpace(driverFeatures);
    }

    @Override
    public QueueHandler openQueue(QueueContext queue) {
        return device.openQueue(queue);
    }

    @Override
    public void close() {}
}
