package dev.troupe.runtime.bench;

import dev.troupe.devices.i2c.I2cWire;
import dev.troupe.runtime.probe.ProbeResult;

/** A target on an I2C bus (virtio 1.4, section 5.16), from which a message is read, perhaps after one that is written. */
final class I2cSubject implements QueueSubject {

    private static final String READ = "read";
    private static final String WRITE_READ = "write-read";

    private final BenchPlan plan;
    private final int address;
    private final boolean writesFirst;

    private I2cSubject(BenchPlan plan, int address, boolean writesFirst) {
        this.plan = plan;
        this.address = address;
        this.writesFirst = writesFirst;
    }

    /**
     * Checks the plan.
     *
     * @throws BenchException if it does not fit
     */
    static I2cSubject of(BenchPlan plan, ProbeResult probe) throws BenchException {
        plan.requireNoData("An I2C bus");
        plan.requireOneQueue();
        if ((probe.features() & I2cWire.VIRTIO_I2C_F_ZERO_LENGTH_REQUEST) == 0) {
            throw new BenchException("The back end does not offer VIRTIO_I2C_F_ZERO_LENGTH_REQUEST, without which there"
                    + " are no requests.");
        }
        if (plan.aim().address().isEmpty()) {
            throw new BenchException("Say which target to read: --address 0x50.");
        }
        boolean writesFirst = plan.aim().requestOf(READ, WRITE_READ).equals(WRITE_READ);
        return new I2cSubject(plan, plan.aim().address().getAsInt(), writesFirst);
    }

    @Override
    public String title() {
        int bytes = plan.aim().messageBytes();
        return (writesFirst ? WRITE_READ : READ) + " of " + bytes + (bytes == 1 ? " byte at " : " bytes at ")
                + I2cWire.formatAddress(address);
    }

    @Override
    public String noun() {
        return "transfers";
    }

    @Override
    public long accepted() {
        return I2cWire.VIRTIO_I2C_F_ZERO_LENGTH_REQUEST;
    }

    @Override
    public int chains() {
        return writesFirst ? 2 : 1;
    }

    @Override
    public int buffers() {
        return I2cWorkload.BUFFERS;
    }

    @Override
    public long memoryBytes() {
        return I2cWorkload.memoryBytes(slots(), plan.aim().messageBytes());
    }

    private int slots() {
        return plan.depth() * chains();
    }

    @Override
    public Workload workload(BenchSession session, int queue, long seed) {
        return new I2cWorkload(session.memory(), slots(), plan.aim().messageBytes(), address, writesFirst);
    }
}
