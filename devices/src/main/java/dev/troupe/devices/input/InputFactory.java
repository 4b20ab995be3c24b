package dev.troupe.devices.input;

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
import dev.troupe.transport.sys.Fd;
import java.util.Arrays;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The type {@code input}: a keyboard, pointer or touch screen for a guest, virtio section 5.8. */
public final class InputFactory implements DeviceFactory {

    /** For {@link java.util.ServiceLoader}. */
    public InputFactory() {}

    @Override
    public String type() {
        return "input";
    }

    @Override
    public int virtioId() {
        return InputWire.VIRTIO_ID;
    }

    @Override
    public String summary() {
        return "A keyboard, mouse, tablet or touch screen: one of the host's, or one that commands move.";
    }

    @Override
    public List<Option<?>> options() {
        return InputSettings.options();
    }

    @Override
    public List<Problem> check(DeviceSettings settings) {
        return InputSettings.check(settings);
    }

    @Override
    public VirtioDevice open(DeviceSettings settings, DeviceContext context) throws DeviceException {
        InputSettings input = InputSettings.of(settings);
        if (input.builtIn().isEmpty()) {
            return openHostDevice(input, context);
        }
        BuiltIn kind = input.builtIn().orElseThrow();
        EventFlow flow = new EventFlow(kind.describe(input.name().orElse(kind.usualName()), input.serial()));
        return InputDevice.start(flow, InputSource.NONE, input, context);
    }

    private static VirtioDevice openHostDevice(InputSettings input, DeviceContext context) throws DeviceException {
        HostDevice host = new HostDevice(input.path(), input.hostName());
        Optional<Fd> device = host.open();
        try {
            Optional<InputDescription> found = device.isPresent()
                    ? Optional.of(HostDevice.describe(device.orElseThrow(), input.name()))
                    : Optional.empty();
            InputDescription known = InputMemory.settle(context, found)
                    .orElseThrow(() -> new DeviceException("The input device " + host.describe()
                            + " is not plugged in, and nothing is known of it yet; plug it in."));
            boolean another = found.isPresent() && !found.orElseThrow().equals(known);
            if (another) {
                context.log()
                        .warn(
                                "{} is another device than the guest knows ('{}'), which is waited for; remove this device"
                                        + " and add it again to take the new one",
                                host.describe(),
                                known.name());
                device.ifPresent(Fd::close);
            }
            EventFlow flow = new EventFlow(known);
            Optional<Fd> used = another ? Optional.empty() : device;
            return InputDevice.start(
                    flow, new EvdevSource(host, used, flow, context, input, input.name()), input, context);
        } catch (DeviceException | RuntimeException e) {
            device.ifPresent(Fd::close);
            throw e;
        }
    }

    @Override
    public void rehearse(DeviceSettings settings) throws DeviceException {
        InputSettings input = InputSettings.of(settings);
        if (input.builtIn().isPresent()) {
            return;
        }
        HostDevice host = new HostDevice(input.path(), input.hostName());
        try (Fd device = host.open()
                .orElseThrow(
                        () -> new DeviceException("The input device " + host.describe() + " is not plugged in."))) {
            HostDevice.describe(device, input.name());
        }
    }

    /** The space shows the answer to what is selected; only answers to the same selection can be compared. */
    @Override
    public boolean mayBecome(byte[] before, byte[] now) {
        return before[InputWire.SELECT_OFFSET] != now[InputWire.SELECT_OFFSET]
                || before[InputWire.SUBSEL_OFFSET] != now[InputWire.SUBSEL_OFFSET]
                || Arrays.equals(before, now);
    }

    /** What is pressed, and what the guest knows of it, is in one place for the queues, the host's device and operators. */
    @Override
    public boolean onOneLoop() {
        return true;
    }

    @Override
    public DeviceShape shape(DeviceSettings settings) {
        return new DeviceShape(InputDevice.QUEUES, InputWire.CONFIG_BYTES);
    }

    @Override
    public VmmAttachment attachment(DeviceSettings settings) {
        return new VmmAttachment("vhost-user-input-pci", Optional.empty(), Optional.empty(), Optional.empty());
    }

    @Override
    public ProgramConvention program() {
        return new ProgramConvention("input", List.of("evdev-path"), Map.of("evdev-path", InputSettings.PATH.name()));
    }

    @Override
    public List<FeatureName> featureNames() {
        return List.of();
    }

    @Override
    public List<ConfigField> configFields() {
        return InputWire.configFields();
    }

    @Override
    public List<DeviceCommand> commands() {
        return InputCommands.all();
    }
}
