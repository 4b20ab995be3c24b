package dev.troupe.devices.testing;

import dev.troupe.actors.device.DeviceContext;
import dev.troupe.transport.loop.EventLoop;
import dev.troupe.transport.sys.Fd;
import dev.troupe.transport.sys.MemFd;
import java.util.List;
import java.util.Map;
import java.util.Queue;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentLinkedQueue;
import java.util.concurrent.CopyOnWriteArrayList;
import java.util.concurrent.Executor;
import java.util.concurrent.atomic.AtomicInteger;
import java.util.function.Supplier;
import org.slf4j.Logger;
import org.slf4j.LoggerFactory;

/** A device's surroundings that remember what the device said. What may block is done at once, unless it is held back. */
public final class TestDeviceContext implements DeviceContext, AutoCloseable {
    private final EventLoop loop;
    private final AtomicInteger configChanges = new AtomicInteger();
    private final AtomicInteger stateChanges = new AtomicInteger();
    private final List<Throwable> hostFailures = new CopyOnWriteArrayList<>();
    private final Map<String, AutoCloseable> kept = new ConcurrentHashMap<>();
    private final AtomicInteger blockingTasks = new AtomicInteger();
    private final Queue<Runnable> heldBack = new ConcurrentLinkedQueue<>();
    private volatile boolean holdsBack;

    /** Surroundings on one loop. */
    public TestDeviceContext(EventLoop loop) {
        this.loop = loop;
    }

    /** How often the configuration space was said to have changed. */
    public int configChanges() {
        return configChanges.get();
    }

    /** The failures of the host that the device told of. */
    public List<Throwable> hostFailures() {
        return hostFailures;
    }

    @Override
    public String name() {
        return "test0";
    }

    @Override
    public Logger log() {
        return LoggerFactory.getLogger("troupe.device.test0");
    }

    @Override
    public EventLoop loop() {
        return loop;
    }

    /** How much was done on the threads that may block. */
    public int blockingTasks() {
        return blockingTasks.get();
    }

    /** What may block is not done until {@link #doBlocking}. */
    public void holdBlocking() {
        holdsBack = true;
    }

    /** Does what may block and was held back, and holds nothing back any more. */
    public void doBlocking() {
        holdsBack = false;
        for (Runnable task = heldBack.poll(); task != null; task = heldBack.poll()) {
            task.run();
        }
    }

    @Override
    public Executor blocking() {
        return task -> {
            blockingTasks.incrementAndGet();
            if (holdsBack) {
                heldBack.add(task);
            } else {
                task.run();
            }
        };
    }

    @Override
    public <T extends AutoCloseable> T keep(String what, Class<T> type, Supplier<T> make) {
        return type.cast(kept.computeIfAbsent(what, _ -> make.get()));
    }

    /** The same as {@link #keep}: nobody else is there. */
    @Override
    public <T extends AutoCloseable> T share(String what, Class<T> type, Supplier<T> make) {
        return keep("shared/" + what, type, make);
    }

    @Override
    public Fd keepMemory(String what, long sizeBytes) {
        return MemFd.create("troupe-test-" + what, sizeBytes, true);
    }

    /** Gives back what the device kept. */
    @Override
    public void close() {
        kept.forEach((what, thing) -> {
            try {
                thing.close();
            } catch (Exception e) {
                throw new AssertionError("Closing " + what, e);
            }
        });
        kept.clear();
    }

    /** How often the state was said to have changed. */
    public int stateChanges() {
        return stateChanges.get();
    }

    @Override
    public void stateChanged() {
        stateChanges.incrementAndGet();
    }

    @Override
    public void configChanged() {
        configChanges.incrementAndGet();
    }

    @Override
    public void hostFailed(Throwable cause) {
        hostFailures.add(cause);
    }
}
