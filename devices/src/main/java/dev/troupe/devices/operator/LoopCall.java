package dev.troupe.devices.operator;

import dev.troupe.actors.device.DeviceException;
import dev.troupe.transport.loop.EventLoop;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Executor;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Asks a device's event loop to do something, and waits for it; on a thread that may block. */
public final class LoopCall {
    /** A loop that takes so long for one task serves nobody. */
    private static final long TIMEOUT_SECONDS = 10;

    private final EventLoop loop;

    /** Asks this loop. */
    public LoopCall(EventLoop loop) {
        this.loop = loop;
    }

    /** What is done. */
    @FunctionalInterface
    public interface Work<T> {
        /** Does it, on the loop. */
        T run() throws DeviceException;
    }

    /** Runs on the loop whatever becomes of it. */
    public Executor executor() {
        return loop;
    }

    /** What the work gives or throws; the calling thread may be the loop's own. */
    public <T> T call(Work<T> work) throws DeviceException {
        if (loop.inLoop()) {
            return work.run();
        }
        CompletableFuture<T> result = new CompletableFuture<>();
        Runnable task = () -> {
            try {
                result.complete(work.run());
            } catch (DeviceException | RuntimeException e) {
                result.completeExceptionally(e);
            }
        };
        try {
            loop.execute(task);
        } catch (RejectedExecutionException e) {
            throw new DeviceException("The daemon is ending.", e);
        }
        return await(result, TIMEOUT_SECONDS, "The device does not answer.");
    }

    /** Waits for what a loop will bring. */
    public static <T> T await(CompletableFuture<T> result, long seconds, String tooLate) throws DeviceException {
        try {
            return result.get(seconds, TimeUnit.SECONDS);
        } catch (TimeoutException e) {
            throw new DeviceException(tooLate, e);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new DeviceException("It was interrupted.", e);
        } catch (ExecutionException e) {
            if (e.getCause() instanceof DeviceException refused) {
                throw refused;
            }
            throw new IllegalStateException(e.getCause());
        }
    }
}
