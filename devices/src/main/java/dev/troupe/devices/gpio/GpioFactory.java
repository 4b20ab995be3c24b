package dev.troupe.devices.gpio;

import dev.troupe.actors.device.ConfigField;
import dev.troupe.actors.device.DeviceCommand;
import dev.troupe.actors.device.DeviceContext;
import dev.troupe.actors.device.DeviceException;
import dev.troupe.actors.device.DeviceFactory;
import dev.troupe.actors.device.DeviceSettings;
import dev.troupe.actors.device.DeviceShape;
import dev.troupe.actors.device.FeatureName;
import dev.troupe.actors.device.Option;
import dev.troupe.actors.device.Problem;
import dev.troupe.actors.device.ProgramConvention;
import dev.troupe.actors.device.VirtioDevice;
import dev.troupe.actors.device.VmmAttachment;
import dev.troupe.transport.sys.SysException;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The type {@code gpio}: lines of a GPIO chip for a guest, virtio section 5.18. */
public final class GpioFactory implements DeviceFactory {

    /** For {@link java.util.ServiceLoader}. */
    public GpioFactory() {}

    @Override
    public String type() {
        return "gpio";
    }

    @Override
    public int virtioId() {
        return GpioWire.VIRTIO_ID;
    }

    @Override
    public String summary() {
        return "Lines of a GPIO chip, of the host or simulated.";
    }

    @Override
    public List<Option<?>> options() {
        return GpioSettings.options();
    }

    @Override
    public List<Problem> check(DeviceSettings settings) {
        return GpioSettings.check(settings);
    }

    @Override
    public VirtioDevice open(DeviceSettings settings, DeviceContext context) throws DeviceException {
        return new GpioDevice(OwnLines.take(GpioSettings.of(settings), context), context);
    }

    /** Whether the chip has the lines; they may be this very device's now. */
    @Override
    public void rehearse(DeviceSettings settings) throws DeviceException {
        GpioSettings gpio = GpioSettings.of(settings);
        if (gpio.simulated()) {
            return;
        }
        try (HostChip chip = HostChip.open(gpio.chip())) {
            for (GpioSettings.Choice choice : gpio.lines()) {
                chip.offset(choice.line());
            }
        } catch (SysException e) {
            throw new DeviceException("The GPIO chip cannot be had: " + e.getMessage() + ".", e);
        }
    }

    /** Interrupts and requests change the same lines. */
    @Override
    public boolean onOneLoop() {
        return true;
    }

    @Override
    public DeviceShape shape(DeviceSettings settings) {
        return new DeviceShape(GpioDevice.QUEUES, GpioWire.CONFIG_SIZE);
    }

    @Override
    public VmmAttachment attachment(DeviceSettings settings) {
        return new VmmAttachment(
                "vhost-user-gpio-pci",
                VmmAttachment.generic(virtioId(), shape(settings)).cloudHypervisor(),
                Optional.empty(),
                Optional.empty());
    }

    @Override
    public ProgramConvention program() {
        return new ProgramConvention("gpio", List.of(), Map.of());
    }

    @Override
    public List<FeatureName> featureNames() {
        return List.of(new FeatureName(0, "VIRTIO_GPIO_F_IRQ"));
    }

    @Override
    public List<ConfigField> configFields() {
        return GpioWire.configFields();
    }

    @Override
    public List<DeviceCommand> commands() {
        return GpioCommands.all();
    }
}
