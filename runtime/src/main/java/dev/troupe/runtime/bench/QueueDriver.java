package dev.troupe.runtime.bench;

import dev.troupe.transport.frontend.BufferList;
import dev.troupe.transport.frontend.DriverQueue;
import dev.troupe.transport.frontend.VringFds;
import dev.troupe.transport.sys.EventFd;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;

/**
 * Drives one queue from a thread of its own: keeps the wanted number of requests under way, takes what comes back, and
 * sleeps on the call eventfd (or looks all the time) while there is nothing. Allocates nothing once it runs.
 */
final class QueueDriver extends BenchThread {

    private static final int LONGEST_SLEEP_MS = 1_000;

    private final DriverQueue queue;
    private final VringFds fds;
    private final Workload workload;
    private final int chains;
    private final int depth;
    private final boolean busyPoll;
    private final BufferList buffers = new BufferList();
    private final long[] startedAt;
    private final int[] chainsLeft;
    private final long[] movedBytes;
    private final MemorySegment scratch = Arena.ofAuto().allocate(EventFd.AWAIT_SCRATCH_BYTES, Long.BYTES);
    private boolean refilling;

    /**
     * Prepares a queue that is set up and enabled.
     *
     * @param index which of the driven queues
     * @param plan depth, way of waiting and processors
     */
    QueueDriver(BenchSession session, int index, Workload workload, Pace pace, BenchPlan plan) {
        super("Queue " + index, pace, plan.cpu(index));
        this.queue = session.queue(index);
        this.fds = session.queueFds(index);
        this.chains = session.subject().chains();
        this.workload = workload;
        this.depth = plan.depth();
        this.busyPoll = plan.busyPoll();
        startedAt = new long[depth];
        chainsLeft = new int[depth];
        movedBytes = new long[depth];
    }

    @Override
    void drive() {
        measure();
        readBack();
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
        meter.conclude();
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

    /** Its requests; may be looked at once the thread has ended. */
    Workload workload() {
        return workload;
    }
}
