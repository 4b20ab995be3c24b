package dev.troupe.devices.scsi;

import dev.troupe.actors.device.DeviceContext;
import dev.troupe.actors.device.DeviceException;
import dev.troupe.actors.device.QueueContext;
import dev.troupe.actors.device.QueueHandler;
import dev.troupe.actors.device.SavedState;
import dev.troupe.actors.device.VirtioDevice;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.List;
import java.util.Optional;
import java.util.concurrent.Executor;

/** An open SCSI host: what the driver is told of it and what it chose, and what its queues share. */
final class ScsiDevice implements VirtioDevice {
    /** As many commands for one unit as a driver likes to have under way. */
    private static final int CMD_PER_LUN = 128;

    private final ScsiSettings settings;
    private final DeviceContext context;
    private final KeptState kept;
    private final UnitRack rack;
    private final DeviceTasks tasks = new DeviceTasks();
    private final EventReports events = new EventReports();
    private volatile int senseSize = ScsiWire.DEFAULT_SENSE_SIZE;
    private volatile int cdbSize = ScsiWire.DEFAULT_CDB_SIZE;

    private ScsiDevice(ScsiSettings settings, DeviceContext context, KeptState kept) {
        this.settings = settings;
        this.context = context;
        this.kept = kept;
        this.rack = new UnitRack(this, settings, context);
    }

    /** Opens all units. */
    static ScsiDevice open(ScsiSettings settings, DeviceContext context) throws DeviceException {
        KeptState kept = KeptState.open(context);
        try {
            ScsiDevice device = new ScsiDevice(settings, context, kept);
            Optional<byte[]> before = kept.read();
            device.rack.open(before.isPresent() ? Optional.of(ScsiState.decode(before.get())) : Optional.empty());
            device.unitsChanged();
            return device;
        } catch (DeviceException | RuntimeException e) {
            kept.close();
            throw e;
        }
    }

    UnitTable units() {
        return rack.table();
    }

    /** For what may block. */
    Executor blocking() {
        return context.blocking();
    }

    DeviceTasks tasks() {
        return tasks;
    }

    EventReports events() {
        return events;
    }

    int senseSize() {
        return senseSize;
    }

    int cdbSize() {
        return cdbSize;
    }

    @Override
    public long features() {
        return ScsiWire.VIRTIO_SCSI_F_HOTPLUG | ScsiWire.VIRTIO_SCSI_F_CHANGE;
    }

    @Override
    public int queueCount() {
        return ScsiWire.REQUESTQ + settings.queues();
    }

    @Override
    public byte[] configSpace(long driverFeatures) {
        return ByteBuffer.allocate(ScsiWire.CONFIG_SIZE)
                .order(ByteOrder.LITTLE_ENDIAN)
                .putInt(ScsiWire.NUM_QUEUES_OFFSET, settings.queues())
                .putInt(ScsiWire.SEG_MAX_OFFSET, settings.segMax())
                .putInt(ScsiWire.MAX_SECTORS_OFFSET, settings.maxSectors())
                .putInt(ScsiWire.CMD_PER_LUN_OFFSET, CMD_PER_LUN)
                .putInt(ScsiWire.EVENT_INFO_SIZE_OFFSET, ScsiWire.EVENT_SIZE)
                .putInt(ScsiWire.SENSE_SIZE_OFFSET, senseSize)
                .putInt(ScsiWire.CDB_SIZE_OFFSET, cdbSize)
                .putShort(ScsiWire.MAX_CHANNEL_OFFSET, (short) 0)
                .putShort(ScsiWire.MAX_TARGET_OFFSET, (short) LunAddress.MAX_TARGET)
                .putInt(ScsiWire.MAX_LUN_OFFSET, LunAddress.MAX_LUN)
                .array();
    }

    /** Only {@code sense_size} and {@code cdb_size} may be written (section 5.6.4). */
    @Override
    public boolean writeConfigSpace(int offset, byte[] value) {
        byte[] now = configSpace(0);
        if (offset < 0 || offset > now.length - value.length) {
            return false;
        }
        ByteBuffer wanted = ByteBuffer.wrap(now.clone()).order(ByteOrder.LITTLE_ENDIAN);
        wanted.put(offset, value);
        int sense = wanted.getInt(ScsiWire.SENSE_SIZE_OFFSET);
        int cdb = wanted.getInt(ScsiWire.CDB_SIZE_OFFSET);
        boolean right = sense >= 0 && sense <= ScsiWire.MAX_SENSE_SIZE && cdb > 0 && cdb <= ScsiWire.MAX_CDB_SIZE;
        if (!right || !ScsiWire.isSameButForSizes(now, wanted.array())) {
            return false;
        }
        senseSize = sense;
        cdbSize = cdb;
        return true;
    }

    @Override
    public QueueHandler openQueue(QueueContext queue) {
        return switch (queue.index()) {
            case ScsiWire.CONTROLQ -> new ScsiControlQueue(this, queue);
            case ScsiWire.EVENTQ -> new ScsiEventQueue(events, queue);
            default -> new ScsiRequestQueue(this, queue);
        };
    }

    @Override
    public void reset() {
        senseSize = ScsiWire.DEFAULT_SENSE_SIZE;
        cdbSize = ScsiWire.DEFAULT_CDB_SIZE;
        events.reset();
        units().all().forEach(Nexus::reset);
    }

    private ScsiState state(List<List<String>> orders) {
        return new ScsiState(senseSize, cdbSize, events.missed(), rack.state(), orders);
    }

    /** Units, or what initiators made of them, changed: that is kept at once. Any thread. */
    void unitsChanged() {
        boolean small;
        synchronized (kept) {
            small = kept.write(state(rack.orders()).encode());
        }
        if (!small) {
            context.log().warn("Too much is to be remembered of the logical units; the newest change may be lost");
        }
        context.stateChanged();
    }

    /**
     * Version 1: a {@link ScsiState}, but what operators added and removed is a matter of this host. So are images: of a medium
     * only its name is in there, and who loads the state has to have it already.
     */
    @Override
    public SavedState saveState() {
        return SavedState.of(ScsiState.VERSION, state(List.of()).encode());
    }

    @Override
    public void loadState(SavedState state) throws DeviceException {
        if (state.version() != ScsiState.VERSION) {
            throw new DeviceException("The state of a SCSI host has version " + state.version()
                    + "; this program knows version " + ScsiState.VERSION + ".");
        }
        ScsiState known = ScsiState.decode(state.contents());
        senseSize = known.senseSize();
        cdbSize = known.cdbSize();
        if (known.eventsMissed()) {
            events.tellMissed();
        }
        for (ScsiState.Unit unit : known.units()) {
            Optional<Nexus> here = units().named(unit.name());
            if (here.isPresent()) {
                here.get().unit().adopt(unit.state());
            }
        }
    }

    @Override
    public String command(String verb, List<String> arguments) throws DeviceException {
        return new OperatorCommands(rack).execute(verb, arguments);
    }

    @Override
    public void close() {
        rack.close();
        kept.close();
    }
}
