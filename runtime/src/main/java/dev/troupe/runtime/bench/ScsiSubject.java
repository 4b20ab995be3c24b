package dev.troupe.runtime.bench;

import dev.troupe.actors.device.ConfigField;
import dev.troupe.devices.scsi.ScsiCommandWire;
import dev.troupe.runtime.probe.ProbeResult;
import dev.troupe.transport.frontend.BufferList;
import dev.troupe.transport.frontend.GuestMemoryFile;
import java.lang.foreign.MemorySegment;
import java.util.List;

/** A disk behind a SCSI host (virtio 1.4, section 5.6). Its size is not known before the host was asked. */
final class ScsiSubject implements QueueSubject {

    private static final int SECTOR_BYTES = 512;
    private static final int MAX_CDB_SIZE = 260;
    private static final int MIN_CDB_SIZE = 16;
    private static final int MAX_SENSE_SIZE = 252;

    /** A unit has a few things to tell after a reset, never so many. */
    private static final int MAX_ATTENTIONS = 16;

    private final BenchPlan plan;
    private ScsiFormat format;
    private DiskRange range = new DiskRange(0, 1);

    private ScsiSubject(BenchPlan plan, ScsiFormat format) {
        this.plan = plan;
        this.format = format;
    }

    /**
     * Reads what the configuration space tells.
     *
     * @throws BenchException if the plan does not fit it
     */
    static ScsiSubject of(BenchPlan plan, ProbeResult probe) throws BenchException {
        List<ConfigField> fields = probe.certainType().getFirst().configFields();
        long cdbSize = probe.config().value(fields, "cdb_size").orElse(0);
        long senseSize = probe.config().value(fields, "sense_size").orElse(0);
        if (cdbSize < MIN_CDB_SIZE || cdbSize > MAX_CDB_SIZE || senseSize > MAX_SENSE_SIZE) {
            throw new BenchException(
                    "The back end tells no usable cdb_size and sense_size (" + cdbSize + " and " + senseSize + ").");
        }
        long sectors = probe.config().value(fields, "max_sectors").orElse(0);
        if (sectors != 0 && plan.blockBytes() / SECTOR_BYTES > sectors) {
            throw new BenchException("--block-size: the back end takes at most " + sectors + " sectors in a command.");
        }
        Aim aim = plan.aim();
        return new ScsiSubject(
                plan,
                new ScsiFormat(
                        aim.target(), aim.lun(), (int) cdbSize, (int) senseSize, SECTOR_BYTES, plan.blockBytes()));
    }

    @Override
    public String title() {
        return DiskWorkload.title(plan) + " at " + unit();
    }

    private String unit() {
        return plan.aim().target() + ":" + plan.aim().lun();
    }

    @Override
    public long accepted() {
        return 0;
    }

    @Override
    public int firstRing() {
        return ScsiCommandWire.REQUESTQ;
    }

    @Override
    public int buffers() {
        return format.buffers();
    }

    @Override
    public long memoryBytes() {
        return DiskWorkload.memoryBytes(plan, format);
    }

    @Override
    public void meet(BenchSession session) throws BenchException {
        Inquirer inquirer = new Inquirer(session, firstRing(), plan.patience().toNanos());
        GuestMemoryFile memory = session.memory();
        int bytes = format.controlBytes() + ScsiCommandWire.CAPACITY_BYTES;
        long address = memory.allocate(bytes, DiskWorkload.PAGE_BYTES);
        MemorySegment area = memory.segment(address, bytes);
        int response = format.responseOffset();
        BufferList buffers = new BufferList();
        int left = MAX_ATTENTIONS;
        do {
            ScsiCommandWire.putRequest(area, 0, format.target(), format.lun(), 0, format.cdbSize());
            ScsiCommandWire.clearResponse(area, response);
            buffers.clear()
                    .readable(address, ScsiCommandWire.requestBytes(format.cdbSize()))
                    .writable(address + response, ScsiCommandWire.responseBytes(format.senseSize()));
            inquirer.ask(buffers, "TEST UNIT READY");
        } while (ScsiCommandWire.isUnitAttention(area, response) && left-- > 0);
        if (ScsiCommandWire.isAbsent(area, response)) {
            throw new BenchException("The back end has no logical unit " + unit() + ": name another one with --lun.");
        }
        requireGood(area, response, "is not ready");
        ScsiCommandWire.putReadCapacity(area, 0);
        ScsiCommandWire.clearResponse(area, response);
        buffers.writable(address + format.controlBytes(), ScsiCommandWire.CAPACITY_BYTES);
        inquirer.ask(buffers, "READ CAPACITY (16)");
        requireGood(area, response, "does not tell its capacity by READ CAPACITY (16)");
        settle(
                ScsiCommandWire.blocks(area, format.controlBytes()),
                ScsiCommandWire.blockBytes(area, format.controlBytes()));
    }

    private void requireGood(MemorySegment area, int response, String what) throws BenchException {
        if (!ScsiCommandWire.isGood(area, response)) {
            throw new BenchException(
                    "The logical unit " + unit() + " " + what + ": " + ScsiCommandWire.describe(area, response) + ".");
        }
    }

    private void settle(long blocks, int blockBytes) throws BenchException {
        if (blocks <= 0 || blockBytes <= 0 || blocks > Long.MAX_VALUE / blockBytes) {
            throw new BenchException("The logical unit " + unit() + " tells no usable capacity ("
                    + Long.toUnsignedString(blocks) + " blocks of " + blockBytes + " bytes).");
        }
        range = DiskRange.of(plan, blocks * blockBytes, blockBytes);
        format = new ScsiFormat(
                format.target(), format.lun(), format.cdbSize(), format.senseSize(), blockBytes, plan.blockBytes());
    }

    @Override
    public Workload workload(BenchSession session, int queue, long seed) {
        return new DiskWorkload(session.memory(), plan, format, range.part(queue, plan.queues()), seed + queue);
    }
}
