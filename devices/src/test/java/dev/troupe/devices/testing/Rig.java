package dev.troupe.devices.testing;

import dev.troupe.actors.device.VirtioDevice;
import dev.troupe.transport.frontend.DriverQueue;
import dev.troupe.transport.frontend.GuestMemoryFile;
import dev.troupe.transport.ring.RingFeatures;

/** A device, one queue of it and its driver, on a loop under the test's hand. */
public final class Rig implements AutoCloseable {
    private static final long RAM_BYTES = 64L << 20;
    private static final int QUEUE_SIZE = 128;
    private static final int TABLE_ENTRIES = 126;

    private final ManualLoop loop;
    private final VirtioDevice device;
    private final GuestMemoryFile ram = GuestMemoryFile.ofSize(RAM_BYTES);
    private final DriverQueue driver;
    private final RequestWriter writer;
    private final QueueBench bench;
    private Runnable atLast = () -> {};

    /** Starts the first queue of a device; closing the rig closes the device. */
    public Rig(ManualLoop loop, VirtioDevice device, long driverFeatures, RingFeatures ring, long seed) {
        this(loop, device, driverFeatures, ring, seed, QUEUE_SIZE);
    }

    /** The same with a ring of so many entries. */
    public Rig(ManualLoop loop, VirtioDevice device, long driverFeatures, RingFeatures ring, long seed, int queueSize) {
        this.loop = loop;
        this.device = device;
        this.driver = DriverQueue.create(ram, queueSize, ring, TABLE_ENTRIES);
        this.writer = new RequestWriter(ram, driver, seed);
        this.bench = QueueBench.start(loop, device, driverFeatures, ram, driver, ring);
    }

    /** A rig with a split ring and all features of the device. */
    public static Rig split(ManualLoop loop, VirtioDevice device) {
        return new Rig(loop, device, device.features(), new RingFeatures(false, false, true, false), 1);
    }

    /** Says what is to be closed after the device. */
    public Rig closingAtLast(Runnable close) {
        atLast = close;
        return this;
    }

    /** Makes a request in whole buffers and waits for its answer. */
    public RequestWriter.Answer request(byte[] readable, int writableBytes) {
        return request(readable, writableBytes, 1);
    }

    /** Makes a request in up to so many buffers a half and waits for its answer. */
    public RequestWriter.Answer request(byte[] readable, int writableBytes, int pieces) {
        long token = writer.submit(readable, writableBytes, pieces);
        settle();
        return writer.answer(token);
    }

    /** Hands over what is available; file operations wait. */
    public void turn() {
        bench.turn();
        writer.collect();
    }

    /** Hands over what is available and finishes everything. */
    public void settle() {
        bench.turn();
        loop.settle();
        bench.turn();
        writer.collect();
    }

    /** The driver. */
    public RequestWriter driver() {
        return writer;
    }

    /** The raw driver's queue. */
    public DriverQueue ring() {
        return driver;
    }

    /** The guest's memory. */
    public GuestMemoryFile ram() {
        return ram;
    }

    /** The device's side. */
    public QueueBench bench() {
        return bench;
    }

    /** The device. */
    public VirtioDevice device() {
        return device;
    }

    @Override
    public void close() {
        bench.close();
        loop.settle();
        device.close();
        ram.close();
        atLast.run();
    }
}
