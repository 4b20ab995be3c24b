package dev.troupe.transport.loop;

import dev.troupe.transport.sys.Fd;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.Objects;
import java.util.Set;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.CompletionException;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.atomic.AtomicBoolean;
import java.util.function.BooleanSupplier;
import org.jspecify.annotations.Nullable;

/**
 * The loop's thread: takes turns between news, tasks and timers, each in a bounded batch, and sleeps in its {@link Engine}
 * when there is none.
 */
final class LoopThread implements EventLoop, Operation.OperationEnd {
    private static final int NEWS_BATCH = 256;
    private static final int TASK_BATCH = 256;
    private static final int TIMER_BATCH = 64;

    /** So long that it is for ever, and short enough to be compared with what has long been due. */
    private static final long LONGEST_DELAY_NANOS = Long.MAX_VALUE / 2;

    private final String name;
    private final @Nullable String fallbackReason;
    private final Thread thread;
    private final CompletableFuture<Engine> started = new CompletableFuture<>();
    private final TaskQueue foreign = new TaskQueue();
    private final ArrayDeque<Runnable> local = new ArrayDeque<>();
    private final TimerHeap timers = new TimerHeap();
    private final Spinner spinner = new Spinner();
    private final Set<ScopeRoom> scopes = new LinkedHashSet<>();
    private final BooleanSupplier spinOver = this::mustStopSpinning;
    private final AtomicBoolean sleeping = new AtomicBoolean();
    private @Nullable Operation pool;

    /** Operations that were done within the call that started them, in their order: news of the next turn. */
    private @Nullable Operation firstDone;

    private @Nullable Operation lastDone;
    private boolean ending;
    private volatile boolean closed;
    private volatile boolean terminated;

    private LoopThread(String name, @Nullable String fallbackReason, LoopStart.EngineMaker maker) {
        this.name = name;
        this.fallbackReason = fallbackReason;
        this.thread = Thread.ofPlatform().name("troupe-loop-" + name).daemon().unstarted(() -> run(maker));
    }

    static LoopThread start(String name, @Nullable String fallbackReason, LoopStart.EngineMaker maker) {
        LoopThread loop = new LoopThread(name, fallbackReason, maker);
        loop.thread.start();
        try {
            loop.started.join();
        } catch (CompletionException e) {
            Threads.join(loop.thread);
            if (e.getCause() instanceof RuntimeException failure) {
                throw failure;
            }
            throw e;
        }
        return loop;
    }

    private void run(LoopStart.EngineMaker maker) {
        Engine engine;
        try {
            engine = maker.make(this);
        } catch (Throwable e) {
            started.completeExceptionally(e);
            return;
        }
        started.complete(engine);
        try {
            while (!closed) {
                turn(engine);
            }
            end(engine);
        } finally {
            terminated = true;
            engine.close();
            // Who handed one in before it could see the end was not refused: it still runs.
            runTasks(Integer.MAX_VALUE);
        }
    }

    // Whatever it is, an Error too: nothing that one owner does may end the loop that others run on.
    private void turn(Engine engine) {
        try {
            engine.deliver(NEWS_BATCH);
            deliverDone();
            runTasks(TASK_BATCH);
            runTimers();
            rest(engine);
        } catch (Throwable e) {
            Failures.log(name, "a turn", e);
        }
    }

    private void deliverDone() {
        Operation operation = firstDone;
        // What these completions do at once is news of the turn after.
        firstDone = null;
        lastDone = null;
        while (operation != null) {
            Operation next = operation.next;
            ended(operation, operation.result);
            operation = next;
        }
    }

    private void runTasks(int maximum) {
        Runnable arrived = foreign.poll();
        for (int i = 1; arrived != null; i++) {
            local.add(arrived);
            arrived = i < maximum ? foreign.poll() : null;
        }
        // What these tasks hand in waits for the next turn, behind what others did.
        int count = Math.min(maximum, local.size());
        for (int i = 0; i < count; i++) {
            runOne(local.remove(), "a task");
        }
    }

    private void runTimers() {
        Runnable due = nextDue();
        for (int i = 0; due != null; i++) {
            runOne(due, "a timer");
            due = i < TIMER_BATCH ? nextDue() : null;
        }
    }

    private @Nullable Runnable nextDue() {
        return timers.isEmpty() ? null : timers.pollDue(System.nanoTime());
    }

    private void runOne(Runnable task, String what) {
        try {
            task.run();
        } catch (Throwable e) {
            Failures.log(name, what, e);
        }
    }

    private void rest(Engine engine) {
        spinner.look();
        if (closed || hasWork(engine)) {
            engine.await(0);
            return;
        }
        if (engine.holdsBack() || !spinner.isOff()) {
            engine.await(0);
            boolean found = spinner.look();
            if (found || hasWork(engine)) {
                return;
            }
        }
        if (spinner.isOff()) {
            spinner.aboutToSleep();
            sleep(engine, timeoutNanos());
        } else if (!spinner.spin(spinOver, timeoutNanos())) {
            spinner.aboutToSleep();
            long begin = System.nanoTime();
            sleep(engine, timeoutNanos());
            spinner.slept(System.nanoTime() - begin);
        }
    }

    private boolean mustStopSpinning() {
        return closed || !local.isEmpty() || !foreign.isEmpty() || firstDone != null || engine().lookForNews();
    }

    private boolean hasWork(Engine engine) {
        return !local.isEmpty() || !foreign.isEmpty() || firstDone != null || engine.hasNews();
    }

    private long timeoutNanos() {
        return timers.isEmpty() ? -1 : timers.delayNanos(System.nanoTime());
    }

    private void sleep(Engine engine, long timeoutNanos) {
        // Ordering: volatile store before the look at the queues; pairs with wakeIfSleeping(), which stores first and
        // then
        // looks here: either the sender sees us asleep, or we see what it sent.
        sleeping.set(true);
        boolean stay = hasWork(engine) || (closed && !ending);
        engine.await(stay ? 0 : timeoutNanos);
        sleeping.set(false);
    }

    /** After something was left for the loop to find: makes it look; any thread. */
    void wakeIfSleeping() {
        // Ordering: volatile load after the caller's store; pairs with sleep().
        if (sleeping.get() && sleeping.compareAndSet(true, false)) {
            engine().wake();
        }
    }

    private void end(Engine engine) {
        while (!local.isEmpty() || !foreign.isEmpty()) {
            runTasks(TASK_BATCH);
        }
        ending = true;
        timers.clear();
        runOne(engine::cancelAll, "cancelling the watches");
        new ArrayList<>(scopes).forEach(ScopeRoom::abandonAtEnd);
        while (!engine.isQuiet() || firstDone != null) {
            try {
                deliverDone();
                if (engine.deliver(NEWS_BATCH) == 0 && !engine.isQuiet()) {
                    sleep(engine, -1);
                }
            } catch (Throwable e) {
                Failures.log(name, "waiting for the end", e);
            }
            runTasks(TASK_BATCH);
        }
    }

    private Engine engine() {
        return started.join();
    }

    void requireLoop() {
        if (!inLoop()) {
            throw new IllegalStateException("Only the thread of loop " + name + " may do this");
        }
    }

    private Engine requireOpen() {
        requireLoop();
        if (ending) {
            throw new IllegalStateException("Loop " + name + " is ending");
        }
        return engine();
    }

    @Override
    public String name() {
        return name;
    }

    @Override
    public Backend backend() {
        return engine().backend();
    }

    @Override
    public @Nullable String fallbackReason() {
        return fallbackReason;
    }

    @Override
    public boolean inLoop() {
        return Thread.currentThread().equals(thread);
    }

    @Override
    public void execute(Runnable task) {
        Objects.requireNonNull(task, "task");
        if (closed) {
            throw rejected();
        }
        if (inLoop()) {
            local.add(task);
            return;
        }
        TaskQueue.Node handedIn = foreign.offer(task);
        wakeIfSleeping();
        if (terminated && handedIn.withdraw()) {
            throw rejected();
        }
    }

    private RejectedExecutionException rejected() {
        return new RejectedExecutionException("Loop " + name + " is closed");
    }

    /** As {@link #execute} on the loop, also while it ends. */
    void enqueue(Runnable task) {
        local.add(task);
    }

    @Override
    public Timer schedule(long delayNanos, Runnable task) {
        requireOpen();
        return timers.add(
                System.nanoTime() + Math.clamp(delayNanos, 0, LONGEST_DELAY_NANOS),
                Objects.requireNonNull(task, "task"));
    }

    @Override
    public Watch watch(Fd fd, Watch.Listener listener) {
        return requireOpen().watch(fd, false, listener);
    }

    @Override
    public Watch watchStream(Fd fd, Watch.Listener listener) {
        return requireOpen().watch(fd, true, listener);
    }

    @Override
    public void signal(Fd eventFd) {
        requireOpen().signal(eventFd);
    }

    @Override
    public long failedSignals() {
        return engine().failedSignals();
    }

    @Override
    public IoScope openScope(String owner, IoScope.FailureListener onFailure) {
        requireOpen();
        ScopeRoom scope = new ScopeRoom(this, owner, onFailure);
        scopes.add(scope);
        return scope;
    }

    void forget(ScopeRoom scope) {
        scopes.remove(scope);
    }

    @Override
    public void setBusyPoll(BusyPoll poller, long maxNanos) {
        requireLoop();
        spinner.set(poller, maxNanos);
    }

    @Override
    public void stayAwake(BusyPoll poller) {
        requireLoop();
        spinner.stayAwake(poller);
    }

    Operation newOperation() {
        Operation operation = pool;
        if (operation == null) {
            return new Operation(this);
        }
        pool = operation.next;
        operation.next = null;
        return operation;
    }

    /** Does it on this thread, which may block; its end is delivered in the next turn. */
    void doAtOnce(Operation operation) {
        operation.runBlocking();
        if (lastDone == null) {
            firstDone = operation;
        } else {
            lastDone.next = operation;
        }
        lastDone = operation;
    }

    void startOperation(Operation operation) {
        engine().start(operation);
    }

    @Override
    public void ended(Operation operation, int result) {
        ScopeRoom scope = operation.scope;
        IoCompletion completion = operation.completion;
        operation.clear();
        operation.next = pool;
        pool = operation;
        if (scope != null) {
            scope.ended(completion, result);
        }
    }

    @Override
    public void close() {
        closed = true;
        wakeIfSleeping();
        if (!inLoop()) {
            Threads.join(thread);
        }
    }

    @Override
    public String toString() {
        return "loop " + name;
    }
}
