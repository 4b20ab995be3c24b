package dev.troupe.transport.loop;

import dev.troupe.transport.sys.EventFd;
import dev.troupe.transport.sys.Fd;
import dev.troupe.transport.sys.IoUring;
import java.util.ArrayDeque;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.IdentityHashMap;
import java.util.Set;
import java.util.concurrent.atomic.AtomicLong;

/** Everything in one io_uring: polls, file operations, signals. */
final class IoUringEngine implements Engine, IoUring.Sink {
    private static final int COMPLETIONS_PER_ENTRY = 4;

    private final IoUring ring;
    private final Fd wake = EventFd.create();
    private final String loop;
    private final SlotTable slots = new SlotTable();

    /** What found the ring full, in order. */
    private final ArrayDeque<Slot> waiting = new ArrayDeque<>();

    private final Set<RingWatch> watches = new HashSet<>();
    private final IdentityHashMap<Fd, RingSignal> signals = new IdentityHashMap<>();
    private final ArrayDeque<RingSignal> idleSignals = new ArrayDeque<>();
    private final ArrayDeque<Cancel> idleCancels = new ArrayDeque<>();
    private final AtomicLong failedSignals = new AtomicLong();

    IoUringEngine(LoopThread loop, int entries) {
        this.loop = loop.name();
        try {
            ring = IoUring.create(entries, entries * COMPLETIONS_PER_ENTRY);
        } catch (Throwable e) {
            wake.close();
            throw e;
        }
        watch(wake, () -> {});
    }

    @Override
    public Backend backend() {
        return Backend.IO_URING;
    }

    @Override
    public void start(Operation operation) {
        submit(operation);
    }

    /** Gives the slot a number and hands it over with the next system call. */
    void submit(Slot slot) {
        slots.add(slot);
        resubmit(slot);
    }

    /** Hands it over again, under the number it has. */
    void resubmit(Slot slot) {
        if (waiting.isEmpty() && ring.hasRoom()) {
            slot.prepare(ring);
        } else {
            waiting.add(slot);
        }
    }

    /** The kernel is done with it for good. */
    void finished(Slot slot) {
        slots.remove(slot);
    }

    void finished(RingWatch watch) {
        slots.remove(watch);
        watches.remove(watch);
    }

    String loop() {
        return loop;
    }

    @Override
    public Watch watch(Fd fd, Watch.Listener listener) {
        RingWatch watch = new RingWatch(this, fd, listener);
        watches.add(watch);
        submit(watch);
        return watch;
    }

    /** Makes an operation under way end soon. */
    void cancel(long target) {
        Cancel cancel = idleCancels.isEmpty() ? new Cancel(this) : idleCancels.remove();
        cancel.target = target;
        submit(cancel);
    }

    @Override
    public void signal(Fd eventFd) {
        RingSignal outstanding = signals.get(eventFd);
        if (outstanding != null) {
            outstanding.once(ring.enters());
            return;
        }
        RingSignal signal = idleSignals.isEmpty() ? new RingSignal(this) : idleSignals.remove();
        signal.begin(eventFd);
        signals.put(eventFd, signal);
        submit(signal);
    }

    void signalled(RingSignal signal, Fd eventFd, boolean refused) {
        if (refused) {
            failedSignals.incrementAndGet();
        }
        slots.remove(signal);
        signals.remove(eventFd);
        idleSignals.add(signal);
    }

    @Override
    public long failedSignals() {
        return failedSignals.get();
    }

    @Override
    public void await(long timeoutNanos) {
        while (!waiting.isEmpty() && ring.hasRoom()) {
            prepare(waiting.remove());
        }
        boolean wait = timeoutNanos != 0 && waiting.isEmpty() && ring.completions() == 0;
        if (wait || ring.unsubmitted() > 0 || ring.wantsEnter()) {
            ring.enter(wait ? timeoutNanos : 0);
        }
    }

    private void prepare(Slot slot) {
        if (slot instanceof RingWatch watch && watch.isCancelled()) {
            finished(watch);
        } else {
            slot.prepare(ring);
        }
    }

    @Override
    public int deliver(int maximum) {
        return ring.completions() == 0 ? 0 : ring.reap(maximum, this);
    }

    @Override
    public void completed(long userData, int result, int flags) {
        Slot slot = slots.find(userData);
        if (slot instanceof Operation) {
            // It goes back to the loop's pool and gets another number next time.
            slots.remove(slot);
        }
        if (slot != null) {
            slot.completed(result, (flags & IoUring.CQE_F_MORE) != 0);
        }
    }

    @Override
    public boolean hasNews() {
        return ring.completions() > 0 || !waiting.isEmpty() || ring.wantsEnter();
    }

    @Override
    public void wake() {
        EventFd.trySignal(wake);
    }

    @Override
    public void cancelAll() {
        new ArrayList<>(watches).forEach(RingWatch::cancel);
        signals.values().forEach(signal -> cancel(signal.giveUp()));
    }

    @Override
    public boolean isQuiet() {
        return slots.used() == 0;
    }

    @Override
    public void close() {
        ring.close();
        wake.close();
    }

    /** A request to end another one. */
    private static final class Cancel extends Slot {
        private final IoUringEngine engine;
        private long target;

        Cancel(IoUringEngine engine) {
            this.engine = engine;
        }

        @Override
        void prepare(IoUring ring) {
            ring.prepCancel(target, userData);
        }

        @Override
        void completed(int result, boolean more) {
            // Whether it was found or had ended already: the other one's own completion tells.
            engine.finished(this);
            engine.idleCancels.add(this);
        }
    }
}
