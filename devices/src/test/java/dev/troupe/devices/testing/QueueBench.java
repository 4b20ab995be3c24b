package dev.troupe.devices.testing;

import dev.troupe.actors.device.QueueContext;
import dev.troupe.actors.device.QueueHandler;
import dev.troupe.actors.device.ReplayRule;
import dev.troupe.actors.device.VirtioDevice;
import dev.troupe.transport.frontend.DriverQueue;
import dev.troupe.transport.frontend.GuestMemoryFile;
import dev.troupe.transport.loop.EventLoop;
import dev.troupe.transport.loop.IoScope;
import dev.troupe.transport.memory.GuestMemory;
import dev.troupe.transport.ring.DescriptorChain;
import dev.troupe.transport.ring.InflightRegion;
import dev.troupe.transport.ring.RingFeatures;
import dev.troupe.transport.ring.VirtQueue;
import dev.troupe.transport.ring.VringSetup;
import java.util.Objects;
import org.jspecify.annotations.Nullable;

/**
 * One virtqueue with a device's handler behind it, without actors: takes what the driver made available, hands it over,
 * publishes what was completed. Can kill its handler and start another one on the same ring, as a restart does. All
 * methods on the loop's thread.
 */
public final class QueueBench implements QueueContext, AutoCloseable {
    private final EventLoop loop;
    private final VirtioDevice device;
    private final int index;
    private final long driverFeatures;
    private final GuestMemory memory;
    private final InflightRegion inflight;
    private final VringSetup setup;
    private VirtQueue queue;
    private IoScope scope;
    private QueueHandler handler;
    private boolean held;
    private boolean restarting;
    private int errors;
    private @Nullable Throwable failure;

    private QueueBench(
            EventLoop loop,
            VirtioDevice device,
            int index,
            long driverFeatures,
            GuestMemoryFile ram,
            DriverQueue driver,
            RingFeatures ring) {
        this.loop = loop;
        this.device = device;
        this.index = index;
        this.driverFeatures = driverFeatures;
        this.memory = ram.map();
        this.inflight = InflightRegion.create(1, driver.size(), ring.packed());
        this.setup =
                VringSetup.of(0, driver.size(), ring, driver.areas(), memory).withInflightLog(inflight.log(0));
        this.queue = VirtQueue.open(setup);
        this.scope = openScope();
        this.handler = device.openQueue(this);
    }

    /** Starts queue 0 of a device. */
    public static QueueBench start(
            EventLoop loop,
            VirtioDevice device,
            long driverFeatures,
            GuestMemoryFile ram,
            DriverQueue driver,
            RingFeatures ring) {
        return new QueueBench(loop, device, 0, driverFeatures, ram, driver, ring);
    }

    /** Starts any queue of a device. */
    static QueueBench start(
            EventLoop loop,
            VirtioDevice device,
            int index,
            long driverFeatures,
            GuestMemoryFile ram,
            DriverQueue driver,
            RingFeatures ring) {
        return new QueueBench(loop, device, index, driverFeatures, ram, driver, ring);
    }

    private IoScope openScope() {
        return loop.openScope("test", e -> failure = e);
    }

    /** Takes and hands over what is available, and publishes what is completed. */
    public void turn() {
        if (restarting) {
            return;
        }
        if (held) {
            handler.available();
        }
        DescriptorChain chain = held ? null : queue.next();
        while (chain != null) {
            hand(chain);
            chain = held ? null : queue.next();
        }
        if (held) {
            handler.available();
        }
        queue.publish();
    }

    /** Requests that an earlier handler had are treated by the device's rule. */
    private void hand(DescriptorChain chain) {
        switch (chain.resubmitted() ? device.replayRule() : ReplayRule.REPEAT) {
            case REPEAT -> handler.handle(chain);
            case ONCE -> handler.interrupted(chain);
            case DROP -> queue.complete(chain, 0);
        }
    }

    /**
     * The handler dies with whatever it has under way; once the kernel is done with that, another one gets the unfinished
     * requests again.
     */
    public void restart() {
        restarting = true;
        handler.close();
        scope.abandon(this::reopen);
    }

    private void reopen() {
        queue.close();
        held = false;
        queue = VirtQueue.open(setup.withBase(VringSetup.BASE_FROM_RING).withInflightLog(inflight.log(0)));
        scope = openScope();
        handler = device.openQueue(this);
        restarting = false;
    }

    /** Asks the handler to complete what waits. */
    public void drain() {
        handler.drain();
        queue.publish();
    }

    /** How many requests the handler has. */
    public int outstanding() {
        return queue.outstanding();
    }

    /** How many requests were answered with an error. */
    public int errors() {
        return errors;
    }

    /** Whether the handler holds its queue. */
    public boolean isHeld() {
        return held;
    }

    /** What a completion threw, if one did. */
    public @Nullable Throwable failure() {
        return failure;
    }

    /** The operations of the handler, for loops under the test's hand. */
    public ManualScope manual() {
        return (ManualScope) Objects.requireNonNull(scope);
    }

    @Override
    public int index() {
        return index;
    }

    @Override
    public int size() {
        return queue.size();
    }

    @Override
    public long driverFeatures() {
        return driverFeatures;
    }

    @Override
    public EventLoop loop() {
        return loop;
    }

    @Override
    public IoScope io() {
        return scope;
    }

    @Override
    public void complete(DescriptorChain chain, long writtenBytes) {
        queue.complete(chain, writtenBytes);
    }

    @Override
    public void countError() {
        errors++;
    }

    @Override
    public void hold() {
        held = true;
    }

    @Override
    public void release() {
        held = false;
        loop.execute(this::turn);
    }

    @Override
    public @Nullable DescriptorChain take() {
        return queue.next();
    }

    /** Ends the queue; to be called when the loop has settled. */
    @Override
    public void close() {
        close(() -> {});
    }

    /** Ends the queue, and runs {@code then} when the kernel is done with it. */
    public void close(Runnable then) {
        restarting = true;
        handler.close();
        scope.abandon(() -> {
            queue.close();
            memory.release();
            inflight.close();
            then.run();
        });
    }
}
