package dev.troupe.devices.i2c;

import dev.troupe.actors.device.ConfigField;
import dev.troupe.actors.device.DeviceCommand;
import dev.troupe.actors.device.DeviceContext;
import dev.troupe.actors.device.DeviceException;
import dev.troupe.actors.device.DeviceFactory;
import dev.troupe.actors.device.DeviceSettings;
import dev.troupe.actors.device.FeatureName;
import dev.troupe.actors.device.Option;
import dev.troupe.actors.device.Problem;
import dev.troupe.actors.device.ProgramConvention;
import dev.troupe.actors.device.VirtioDevice;
import dev.troupe.actors.device.VmmAttachment;
import dev.troupe.transport.sys.SysException;
import java.nio.file.Path;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The type {@code i2c}: targets on an I2C bus for a guest, virtio section 5.16. */
public final class I2cFactory implements DeviceFactory {

    /** For {@link java.util.ServiceLoader}. */
    public I2cFactory() {}

    @Override
    public String type() {
        return "i2c";
    }

    @Override
    public int virtioId() {
        return I2cWire.VIRTIO_ID;
    }

    @Override
    public String summary() {
        return "Targets on an I2C bus, of the host or simulated.";
    }

    @Override
    public List<Option<?>> options() {
        return I2cSettings.options();
    }

    @Override
    public List<Problem> check(DeviceSettings settings) {
        return I2cSettings.check(settings);
    }

    @Override
    public VirtioDevice open(DeviceSettings settings, DeviceContext context) throws DeviceException {
        I2cSettings i2c = I2cSettings.of(settings);
        try {
            SharedBus bus = i2c.simulated() ? simulated(i2c, context) : adapter(i2c, context);
            BusUser user = bus.join(context.name(), i2c.exclusive(), i2c.lease());
            try {
                return open(i2c, user, context);
            } catch (DeviceException | RuntimeException e) {
                user.close();
                throw e;
            }
        } catch (SysException e) {
            throw new DeviceException("The I2C bus cannot be had: " + e.getMessage() + ".", e);
        }
    }

    private static I2cDevice open(I2cSettings i2c, BusUser user, DeviceContext context) throws DeviceException {
        TransferJournal journal =
                TransferJournal.over(context.keepMemory("transfer journal", TransferJournal.SIZE_BYTES));
        try {
            Optional<OwnTargets> targets = user.bus().bus() instanceof SimulatedBus simulated
                    ? Optional.of(OwnTargets.attach(simulated, i2c.targets(), context))
                    : Optional.empty();
            return new I2cDevice(i2c, user, targets, journal, context);
        } catch (DeviceException | RuntimeException e) {
            journal.close();
            throw e;
        }
    }

    private static SharedBus simulated(I2cSettings i2c, DeviceContext context) {
        return context.share(
                "simulated " + i2c.bus(),
                SharedBus.class,
                () -> new SharedBus(new SimulatedBus(i2c.bus()), context.blocking()));
    }

    private static SharedBus adapter(I2cSettings i2c, DeviceContext context) throws DeviceException {
        Path path = HostAdapters.find(i2c.bus());
        return context.share(
                path.toString(), SharedBus.class, () -> new SharedBus(AdapterBus.open(path), context.blocking()));
    }

    @Override
    public void rehearse(DeviceSettings settings) throws DeviceException {
        I2cSettings i2c = I2cSettings.of(settings);
        if (!i2c.simulated()) {
            try {
                AdapterBus.open(HostAdapters.find(i2c.bus())).close();
            } catch (SysException e) {
                throw new DeviceException("The I2C bus cannot be had: " + e.getMessage() + ".", e);
            }
        }
    }

    @Override
    public VmmAttachment attachment(DeviceSettings settings) {
        return new VmmAttachment(
                "vhost-user-i2c-pci",
                VmmAttachment.generic(virtioId(), shape(settings)).cloudHypervisor(),
                Optional.empty(),
                Optional.empty());
    }

    @Override
    public ProgramConvention program() {
        return new ProgramConvention("i2c", List.of(), Map.of());
    }

    @Override
    public List<FeatureName> featureNames() {
        return List.of(new FeatureName(0, "VIRTIO_I2C_F_ZERO_LENGTH_REQUEST", true));
    }

    @Override
    public List<ConfigField> configFields() {
        return List.of();
    }

    @Override
    public List<DeviceCommand> commands() {
        return List.of(
                new DeviceCommand("list", "", "Shows the bus, the guest's addresses and simulated targets."),
                new DeviceCommand(
                        "lease", "ADDRESS SECONDS", "Makes a target the guest's alone; others' transfers wait for it."),
                new DeviceCommand("release", "ADDRESS", "Ends a lease."),
                new DeviceCommand("get", "TARGET [WHAT…]", "Shows what a simulated target holds."),
                new DeviceCommand("set", "TARGET WHAT…", "Changes what a simulated target holds."),
                new DeviceCommand("dump", "TARGET", "Shows all that a simulated target holds."));
    }
}
