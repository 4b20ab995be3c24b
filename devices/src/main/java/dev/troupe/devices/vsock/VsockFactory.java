package dev.troupe.devices.vsock;

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
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The type {@code vsock}: sockets between a guest, the host and other guests, virtio section 5.10. */
public final class VsockFactory implements DeviceFactory {

    /** For {@link java.util.ServiceLoader}. */
    public VsockFactory() {}

    @Override
    public String type() {
        return "vsock";
    }

    @Override
    public int virtioId() {
        return VsockWire.VIRTIO_ID;
    }

    @Override
    public String summary() {
        return "Sockets between a guest, the host and other guests.";
    }

    @Override
    public List<Option<?>> options() {
        return VsockSettings.options();
    }

    @Override
    public List<Problem> check(DeviceSettings settings) {
        return VsockSettings.check(settings);
    }

    @Override
    public VirtioDevice open(DeviceSettings settings, DeviceContext context) throws DeviceException {
        return VsockDevice.open(VsockSettings.of(settings), context);
    }

    @Override
    public boolean onOneLoop() {
        return true;
    }

    @Override
    public DeviceShape shape(DeviceSettings settings) {
        return new DeviceShape(VsockDevice.QUEUES, VsockWire.CONFIG_SIZE);
    }

    @Override
    public VmmAttachment attachment(DeviceSettings settings) {
        return new VmmAttachment(
                "vhost-user-vsock-pci",
                Optional.empty(),
                Optional.of("--vhost-user type=vsock,socket={socket}"),
                Optional.empty());
    }

    @Override
    public ProgramConvention program() {
        return new ProgramConvention(
                "vsock",
                List.of(),
                Map.of("guest-cid", VsockSettings.GUEST_CID.name(), "uds-path", VsockSettings.UDS_PATH.name()));
    }

    @Override
    public List<FeatureName> featureNames() {
        return VsockWire.FEATURE_NAMES;
    }

    @Override
    public List<ConfigField> configFields() {
        return VsockWire.CONFIG_FIELDS;
    }

    @Override
    public List<DeviceCommand> commands() {
        return List.of(
                new DeviceCommand(VsockDevice.CONNECTIONS, "", "Lists the guest's connections."),
                new DeviceCommand(
                        VsockDevice.DIAL,
                        "PORT",
                        "Connects the terminal to a port of the guest's.",
                        DeviceCommand.Kind.STREAM));
    }
}
