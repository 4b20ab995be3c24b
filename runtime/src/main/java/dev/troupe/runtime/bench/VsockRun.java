package dev.troupe.runtime.bench;

import dev.troupe.runtime.probe.NoBackEndException;
import java.io.IOException;
import java.util.List;
import java.util.function.Consumer;

/** One run of sockets: the guest's driver and the host's program, each on a thread of its own. For one thread, once. */
final class VsockRun {
    private final BenchPlan plan;
    private final VsockLoad load;
    private final BenchTarget target;
    private final Consumer<Watch.Progress> progress;
    private final Pace pace;

    /** @param progress told each second, on the thread of {@link #run} */
    VsockRun(VsockLoad load, BenchTarget target, Consumer<Watch.Progress> progress) {
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
        try (VsockHostEnd host = new VsockHostEnd(load, plan.blockBytes(), pace, plan.cpu(1));
                BenchSession session = BenchSession.open(target)) {
            VsockGuestEnd guest = new VsockGuestEnd(load, plan, session, pace, plan.cpu(0));
            VsockEnd measured = load.kind() == VsockLoad.Kind.TO_GUEST ? guest : host;
            // The guest's memory and the session are there until the threads have ended.
            guest.start();
            host.start();
            try {
                pace.start();
                new Watch(session, List.of(guest, host), List.of(measured), plan.patience(), progress).untilOver();
            } finally {
                pace.abandon();
                guest.join();
                host.close();
                host.join();
            }
            session.stop();
            return result(measured.meter, guest.meter);
        } catch (IOException e) {
            throw new BenchException("The host's side: " + e.getMessage() + ".", e);
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
