package dev.troupe.runtime.bench;

import dev.troupe.transport.frontend.BufferList;
import dev.troupe.transport.frontend.DriverQueue;
import dev.troupe.transport.frontend.VringFds;
import dev.troupe.transport.sys.CpuAffinity;
import dev.troupe.transport.sys.EventFd;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.OptionalInt;
import org.jspecify.annotations.Nullable;

/**
 * Drives one queue from a thread of its own: keeps the wanted number of requests under way, takes what comes back, and
 * sleeps on the call eventfd (or looks all the time) while there is nothing. Allocates nothing once it runs.
 */
final class QueueDriver implements Runnable {

    private static final int LONGEST_SLEEP_MS = 1_000;

    private final DriverQueue queue;
    private final VringFds fds;
    private final Workload workload;
    private final Pace pace;
    private final int chains;
    private final int depth;
    private final boolean busyPoll;
    private final OptionalInt cpu;
    private final Meter meter = new Meter();
    private final BufferList buffers = new BufferList();
    private final long[] startedAt;
    private final int[] chainsLeft;
    private final long[] movedBytes;
    private final MemorySegment scratch = Arena.ofAuto().allocate(EventFd.AWAIT_SCRATCH_BYTES, Long.BYTES);
    private volatile @Nullable RuntimeException failure;
    private boolean refilling;

    /**
     * Prepares a queue that is set up and enabled.
     *
     * @param index which of the driven queues
     * @param plan depth and way of waiting
     * @param cpu the processor for its thread, if any
     */
    QueueDriver(BenchSession session, int index, Workload workload, Pace pace, BenchPlan plan, OptionalInt cpu) {
        this.queue = session.queue(index);
        this.fds = session.queueFds(index);
        this.chains = session.subject().chains();
        this.workload = workload;
        this.pace = pace;
        this.depth = plan.depth();
        this.busyPoll = plan.busyPoll();
        this.cpu = cpu;
        startedAt = new long[depth];
        chainsLeft = new int[depth];
        movedBytes = new long[depth];
    }

    @Override
    public void run() {
        try {
            cpu.ifPresent(CpuAffinity::pinCurrentThread);
        } catch (RuntimeException e) {
            failure = e;
        }
        try {
            pace.awaitStart();
            if (failure == null) {
                measure();
                readBack();
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } catch (RuntimeException e) {
            failure = e;
        }
    }

    private void measure() {
        queue.disableCalls();
        refilling = true;
        fill();
        while (!pace.isAbandoned() && System.nanoTime() - pace.measuredFrom() < 0) {
            turn();
        }
        meter.begin();
        while (!pace.isAbandoned() && System.nanoTime() - pace.measuredTo() < 0) {
            turn();
        }
        meter.end();
        refilling = false;
        finishAll();
    }

    private void readBack() {
        if (!pace.isAbandoned() && workload.beginReadBack()) {
            refilling = true;
            fill();
            finishAll();
        }
    }

    private void finishAll() {
        while (!pace.isAbandoned() && queue.outstanding() > 0) {
            turn();
        }
    }

    private void fill() {
        long now = System.nanoTime();
        for (int request = 0; request < depth && workload.hasNext(); request++) {
            submit(request, now);
        }
        kick();
    }

    /** One look at the queue: takes what came back, makes as many new requests, and rests if there was nothing. */
    private void turn() {
        int taken = 0;
        while (taken < depth && queue.poll()) {
            int slot = (int) queue.token();
            int request = slot / chains;
            long moved = workload.finish(slot, queue.usedLengthBytes());
            // A chain that failed has moved -1, which stands for the whole request.
            movedBytes[request] = Math.min(moved, movedBytes[request]) < 0 ? -1 : movedBytes[request] + moved;
            if (--chainsLeft[request] > 0) {
                continue;
            }
            long now = System.nanoTime();
            meter.finished(now - startedAt[request], movedBytes[request]);
            if (refilling && workload.hasNext()) {
                submit(request, now);
            }
            taken++;
        }
        if (taken == 0) {
            rest();
        } else {
            kick();
            meter.show();
        }
    }

    private void submit(int request, long now) {
        startedAt[request] = now;
        movedBytes[request] = 0;
        chainsLeft[request] = chains;
        for (int slot = request * chains; slot < (request + 1) * chains; slot++) {
            workload.prepare(slot, buffers.clear());
            if (!queue.add(buffers, slot)) {
                throw new IllegalStateException("the ring has no room for the depth it was made for");
            }
        }
    }

    private void kick() {
        if (queue.publish()) {
            meter.kicked();
            EventFd.signal(fds.kick());
        }
        if (workload.isProvoked() && queue.outstanding() > 0) {
            startedAt[0] = System.nanoTime();
            workload.provoke();
        }
    }

    private void rest() {
        if (busyPoll) {
            Thread.onSpinWait();
            return;
        }
        if (!queue.enableCalls()) {
            meter.called(EventFd.await(fds.call(), scratch, LONGEST_SLEEP_MS));
        }
        queue.disableCalls();
    }

    /** Wakes the thread if it sleeps. Any thread. */
    void wake() {
        EventFd.signal(fds.call());
    }

    /** What it counts; all of it may be read once the thread has ended. */
    Meter meter() {
        return meter;
    }

    /** Its requests; may be looked at once the thread has ended. */
    Workload workload() {
        return workload;
    }

    /** Why it ended before its time, or null. Any thread. */
    @Nullable
    RuntimeException failure() {
        return failure;
    }
}
