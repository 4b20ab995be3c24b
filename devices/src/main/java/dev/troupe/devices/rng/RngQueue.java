package dev.troupe.devices.rng;

import dev.troupe.actors.device.DeviceContext;
import dev.troupe.actors.device.QueueContext;
import dev.troupe.actors.device.QueueHandler;
import dev.troupe.transport.loop.Timer;
import dev.troupe.transport.ring.ChainWriter;
import dev.troupe.transport.ring.DescriptorChain;
import dev.troupe.transport.sys.Errno;
import dev.troupe.transport.sys.HostRandom;
import dev.troupe.transport.sys.SysException;
import java.lang.foreign.Arena;
import java.lang.foreign.MemorySegment;
import java.util.ArrayDeque;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/**
 * Answers requests one after the other. While there is nothing to give (the budget is spent, or the source failed) the
 * rest stays in the ring and a timer wakes the queue; the loop never waits.
 *
 * <p>A request is never ended without a byte (section 5.4.6.2): Linux's driver would not ask again. So a failed source
 * makes the request wait, and a drain that cannot wait gives a few bytes of the host kernel's.
 */
final class RngQueue implements QueueHandler {
    /** Failures in a row after which the source is opened again. */
    static final int FAILURES_BEFORE_RESTART = 8;

    /** What a waiting request gets when its queue stops: enough for any seed. */
    static final int DRAIN_BYTES = 32;

    private static final long FIRST_RETRY_NANOS = TimeUnit.MILLISECONDS.toNanos(50);
    private static final int MAX_RETRY_SHIFT = 6;

    private final RngSource source;
    private final RngSource.Tap tap;
    private final RngBudget budget;
    private final int maxRequestBytes;
    private final DeviceContext device;
    private final QueueContext context;
    private final ArrayDeque<DescriptorChain> waiting;

    /** The first of those that wait is being served by the source. */
    private boolean busy;

    private boolean pumping;
    private boolean draining;
    private int granted;
    private int failures;
    private @Nullable Timer timer;

    RngQueue(RngSource source, RngBudget budget, int maxRequestBytes, DeviceContext device, QueueContext context) {
        this.source = source;
        this.budget = budget;
        this.maxRequestBytes = maxRequestBytes;
        this.device = device;
        this.context = context;
        this.waiting = new ArrayDeque<>(context.size());
        this.tap = source.open(context, this::filled);
    }

    @Override
    public void handle(DescriptorChain chain) {
        if (chain.writable().lengthBytes() == 0) {
            context.countError();
            context.complete(chain, 0);
            return;
        }
        waiting.add(chain);
        pump();
    }

    private void pump() {
        if (pumping) {
            return;
        }
        pumping = true;
        try {
            DescriptorChain chain = waiting.peek();
            while (chain != null && !busy && timer == null) {
                serve(chain);
                chain = waiting.peek();
            }
        } finally {
            pumping = false;
        }
    }

    private void serve(DescriptorChain chain) {
        ChainWriter out = chain.writable();
        int wanted = (int) Math.min(out.lengthBytes(), maxRequestBytes);
        granted = budget.take(wanted);
        if (granted == 0) {
            pause(Math.max(1, budget.nanosUntilNext(wanted)));
            return;
        }
        busy = true;
        out.seek(0);
        tap.fill(out, granted);
    }

    private void filled(int result) {
        busy = false;
        DescriptorChain chain = waiting.element();
        if (result > 0) {
            failures = 0;
            budget.giveBack(granted - result);
            waiting.remove();
            context.complete(chain, result);
        } else {
            budget.giveBack(granted);
            failed(result);
        }
        pump();
    }

    private void failed(int result) {
        failures++;
        if (failures == 1) {
            device.log()
                    .warn(
                            "{} failed: {} {}; requests wait",
                            source.description(),
                            Errno.name(-result),
                            Errno.describe(-result));
        }
        if (draining) {
            giveDrainBytes();
            return;
        }
        pause(FIRST_RETRY_NANOS << Math.min(failures - 1, MAX_RETRY_SHIFT));
        if (failures == FAILURES_BEFORE_RESTART) {
            device.hostFailed(new SysException("read", source.description(), -result));
        }
    }

    private void pause(long nanos) {
        context.hold();
        timer = context.loop().schedule(nanos, this::resume);
    }

    private void resume() {
        timer = null;
        context.release();
        pump();
    }

    @Override
    public void drain() {
        draining = true;
        if (timer != null) {
            timer.cancel();
            timer = null;
        }
        if (!busy) {
            giveDrainBytes();
        }
    }

    private void giveDrainBytes() {
        if (waiting.isEmpty()) {
            return;
        }
        MemorySegment bytes = Arena.ofAuto().allocate(DRAIN_BYTES);
        DescriptorChain chain = waiting.poll();
        while (chain != null) {
            HostRandom.fill(bytes);
            ChainWriter out = chain.writable();
            out.seek(0);
            int length = (int) Math.min(out.lengthBytes(), DRAIN_BYTES);
            out.copyFrom(bytes, 0, length);
            budget.overdraw(length);
            context.complete(chain, length);
            chain = waiting.poll();
        }
        bytes.fill((byte) 0);
    }

    @Override
    public void close() {
        if (timer != null) {
            timer.cancel();
            timer = null;
        }
    }
}
