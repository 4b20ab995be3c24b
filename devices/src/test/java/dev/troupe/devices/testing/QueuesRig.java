package dev.troupe.devices.testing;

import dev.troupe.actors.device.VirtioDevice;
import dev.troupe.transport.frontend.DriverQueue;
import dev.troupe.transport.frontend.GuestMemoryFile;
import dev.troupe.transport.ring.RingFeatures;
import java.util.Map;
import java.util.TreeMap;

/** A device, several queues of it and their driver, on a loop under the test's hand. */
public final class QueuesRig implements AutoCloseable {
    private static final long RAM_BYTES = 64L << 20;
    private static final int TABLE_ENTRIES = 16;
    private static final RingFeatures RING = new RingFeatures(false, false, true, false);

    private final ManualLoop loop;
    private final VirtioDevice device;
    private final long driverFeatures;
    private final int queueSize;
    private final GuestMemoryFile ram = GuestMemoryFile.ofSize(RAM_BYTES);
    private final Map<Integer, Queue> queues = new TreeMap<>();

    private record Queue(RequestWriter writer, QueueBench bench) {}

    /** A rig without any queue yet; closing it closes the device. */
    public QueuesRig(ManualLoop loop, VirtioDevice device, long driverFeatures, int queueSize) {
        this.loop = loop;
        this.device = device;
        this.driverFeatures = driverFeatures;
        this.queueSize = queueSize;
    }

    /** The driver starts queues. */
    public QueuesRig start(int... indices) {
        for (int index : indices) {
            DriverQueue driver = DriverQueue.create(ram, queueSize, RING, TABLE_ENTRIES);
            queues.put(
                    index,
                    new Queue(
                            new RequestWriter(ram, driver, index),
                            QueueBench.start(loop, device, index, driverFeatures, ram, driver, RING)));
        }
        return this;
    }

    /** The driver stops a queue. */
    public void stop(int index) {
        bench(index).close();
        queues.remove(index);
        settle();
    }

    /** Makes a request available on a queue. */
    public long submit(int index, byte[] readable, int writableBytes) {
        return writer(index).submit(readable, writableBytes, 1);
    }

    /** Makes a request on a queue and waits for its answer. */
    public RequestWriter.Answer request(int index, byte[] readable, int writableBytes) {
        long token = submit(index, readable, writableBytes);
        settle();
        return writer(index).answer(token);
    }

    /** The device. */
    public VirtioDevice device() {
        return device;
    }

    /** The driver of a queue. */
    public RequestWriter writer(int index) {
        return queue(index).writer;
    }

    /** The device's side of a queue. */
    public QueueBench bench(int index) {
        return queue(index).bench;
    }

    private Queue queue(int index) {
        Queue queue = queues.get(index);
        if (queue == null) {
            throw new IllegalStateException("Queue " + index + " has not been started");
        }
        return queue;
    }

    /** Hands over what is available and finishes everything. */
    public void settle() {
        turn();
        loop.settle();
        turn();
    }

    private void turn() {
        queues.values().forEach(queue -> queue.bench.turn());
        queues.values().forEach(queue -> queue.writer.collect());
    }

    @Override
    public void close() {
        queues.values().forEach(queue -> queue.bench.close());
        loop.settle();
        device.close();
        loop.settle();
        ram.close();
    }
}
