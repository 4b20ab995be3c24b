package dev.troupe.transport.loop;

import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.atomic.AtomicInteger;
import org.jspecify.annotations.Nullable;

/**
 * A few threads that do file operations which may block, where there is no io_uring. Started when first needed. The
 * operations themselves are the lists' links, so none is allocated.
 */
final class FilePool {
    private final String name;
    private final int maxThreads;
    private final Runnable onFinished;
    private final Object lock = new Object();
    private final List<Thread> threads = new ArrayList<>();
    private final OperationList wanted = new OperationList();
    private final OperationList finished = new OperationList();
    private final AtomicInteger finishedCount = new AtomicInteger();
    private int idle;
    private int inFlight;
    private boolean closed;

    /** {@code onFinished} is called by the pool's threads after each operation. */
    FilePool(String name, int maxThreads, Runnable onFinished) {
        this.name = name;
        this.maxThreads = maxThreads;
        this.onFinished = onFinished;
    }

    /** Takes an operation in; the loop only. */
    void submit(Operation operation) {
        inFlight++;
        synchronized (lock) {
            wanted.add(operation);
            if (idle > 0) {
                lock.notify();
            } else if (threads.size() < maxThreads) {
                Thread thread = Thread.ofPlatform()
                        .name("troupe-file-" + name + "-" + threads.size())
                        .daemon()
                        .unstarted(this::work);
                threads.add(thread);
                thread.start();
            }
        }
    }

    private void work() {
        Operation operation = next();
        while (operation != null) {
            operation.runBlocking();
            synchronized (finished) {
                finished.add(operation);
            }
            // Ordering: full add after the list; the loop reads the count without the lock and then takes it.
            finishedCount.incrementAndGet();
            onFinished.run();
            operation = next();
        }
    }

    private @Nullable Operation next() {
        synchronized (lock) {
            idle++;
            while (wanted.isEmpty() && !closed) {
                try {
                    lock.wait();
                } catch (InterruptedException e) {
                    // Nobody interrupts these threads on purpose; the pool's closing ends them.
                }
            }
            idle--;
            return wanted.poll();
        }
    }

    /** Whether {@link #takeFinished} has something; the loop only. */
    boolean hasFinished() {
        return finishedCount.get() > 0;
    }

    /** Takes out what is through, in the order it came to be so; the loop only. */
    @Nullable
    Operation takeFinished() {
        if (!hasFinished()) {
            return null;
        }
        finishedCount.decrementAndGet();
        inFlight--;
        synchronized (finished) {
            return finished.poll();
        }
    }

    /** Whether nothing is under way or to be taken out; the loop only. */
    boolean isQuiet() {
        return inFlight == 0;
    }

    /** Ends the threads and waits for them. */
    void close() {
        List<Thread> all;
        synchronized (lock) {
            closed = true;
            lock.notifyAll();
            all = List.copyOf(threads);
        }
        all.forEach(Threads::join);
    }

    /** First in, first out, linked through the operations. */
    private static final class OperationList {
        private @Nullable Operation first;
        private @Nullable Operation last;

        boolean isEmpty() {
            return first == null;
        }

        void add(Operation operation) {
            operation.next = null;
            if (last == null) {
                first = operation;
            } else {
                last.next = operation;
            }
            last = operation;
        }

        @Nullable
        Operation poll() {
            Operation operation = first;
            if (operation != null) {
                first = operation.next;
                operation.next = null;
                if (first == null) {
                    last = null;
                }
            }
            return operation;
        }
    }
}
