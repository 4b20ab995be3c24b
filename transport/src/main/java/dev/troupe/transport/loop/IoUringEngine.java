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
import org.jspecify.annotations.Nullable;

/** Everything in one io_uring: polls, file operations, signals. What it cannot do, a thread beside it does. */
final class IoUringEngine implements Engine, IoUring.Sink {
    private static final int COMPLETIONS_PER_ENTRY = 4;

    /** After a read that could not be done at once: how many are not tried so. */
    private static final int READS_NOT_TRIED = 64;

    private static final int SIGNALS_TO_KEEP = 64;

    private final IoUring ring;
    private final Fd wake = EventFd.create();
    private final String loop;
    private final FilePool beside;
    private final SlotTable slots = new SlotTable();

    /** What found the ring full, in order. */
    private final ArrayDeque<Slot> waiting = new ArrayDeque<>();

    private final Set<RingWatch> watches = new HashSet<>();
    private final IdentityHashMap<Fd, RingSignal> signals = new IdentityHashMap<>();
    private final ArrayDeque<Cancel> idleCancels = new ArrayDeque<>();
    private final AtomicLong failedSignals = new AtomicLong();

    /** The only thing handed in since the last system call, a read; what comes behind it takes it along. */
    private @Nullable Operation lone;

    /** A lone read that was done at once and is news. */
    private @Nullable Operation done;

    private int readsNotToTry;

    /** Whether a signal was handed in since the last system call. */
    private boolean signalled;

    /** How many signals there may be before those of closed eventfds are looked for. */
    private int signalsToKeep = SIGNALS_TO_KEEP;

    IoUringEngine(LoopThread loop, int entries) {
        this.loop = loop.name();
        beside = new FilePool(loop.name(), 1, loop::wakeIfSleeping);
        try {
            ring = IoUring.create(entries, entries * COMPLETIONS_PER_ENTRY);
        } catch (Throwable e) {
            wake.close();
            throw e;
        }
        watch(wake, false, () -> {});
    }

    @Override
    public Backend backend() {
        return Backend.IO_URING;
    }

    /**
     * A single cached read is cheaper as a plain system call, which then takes the place of the ring's, than as an entry
     * that the ring is told of and brings back.
     */
    @Override
    public void start(Operation operation) {
        if (operation.kind == Operation.Kind.SECURE_ERASE) {
            beside.submit(operation);
        } else if (lone == null
                && operation.kind == Operation.Kind.READ
                && ring.unsubmitted() == 0
                && mayTry(operation)) {
            lone = operation;
        } else {
            submit(operation);
        }
    }

    private boolean mayTry(Operation read) {
        if (readsNotToTry > 0) {
            readsNotToTry--;
            return false;
        }
        return read.canReadNow();
    }

    private void submitLone() {
        Operation operation = lone;
        if (operation != null) {
            lone = null;
            submit(operation);
        }
    }

    /** True if there was a lone read and it is done. */
    private boolean readLone() {
        Operation operation = lone;
        if (operation == null) {
            return false;
        }
        if (operation.readNow()) {
            lone = null;
            done = operation;
            return true;
        }
        readsNotToTry = READS_NOT_TRIED;
        submitLone();
        return false;
    }

    /** Gives the slot a number and hands it over with the next system call. */
    void submit(Slot slot) {
        submitLone();
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
    public Watch watch(Fd fd, boolean stream, Watch.Listener listener) {
        RingWatch watch = new RingWatch(this, fd, stream, listener);
        watches.add(watch);
        submit(watch);
        return watch;
    }

    /** Makes an operation under way end soon. */
    void cancel(long target) {
        cancel(target, false);
    }

    private void cancel(long target, boolean all) {
        Cancel cancel = idleCancels.isEmpty() ? new Cancel(this) : idleCancels.remove();
        cancel.target = target;
        cancel.all = all;
        submit(cancel);
    }

    @Override
    public void signal(Fd eventFd) {
        RingSignal signal = signals.get(eventFd);
        if (signal == null) {
            signal = newSignal(eventFd);
        }
        submitLone();
        signalled = true;
        signal.raise(ring.enters());
    }

    private RingSignal newSignal(Fd eventFd) {
        if (signals.size() >= signalsToKeep) {
            signals.values().removeIf(this::forgetIfOver);
            signalsToKeep = Math.max(SIGNALS_TO_KEEP, 2 * signals.size());
        }
        RingSignal signal = new RingSignal(this, eventFd);
        slots.add(signal);
        signals.put(eventFd, signal);
        return signal;
    }

    private boolean forgetIfOver(RingSignal signal) {
        boolean over = signal.isOver();
        if (over) {
            slots.remove(signal);
            // What its counter has no room for would wait in the kernel for ever, and more with each descriptor of it.
            cancel(signal.userData, true);
        }
        return over;
    }

    void signalFailed() {
        failedSignals.incrementAndGet();
    }

    @Override
    public long failedSignals() {
        return failedSignals.get();
    }

    @Override
    public void await(long timeoutNanos) {
        if (!othersHaveNews() && readLone()) {
            return;
        }
        submitLone();
        while (!waiting.isEmpty() && ring.hasRoom()) {
            prepare(waiting.remove());
        }
        boolean wait = timeoutNanos != 0 && waiting.isEmpty() && ring.completions() == 0;
        if (wait || ring.unsubmitted() > 0 || ring.wantsEnter()) {
            ring.enter(wait ? timeoutNanos : 0);
        }
        signalled = false;
    }

    /** Whether there is something that only a look into the ring or beside it brings, which lone reads must not put off. */
    private boolean othersHaveNews() {
        return !waiting.isEmpty() || ring.completions() > 0 || ring.wantsEnter() || beside.hasFinished();
    }

    private void prepare(Slot slot) {
        if (slot instanceof RingWatch watch && watch.isCancelled()) {
            finished(watch);
        } else {
            slot.prepare(ring);
        }
    }

    @Override
    public boolean holdsBack() {
        return lone != null || signalled;
    }

    @Override
    public int deliver(int maximum) {
        Operation read = done;
        if (read != null) {
            done = null;
            read.completed(read.result, false);
            return 1;
        }
        Operation elsewhere = beside.takeFinished();
        if (elsewhere != null) {
            elsewhere.completed(elsewhere.result, false);
            return 1;
        }
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
        return done != null || othersHaveNews();
    }

    @Override
    public void wake() {
        EventFd.trySignal(wake);
    }

    @Override
    public void cancelAll() {
        new ArrayList<>(watches).forEach(RingWatch::cancel);
        // What an eventfd has no room for the kernel drops when the ring is closed.
        signals.values().forEach(slots::remove);
        signals.clear();
    }

    @Override
    public boolean isQuiet() {
        return slots.used() == 0 && lone == null && done == null && beside.isQuiet();
    }

    @Override
    public void close() {
        beside.close();
        ring.close();
        wake.close();
    }

    /** A request to end another one. */
    private static final class Cancel extends Slot {
        private final IoUringEngine engine;
        private long target;
        private boolean all;

        Cancel(IoUringEngine engine) {
            this.engine = engine;
        }

        @Override
        void prepare(IoUring ring) {
            ring.prepCancel(target, all, userData);
        }

        @Override
        void completed(int result, boolean more) {
            // Whether it was found or had ended already: the other one's own completion tells.
            engine.finished(this);
            engine.idleCancels.add(this);
        }
    }
}
