package dev.troupe.devices.i2c;

import dev.troupe.actors.device.DeviceContext;
import dev.troupe.actors.device.DeviceException;
import dev.troupe.actors.device.DeviceSettings;
import dev.troupe.actors.device.QueueContext;
import dev.troupe.actors.device.QueueHandler;
import dev.troupe.actors.device.ReplayRule;
import dev.troupe.actors.device.VirtioDevice;
import dev.troupe.transport.sys.Errno;
import java.time.Duration;
import java.util.List;
import java.util.Optional;
import java.util.OptionalInt;
import java.util.concurrent.TimeUnit;
import org.jspecify.annotations.Nullable;

/** An open I2C adapter: one queue, one feature, no configuration space; its place at a bus. */
final class I2cDevice implements VirtioDevice {
    /** What {@link #told} is told when a transfer took too long. */
    static final int TIMED_OUT = Errno.ETIMEDOUT;

    private static final long LONGEST_LEASE_S = TimeUnit.DAYS.toSeconds(1);
    private static final long LOG_INTERVAL_NANOS = 10_000_000_000L;

    private final BusUser user;
    private final Optional<OwnTargets> targets;
    private final TransferJournal journal;
    private final DeviceContext context;
    private volatile I2cSettings settings;
    private volatile SharedBus.@Nullable Turn newest;
    private long nextLogNanos = System.nanoTime();

    I2cDevice(
            I2cSettings settings,
            BusUser user,
            Optional<OwnTargets> targets,
            TransferJournal journal,
            DeviceContext context) {
        this.settings = settings;
        this.user = user;
        this.targets = targets;
        this.journal = journal;
        this.context = context;
    }

    BusUser user() {
        return user;
    }

    TransferJournal journal() {
        return journal;
    }

    /** A transfer of this device's waits for the bus, or has it. */
    void submitted(SharedBus.Turn turn) {
        newest = turn;
    }

    /** Whether the guest may use the target at this address; if not, it is as if there were none. */
    boolean mayUse(int address) {
        return settings.allowed().allows(address) && user.mayUse(address);
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
                            bus().description(),
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
        user.lease(settings.lease());
    }

    private I2cBus bus() {
        return user.bus().bus();
    }

    @Override
    public String command(String verb, List<String> arguments) throws DeviceException {
        return switch (verb) {
            case "list" -> list();
            case "lease" -> lease(arguments);
            case "release" -> release(arguments);
            default -> ofTarget(verb, arguments);
        };
    }

    private String lease(List<String> arguments) throws DeviceException {
        int address = address(arguments, 2);
        long seconds;
        try {
            seconds = Long.parseLong(arguments.get(1));
        } catch (NumberFormatException e) {
            seconds = 0;
        }
        if (seconds < 1 || seconds > LONGEST_LEASE_S) {
            throw new DeviceException(
                    "'" + arguments.get(1) + "' is no number of seconds from 1 to " + LONGEST_LEASE_S + ".");
        }
        if (!settings.allowed().allows(address)) {
            throw new DeviceException(
                    TargetAddress.format(address) + " is not among the guest's addresses: " + settings.allowed() + ".");
        }
        user.bus().grant(user, address, Duration.ofSeconds(seconds));
        return TargetAddress.format(address) + " is leased to " + user + " for " + seconds + " s.";
    }

    private String release(List<String> arguments) throws DeviceException {
        int address = address(arguments, 1);
        if (!user.bus().release(user, address)) {
            throw new DeviceException(TargetAddress.format(address) + " is not leased to " + user + ".");
        }
        return "";
    }

    private static int address(List<String> arguments, int count) throws DeviceException {
        String text = arguments.isEmpty() ? "" : arguments.getFirst();
        OptionalInt address = TargetAddress.parse(text);
        if (arguments.size() != count || address.isEmpty()) {
            throw new DeviceException(
                    "Say the target's address, such as 0x50" + (count == 1 ? "." : ", and for how many seconds."));
        }
        return address.getAsInt();
    }

    private String ofTarget(String verb, List<String> arguments) throws DeviceException {
        if (!(bus() instanceof SimulatedBus simulated)) {
            throw new DeviceException("Only targets of a simulated bus can be looked into and set.");
        }
        if (arguments.isEmpty()) {
            throw new DeviceException("Say which target; 'list' names them.");
        }
        return simulated.command(verb, arguments.getFirst(), arguments.subList(1, arguments.size()));
    }

    private String list() {
        StringBuilder text = new StringBuilder(bus().description())
                .append("\naddresses of the guest: ")
                .append(settings.allowed())
                .append('\n')
                .append(user.bus().describeLeases());
        if (bus() instanceof SimulatedBus simulated) {
            for (SimulatedBus.Target target : simulated.targets()) {
                text.append(TargetAddress.format(target.address()))
                        .append(mayUse(target.address()) ? "  " : " -")
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
        user.close();
        targets.ifPresent(OwnTargets::close);
        journal.close();
    }
}
