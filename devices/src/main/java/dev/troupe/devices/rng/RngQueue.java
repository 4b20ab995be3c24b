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
 * Answers requests in order, those that wait together in one batch, so that the driver is told of them together. While there is nothing to give (the budget is spent, or the source failed) the
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
    private int maxRequestBytes;
    private final DeviceContext device;
    private final QueueContext context;
    private final ArrayDeque<DescriptorChain> waiting;

    /** What the source is filling, and how many bytes of it each is to get. */
    private final ArrayDeque<DescriptorChain> serving;

    private final int[] grants;
    private boolean busy;

    private boolean pumping;
    private boolean draining;
    private int failures;
    private @Nullable Timer timer;

    RngQueue(RngSource source, RngBudget budget, int maxRequestBytes, DeviceContext device, QueueContext context) {
        this.source = source;
        this.budget = budget;
        this.maxRequestBytes = maxRequestBytes;
        this.device = device;
        this.context = context;
        this.waiting = new ArrayDeque<>(context.size());
        this.serving = new ArrayDeque<>(context.size());
        this.grants = new int[context.size()];
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
            while (!waiting.isEmpty() && !busy && timer == null) {
                serve();
            }
        } finally {
            pumping = false;
        }
    }

    /** Has the source fill as many of those that wait as the budget and one batch allow. */
    private void serve() {
        int wanted = 0;
        DescriptorChain chain = waiting.peek();
        while (chain != null) {
            wanted = (int) Math.min(chain.writable().lengthBytes(), maxRequestBytes);
            if (!addToBatch(chain, wanted)) {
                break;
            }
            chain = waiting.peek();
        }
        if (!serving.isEmpty()) {
            busy = true;
            tap.fill();
        } else if (draining) {
            giveDrainBytes();
        } else {
            pause(Math.max(1, budget.nanosUntilNext(wanted)));
        }
    }

    private boolean addToBatch(DescriptorChain chain, int wanted) {
        int granted = budget.take(wanted);
        if (granted == 0) {
            return false;
        }
        chain.writable().seek(0);
        int added = tap.add(chain.writable(), granted);
        budget.giveBack(granted - added);
        if (added == 0) {
            return false;
        }
        grants[serving.size()] = added;
        serving.add(waiting.remove());
        return true;
    }

    private void filled(int result) {
        busy = false;
        int served = handOut(result);
        returnUnserved(served);
        if (result > 0) {
            failures = 0;
        } else {
            failed(result);
        }
        pump();
    }

    /** Completes those that got bytes; how many they are. */
    private int handOut(int bytes) {
        int left = bytes;
        int served = 0;
        while (left > 0 && !serving.isEmpty()) {
            int given = Math.min(grants[served], left);
            budget.giveBack(grants[served] - given);
            context.complete(serving.remove(), given);
            left -= given;
            served++;
        }
        return served;
    }

    /** Those that got nothing wait again, before all others. */
    private void returnUnserved(int served) {
        int last = served + serving.size();
        while (!serving.isEmpty()) {
            last--;
            budget.giveBack(grants[last]);
            waiting.addFirst(serving.removeLast());
        }
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

    /** Other limits count from now on; any thread. Who waits for the budget looks at it again. */
    void limited(Runnable change, int newMaxRequestBytes) {
        context.loop().execute(() -> {
            change.run();
            maxRequestBytes = newMaxRequestBytes;
            if (timer != null && failures == 0) {
                timer.cancel();
                resume();
            }
        });
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
