package dev.troupe.transport.loop;

import java.util.concurrent.Callable;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;

/** Asks a loop from outside, with a bound on the waiting. */
final class LoopProbe {
    static final long LIMIT_SECONDS = 20;

    private LoopProbe() {}

    /** What {@code question} returns on the loop. */
    static <T> T on(EventLoop loop, Callable<T> question) {
        CompletableFuture<T> answer = new CompletableFuture<>();
        loop.execute(() -> {
            try {
                answer.complete(question.call());
            } catch (Throwable e) {
                answer.completeExceptionally(e);
            }
        });
        return await(answer);
    }

    /** Runs {@code task} on the loop and waits for it. */
    static void run(EventLoop loop, Runnable task) {
        on(loop, () -> {
            task.run();
            return true;
        });
    }

    static <T> T await(CompletableFuture<T> answer) {
        try {
            return answer.get(LIMIT_SECONDS, TimeUnit.SECONDS);
        } catch (InterruptedException | TimeoutException e) {
            throw new AssertionError("No answer", e);
        } catch (ExecutionException e) {
            throw new AssertionError(e.getCause());
        }
    }

    static void await(CountDownLatch latch) {
        try {
            if (!latch.await(LIMIT_SECONDS, TimeUnit.SECONDS)) {
                throw new AssertionError("Still " + latch.getCount() + " to come");
            }
        } catch (InterruptedException e) {
            throw new AssertionError(e);
        }
    }
}
