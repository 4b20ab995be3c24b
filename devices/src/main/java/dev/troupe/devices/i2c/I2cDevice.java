package dev.troupe.devices.i2c;

import dev.troupe.actors.device.DeviceContext;
import dev.troupe.actors.device.DeviceException;
import dev.troupe.actors.device.DeviceSettings;
import dev.troupe.actors.device.QueueContext;
import dev.troupe.actors.device.QueueHandler;
import dev.troupe.actors.device.ReplayRule;
import dev.troupe.actors.device.VirtioDevice;
import dev.troupe.transport.sys.Errno;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/** An open I2C adapter: one queue, one feature, no configuration space; its place at a bus. */
final class I2cDevice implements VirtioDevice {
    /** What {@link #told} is told when a transfer took too long. */
    static final int TIMED_OUT = Errno.ETIMEDOUT;

    private static final long LOG_INTERVAL_NANOS = 10_000_000_000L;

    private final SharedBus bus;
    private final Optional<OwnTargets> targets;
    private final TransferJournal journal;
    private final DeviceContext context;
    private volatile I2cSettings settings;
    private volatile SharedBus.@Nullable Turn newest;
    private long nextLogNanos = System.nanoTime();

    I2cDevice(
            I2cSettings settings,
            SharedBus bus,
            Optional<OwnTargets> targets,
            TransferJournal journal,
            DeviceContext context) {
        this.settings = settings;
        this.bus = bus;
        this.targets = targets;
        this.journal = journal;
        this.context = context;
    }

    SharedBus bus() {
        return bus;
    }

    TransferJournal journal() {
        return journal;
    }

    /** A transfer of this device's waits for the bus, or has it. */
    void submitted(SharedBus.Turn turn) {
        newest = turn;
    }

    AllowedAddresses allowed() {
        return settings.allowed();
    }

    long timeoutNanos() {
        return settings.timeout().toNanos();
    }

    /** How a transfer ended. A target that does not answer is nothing to tell an operator: so guests look for targets. */
    void told(int error) {
        long now = System.nanoTime();
        if (error != 0 && error != Errno.ENXIO && error != Errno.EREMOTEIO && now - nextLogNanos >= 0) {
            nextLogNanos = now + LOG_INTERVAL_NANOS;
            context.log()
                    .warn(
                            "A transfer on {} failed: {} {} (such lines come every 10 s at most)",
                            bus.bus().description(),
                            Errno.name(error),
                            Errno.describe(error));
        }
    }

    @Override
    public long features() {
        return I2cWire.VIRTIO_I2C_F_ZERO_LENGTH_REQUEST;
    }

    @Override
    public int queueCount() {
        return 1;
    }

    @Override
    public byte[] configSpace(long driverFeatures) {
        return new byte[0];
    }

    @Override
    public QueueHandler openQueue(QueueContext queue) {
        return new I2cQueue(this, queue);
    }

    /** A write may have changed what a second one would meet. */
    @Override
    public ReplayRule replayRule() {
        return ReplayRule.ONCE;
    }

    @Override
    public void settingsChanged(DeviceSettings now) {
        settings = I2cSettings.of(now);
    }

    @Override
    public String command(String verb, List<String> arguments) throws DeviceException {
        if (verb.equals("list")) {
            return list();
        }
        if (!(bus.bus() instanceof SimulatedBus simulated)) {
            throw new DeviceException("Only targets of a simulated bus can be looked into and set.");
        }
        if (arguments.isEmpty()) {
            throw new DeviceException("Say which target; 'list' names them.");
        }
        return simulated.command(verb, arguments.getFirst(), arguments.subList(1, arguments.size()));
    }

    private String list() {
        StringBuilder text = new StringBuilder(bus.bus().description())
                .append("\naddresses of the guest: ")
                .append(allowed())
                .append('\n');
        if (bus.bus() instanceof SimulatedBus simulated) {
            for (SimulatedBus.Target target : simulated.targets()) {
                text.append(TargetAddress.format(target.address()))
                        .append(allowed().allows(target.address()) ? "  " : " -")
                        .append(target.name())
                        .append(" (")
                        .append(target.kind())
                        .append(")\n");
            }
        }
        return text.toString();
    }

    /** Whoever takes the guest up must know what came of the transfer that is on the bus. */
    @Override
    public void close() {
        SharedBus.Turn turn = newest;
        if (turn != null) {
            turn.await(timeoutNanos());
        }
        targets.ifPresent(OwnTargets::close);
        journal.close();
    }
}
