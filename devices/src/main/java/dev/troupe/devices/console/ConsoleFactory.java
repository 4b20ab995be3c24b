package dev.troupe.devices.console;

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
import dev.troupe.actors.device.VirtioDevice;
import java.util.Arrays;
import java.util.List;

/** The type {@code console}: terminals and byte streams between a guest and its host, virtio section 5.3. */
public final class ConsoleFactory implements DeviceFactory {
    /** For {@link java.util.ServiceLoader}. */
    public ConsoleFactory() {}

    @Override
    public String type() {
        return "console";
    }

    @Override
    public int virtioId() {
        return ConsoleWire.VIRTIO_ID;
    }

    @Override
    public String summary() {
        return "Terminals and byte streams between a guest and its host.";
    }

    @Override
    public List<Option<?>> options() {
        return ConsoleSettings.options();
    }

    @Override
    public List<Problem> check(DeviceSettings settings) {
        return ConsoleSettings.check(settings);
    }

    @Override
    public VirtioDevice open(DeviceSettings settings, DeviceContext context) throws DeviceException {
        return ConsoleDevice.open(ConsoleSettings.of(settings), context);
    }

    /** Terminals may change their size. */
    @Override
    public boolean mayBecome(byte[] before, byte[] now) {
        return Arrays.equals(
                before,
                ConsoleWire.MAX_NR_PORTS_OFFSET,
                ConsoleWire.CONFIG_BYTES,
                now,
                ConsoleWire.MAX_NR_PORTS_OFFSET,
                ConsoleWire.CONFIG_BYTES);
    }

    /** Ports, and what the driver knows of them, are shared by their queues and the control queues. */
    @Override
    public boolean onOneLoop() {
        return true;
    }

    @Override
    public DeviceShape shape(DeviceSettings settings) {
        ConsoleSettings console = ConsoleSettings.of(settings);
        return new DeviceShape(
                ConsoleWire.queues(console.ports().size(), console.multiport()), ConsoleWire.CONFIG_BYTES);
    }

    @Override
    public List<FeatureName> featureNames() {
        return ConsoleWire.featureNames();
    }

    @Override
    public List<ConfigField> configFields() {
        return ConsoleWire.configFields();
    }

    @Override
    public List<DeviceCommand> commands() {
        return ConsoleCommands.all();
    }
}
