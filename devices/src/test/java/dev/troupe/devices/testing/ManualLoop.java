package dev.troupe.devices.testing;

import dev.troupe.transport.loop.Backend;
import dev.troupe.transport.loop.BusyPoll;
import dev.troupe.transport.loop.EventLoop;
import dev.troupe.transport.loop.IoScope;
import dev.troupe.transport.loop.Timer;
import dev.troupe.transport.loop.Watch;
import dev.troupe.transport.sys.Fd;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;
import java.util.Queue;
import java.util.concurrent.ConcurrentLinkedQueue;
import org.jspecify.annotations.Nullable;

/** An event loop that does nothing until the test says so; its clock stands still until the test moves it. */
public final class ManualLoop implements EventLoop {
    private final Queue<Runnable> tasks = new ConcurrentLinkedQueue<>();
    private final List<ManualTimer> timers = new ArrayList<>();
    private final List<ManualScope> scopes = new ArrayList<>();
    private long nowNanos;

    /** The loop's time. */
    public long nowNanos() {
        return nowNanos;
    }

    /** Runs tasks and file operations until there are none left. */
    public void settle() {
        boolean worked = true;
        while (worked) {
            worked = false;
            for (Runnable task = tasks.poll(); task != null; task = tasks.poll()) {
                task.run();
                worked = true;
            }
            for (ManualScope scope : List.copyOf(scopes)) {
                worked |= scope.finishAll();
            }
        }
    }

    /** Runs the tasks there are, and leaves file operations and what the tasks hand over for later. */
    public void settleTasks() {
        for (int left = tasks.size(); left > 0; left--) {
            tasks.remove().run();
        }
    }

    /** Lets time pass, with every timer that falls due, and settles. */
    public void pass(long nanos) {
        long end = nowNanos + nanos;
        ManualTimer next = nextTimer(end);
        while (next != null) {
            nowNanos = Math.max(nowNanos, next.dueNanos);
            timers.remove(next);
            next.task.run();
            settle();
            next = nextTimer(end);
        }
        nowNanos = end;
    }

    private @Nullable ManualTimer nextTimer(long end) {
        return timers.stream()
                .filter(t -> t.dueNanos <= end)
                .min(Comparator.comparingLong(t -> t.dueNanos))
                .orElse(null);
    }

    /** How many timers are set. */
    public int timers() {
        return timers.size();
    }

    @Override
    public void execute(Runnable task) {
        tasks.add(task);
    }

    @Override
    public Timer schedule(long delayNanos, Runnable task) {
        ManualTimer timer = new ManualTimer(nowNanos + delayNanos, task);
        timers.add(timer);
        return timer;
    }

    @Override
    public ManualScope openScope(String owner, IoScope.FailureListener onFailure) {
        ManualScope scope = new ManualScope(this);
        scopes.add(scope);
        return scope;
    }

    @Override
    public String name() {
        return "manual";
    }

    @Override
    public Backend backend() {
        return Backend.EPOLL;
    }

    @Override
    public @Nullable String fallbackReason() {
        return null;
    }

    @Override
    public boolean inLoop() {
        return true;
    }

    @Override
    public Watch watch(Fd fd, Watch.Listener listener) {
        throw new UnsupportedOperationException("Devices watch nothing yet");
    }

    @Override
    public Watch watchStream(Fd fd, Watch.Listener listener) {
        throw new UnsupportedOperationException("Devices watch nothing yet");
    }

    @Override
    public void signal(Fd eventFd) {
        throw new UnsupportedOperationException("Devices signal nothing");
    }

    @Override
    public long failedSignals() {
        return 0;
    }

    @Override
    public void setBusyPoll(BusyPoll poller, long maxNanos) {
        throw new UnsupportedOperationException("Devices do not poll");
    }

    @Override
    public void stayAwake(BusyPoll poller) {
        throw new UnsupportedOperationException("Devices do not poll");
    }

    @Override
    public void close() {}

    private final class ManualTimer implements Timer {
        private final long dueNanos;
        private final Runnable task;

        ManualTimer(long dueNanos, Runnable task) {
            this.dueNanos = dueNanos;
            this.task = task;
        }

        @Override
        public void cancel() {
            timers.remove(this);
        }
    }
}
