package dev.troupe.devices.rng;

import dev.troupe.actors.device.DeviceContext;
import dev.troupe.actors.device.QueueContext;
import dev.troupe.actors.device.QueueHandler;
import dev.troupe.actors.device.VirtioDevice;

/** An open entropy device: one queue, no features, no configuration space. */
final class RngDevice implements VirtioDevice {
    private final RngSource source;
    private final RngBudget budget;
    private final int maxRequestBytes;
    private final DeviceContext context;

    RngDevice(RngSource source, RngBudget budget, int maxRequestBytes, DeviceContext context) {
        this.source = source;
        this.budget = budget;
        this.maxRequestBytes = maxRequestBytes;
        this.context = context;
    }

    @Override
    public long features() {
        return 0;
    }

    @Override
    public int queueCount() {
        return 1;
    }

    @Override
    public byte[] configSpace(long driverFeatures) {
        return new byte[0];
    }

    @Override
    public QueueHandler openQueue(QueueContext queue) {
        return new RngQueue(source, budget, maxRequestBytes, context, queue);
    }

    @Override
    public void close() {
        source.close();
    }
}
