package dev.troupe.devices.testing;

import dev.troupe.actors.device.DeviceContext;
import dev.troupe.actors.device.VirtioDevice;
import dev.troupe.transport.frontend.DriverQueue;
import dev.troupe.transport.frontend.GuestMemoryFile;
import dev.troupe.transport.loop.EventLoop;
import dev.troupe.transport.loop.EventLoopConfig;
import dev.troupe.transport.ring.RingFeatures;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.Executor;
import java.util.concurrent.TimeUnit;
import java.util.function.Supplier;

/** A device, one queue of it and its driver, on a real event loop. The driver works on the loop's thread too. */
public final class LoopRig implements AutoCloseable {
    private static final long RAM_BYTES = 16L << 20;
    private static final int QUEUE_SIZE = 128;
    private static final int TABLE_ENTRIES = 126;
    private static final long TIMEOUT_SECONDS = 20;

    private final EventLoop loop;
    private final TestDeviceContext context;
    private final VirtioDevice device;
    private final GuestMemoryFile ram = GuestMemoryFile.ofSize(RAM_BYTES);
    private final RequestWriter writer;
    private final QueueBench bench;

    private LoopRig(EventLoop loop, TestDeviceContext context, VirtioDevice device, RingFeatures ring) {
        this.loop = loop;
        this.context = context;
        this.device = device;
        DriverQueue driver = DriverQueue.create(ram, QUEUE_SIZE, ring, TABLE_ENTRIES);
        this.writer = new RequestWriter(ram, driver, 1);
        this.bench = onLoop(() -> QueueBench.start(loop, device, device.features(), ram, driver, ring));
    }

    /** Starts a loop, opens the device on this thread and starts its first queue. */
    public static LoopRig start(EventLoopConfig.Choice choice, Opening opening, RingFeatures ring) throws Exception {
        EventLoop loop = EventLoop.start("test", EventLoopConfig.defaults().with(choice));
        try {
            TestDeviceContext context = new TestDeviceContext(loop);
            return new LoopRig(loop, context, opening.open(context), ring);
        } catch (Exception e) {
            loop.close();
            throw e;
        }
    }

    /** Makes a request and waits for its answer. */
    public RequestWriter.Answer request(Probe probe, int pieces) {
        return await(onLoop(() -> submit(probe, pieces)));
    }

    /** Makes requests, hands them over and has the handler replaced at once. */
    public List<Long> submitAndRestart(Probe probe, int count) {
        return onLoop(() -> {
            List<Long> tokens = new ArrayList<>();
            for (int i = 0; i < count; i++) {
                tokens.add(submit(probe, 3));
            }
            bench.turn();
            bench.restart();
            return tokens;
        });
    }

    private long submit(Probe probe, int pieces) {
        return writer.submit(probe.readable(), probe.writableBytes(), pieces);
    }

    /** Waits until a request is answered. */
    public RequestWriter.Answer await(long token) {
        long deadline = System.nanoTime() + TimeUnit.SECONDS.toNanos(TIMEOUT_SECONDS);
        while (!onLoop(() -> isAnswered(token)) && System.nanoTime() < deadline) {
            Thread.onSpinWait();
        }
        return onLoop(() -> writer.answer(token));
    }

    private boolean isAnswered(long token) {
        bench.turn();
        writer.collect();
        return writer.isAnswered(token);
    }

    private <T> T onLoop(Supplier<T> work) {
        return within(CompletableFuture.supplyAsync(work, (Executor) loop));
    }

    private static <T> T within(CompletableFuture<T> future) {
        return future.orTimeout(TIMEOUT_SECONDS, TimeUnit.SECONDS).join();
    }

    @Override
    public void close() {
        CompletableFuture<Boolean> quiet = new CompletableFuture<>();
        loop.execute(() -> bench.close(() -> quiet.complete(true)));
        within(quiet);
        device.close();
        context.close();
        loop.close();
        ram.close();
    }

    /** How the device is opened. */
    @FunctionalInterface
    public interface Opening {
        /** Opens it. */
        VirtioDevice open(DeviceContext context) throws Exception;
    }
}
