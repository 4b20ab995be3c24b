package dev.troupe.runtime.bench;

import dev.troupe.runtime.probe.NoBackEndException;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/** One run: starts a thread a queue, watches over them, and adds up. For one thread, once. */
final class BenchRun {

    private final BenchPlan plan;
    private final BenchTarget target;
    private final QueueSubject subject;
    private final Consumer<Watch.Progress> progress;
    private final List<QueueDriver> drivers = new ArrayList<>();
    private final Pace pace;

    /**
     * Prepares a run.
     *
     * @param subject the target's
     * @param progress told each second, on the thread of {@link #run}
     */
    BenchRun(QueueSubject subject, BenchTarget target, Consumer<Watch.Progress> progress) {
        this.plan = target.plan();
        this.target = target;
        this.subject = subject;
        this.progress = progress;
        pace = new Pace(plan.warmUp().toNanos(), plan.duration().toNanos(), plan.queues());
    }

    /**
     * Drives the back end for the planned time.
     *
     * @throws BenchException if the back end does not do its part
     */
    BenchResult run() throws BenchException, NoBackEndException, InterruptedException {
        try (BenchSession session = BenchSession.open(target)) {
            try {
                subject.meet(session);
                startDrivers(session);
                pace.start();
                new Watch(session, drivers, drivers, plan.patience(), progress).untilOver();
                subject.part(session);
                session.stop();
                return BenchResult.of(pace.measuredNanos(), drivers);
            } finally {
                endDrivers();
            }
        }
    }

    private void startDrivers(BenchSession session) {
        long seed = System.nanoTime();
        for (int i = 0; i < plan.queues(); i++) {
            QueueDriver driver = new QueueDriver(session, i, subject.workload(session, i, seed), pace, plan);
            drivers.add(driver);
            driver.start();
        }
    }

    private void endDrivers() throws InterruptedException {
        pace.abandon();
        drivers.forEach(QueueDriver::wake);
        for (QueueDriver driver : drivers) {
            driver.join();
        }
    }
}
