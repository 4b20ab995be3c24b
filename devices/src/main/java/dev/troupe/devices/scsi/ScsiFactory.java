package dev.troupe.devices.scsi;

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
import dev.troupe.devices.storage.StorageBackend;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The type {@code scsi}: disks and optical drives behind one SCSI host, virtio section 5.6. */
public final class ScsiFactory implements DeviceFactory {

    /** For {@link java.util.ServiceLoader}. */
    public ScsiFactory() {}

    @Override
    public String type() {
        return "scsi";
    }

    @Override
    public int virtioId() {
        return ScsiWire.VIRTIO_ID;
    }

    @Override
    public String summary() {
        return "A SCSI host with disks and optical drives, which come and go while the guest runs.";
    }

    @Override
    public List<Option<?>> options() {
        return ScsiSettings.options();
    }

    @Override
    public List<Problem> check(DeviceSettings settings) {
        return ScsiSettings.check(settings);
    }

    @Override
    public VirtioDevice open(DeviceSettings settings, DeviceContext context) throws DeviceException {
        ScsiDevice device = ScsiDevice.open(ScsiSettings.of(settings), context);
        context.log()
                .info("SCSI host with {} logical units", device.units().all().size());
        return device;
    }

    @Override
    public void rehearse(DeviceSettings settings) throws DeviceException {
        for (LunSettings unit : ScsiSettings.of(settings).units()) {
            if (!unit.cdRom() || unit.storage().path().isPresent()) {
                StorageBackend.rehearse(unit.storage());
            }
        }
    }

    @Override
    public boolean mayBecome(byte[] before, byte[] now) {
        return ScsiWire.isSameButForSizes(before, now);
    }

    @Override
    public DeviceShape shape(DeviceSettings settings) {
        int requestQueues = settings.get(ScsiSettings.QUEUES).intValue();
        return new DeviceShape(ScsiWire.REQUESTQ + requestQueues, ScsiWire.CONFIG_SIZE);
    }

    @Override
    public VmmAttachment attachment(DeviceSettings settings) {
        return new VmmAttachment(
                "vhost-user-scsi-pci,num_queues=" + settings.get(ScsiSettings.QUEUES),
                Optional.empty(),
                Optional.of("--vhost-user type=scsi,socket={socket}"),
                Optional.empty());
    }

    @Override
    public ProgramConvention program() {
        return new ProgramConvention("scsi", List.of(), Map.of());
    }

    @Override
    public List<FeatureName> featureNames() {
        return ScsiWire.featureNames();
    }

    @Override
    public List<ConfigField> configFields() {
        return ScsiWire.configFields();
    }

    @Override
    public List<DeviceCommand> commands() {
        return OperatorCommands.ALL;
    }
}
