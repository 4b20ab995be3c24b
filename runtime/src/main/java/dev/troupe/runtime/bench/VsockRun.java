package dev.troupe.runtime.bench;

import dev.troupe.runtime.probe.NoBackEndException;
import java.io.IOException;
import java.util.List;
import java.util.OptionalInt;
import java.util.function.Consumer;

/** One run of sockets: the guest's driver and the host's program, each on a thread of its own. For one thread, once. */
final class VsockRun {
    private static final int TICK_MS = 1_000;
    private static final int LOOK_MS = 50;
    private static final long JOIN_MS = 5_000;

    private final BenchPlan plan;
    private final VsockLoad load;
    private final BenchTarget target;
    private final Consumer<BenchRun.Progress> progress;
    private final Pace pace;

    /** @param progress told each second, on the thread of {@link #run} */
    VsockRun(VsockLoad load, BenchTarget target, Consumer<BenchRun.Progress> progress) {
        this.plan = target.plan();
        this.load = load;
        this.target = target;
        this.progress = progress;
        pace = new Pace(plan.warmUp().toNanos(), plan.duration().toNanos(), 2);
    }

    /**
     * Drives the back end for the planned time.
     *
     * @throws BenchException if the back end does not do its part
     */
    BenchResult run() throws BenchException, NoBackEndException, InterruptedException {
        try (VsockHostEnd host = new VsockHostEnd(load, plan.blockBytes(), pace, cpu(1));
                BenchSession session = BenchSession.open(target)) {
            VsockGuestEnd guest = new VsockGuestEnd(load, plan, session, pace, cpu(0));
            // The guest's memory and the session are there until the threads have ended.
            Thread guestThread =
                    Thread.ofPlatform().daemon().name("bench-guest").start(guest);
            Thread hostThread = Thread.ofPlatform().daemon().name("bench-host").start(host);
            VsockEnd measured = load.kind() == VsockLoad.Kind.TO_GUEST ? guest : host;
            try {
                pace.start();
                watchOver(session, List.of(guest, host), measured.meter);
            } finally {
                pace.abandon();
                guestThread.join(JOIN_MS);
                host.close();
                hostThread.join(JOIN_MS);
            }
            session.stop();
            return result(measured.meter, guest.meter);
        } catch (IOException e) {
            throw new BenchException("The host's side: " + e.getMessage() + ".", e);
        }
    }

    private OptionalInt cpu(int end) {
        return plan.cpus().isEmpty()
                ? OptionalInt.empty()
                : OptionalInt.of(plan.cpus().get(end % plan.cpus().size()));
    }

    /** Returns when the time is over. */
    private void watchOver(BenchSession session, List<VsockEnd> ends, Meter meter) throws BenchException {
        long requests = 0;
        long bytes = 0;
        long lastAt = System.nanoTime();
        long movedAt = lastAt;
        int second = 0;
        while (System.nanoTime() - pace.measuredTo() < 0) {
            session.watch(LOOK_MS);
            for (VsockEnd end : ends) {
                Exception failure = end.failure();
                if (failure != null) {
                    throw new BenchException("It ended early: " + failure.getMessage() + ".", failure);
                }
            }
            long now = System.nanoTime();
            long done = meter.progress.get();
            if (done == requests && now - movedAt > plan.patience().toNanos()) {
                throw new BenchException(
                        "Nothing has moved for " + plan.patience().toSeconds() + " s.");
            }
            if (now - lastAt >= TICK_MS * 1_000_000L) {
                long doneBytes = meter.progressBytes.get();
                progress.accept(new BenchRun.Progress(++second, done - requests, doneBytes - bytes, now - lastAt));
                movedAt = done == requests ? movedAt : now;
                requests = done;
                bytes = doneBytes;
                lastAt = now;
            }
        }
    }

    private BenchResult result(Meter measured, Meter guest) {
        return new BenchResult(
                pace.measuredNanos(),
                measured.requests,
                measured.bytes,
                measured.errors,
                measured.latencyNanos,
                new BenchResult.Notifications(guest.kicks, guest.calls, guest.sleeps, guest.allocatedBytes),
                new BenchResult.Verification(0, 0),
                List.of());
    }
}
