package dev.troupe.runtime.bench;

import dev.troupe.actors.device.Quantities;

/** An entropy device (virtio 1.4, section 5.4), whose requests are buffers to fill. */
record RngSubject(BenchPlan plan) implements QueueSubject {

    static RngSubject of(BenchPlan plan) throws BenchException {
        plan.requireNoData("An entropy device");
        return new RngSubject(plan);
    }

    @Override
    public String title() {
        return "buffers of " + Quantities.formatBytes(plan.blockBytes());
    }

    @Override
    public long accepted() {
        return 0;
    }

    @Override
    public int buffers() {
        return 1;
    }

    @Override
    public long memoryBytes() {
        return RngWorkload.memoryBytes(plan.depth(), plan.blockBytes());
    }

    @Override
    public Workload workload(BenchSession session, int queue, long seed) {
        return new RngWorkload(session.memory(), plan.depth(), plan.blockBytes());
    }
}
