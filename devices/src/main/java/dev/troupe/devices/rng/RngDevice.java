package dev.troupe.devices.rng;

import dev.troupe.actors.device.DeviceContext;
import dev.troupe.actors.device.DeviceSettings;
import dev.troupe.actors.device.QueueContext;
import dev.troupe.actors.device.QueueHandler;
import dev.troupe.actors.device.VirtioDevice;
import org.jspecify.annotations.Nullable;

/** An open entropy device: one queue, no features, no configuration space. */
final class RngDevice implements VirtioDevice {
    private final RngSource source;
    private final RngBudget budget;
    private final DeviceContext context;
    private volatile int maxRequestBytes;
    private volatile @Nullable RngQueue newest;

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
        RngQueue opened = new RngQueue(source, budget, maxRequestBytes, context, queue);
        newest = opened;
        return opened;
    }

    /** How much the guest gets takes effect at once, also for requests that wait. */
    @Override
    public void settingsChanged(DeviceSettings now) {
        RngSettings rng = RngSettings.of(now);
        maxRequestBytes = rng.maxRequestBytes();
        Runnable limit = () -> budget.limit(rng.bytesPerPeriod(), rng.period().toNanos());
        RngQueue queue = newest;
        if (queue == null) {
            limit.run();
        } else {
            queue.limited(limit, rng.maxRequestBytes());
        }
    }

    @Override
    public void close() {
        source.close();
    }
}
