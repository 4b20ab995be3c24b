package dev.troupe.devices.blk;

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
import dev.troupe.devices.storage.NewSize;
import dev.troupe.devices.storage.StorageBackend;
import dev.troupe.devices.storage.StorageSettings;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/** The type {@code blk}: a disk for a guest, virtio section 5.2. */
public final class BlkFactory implements DeviceFactory {
    /** What the contents of a disk in memory are kept as. */
    private static final String SECTORS = "sectors";

    /** For {@link java.util.ServiceLoader}. */
    public BlkFactory() {}

    @Override
    public String type() {
        return "blk";
    }

    @Override
    public int virtioId() {
        return BlkWire.VIRTIO_ID;
    }

    @Override
    public String summary() {
        return "A disk, kept in an image file, on a block device or in memory.";
    }

    @Override
    public List<Option<?>> options() {
        return BlkSettings.options();
    }

    @Override
    public List<Problem> check(DeviceSettings settings) {
        return BlkSettings.check(settings);
    }

    @Override
    public VirtioDevice open(DeviceSettings settings, DeviceContext context) throws DeviceException {
        BlkSettings blk = BlkSettings.of(settings);
        StorageBackend backend = StorageBackend.open(blk.storage(), SECTORS, context);
        context.log().info("Disk of {} bytes on {}", backend.capacityBytes(), backend.description());
        return BlkDevice.start(blk, backend, context);
    }

    @Override
    public void rehearse(DeviceSettings settings) throws DeviceException {
        StorageBackend.rehearse(StorageSettings.of(settings));
    }

    @Override
    public boolean mayBecome(byte[] before, byte[] now) {
        return BlkWire.mayBecome(before, now);
    }

    @Override
    public DeviceShape shape(DeviceSettings settings) {
        return new DeviceShape(settings.get(BlkSettings.QUEUES).intValue(), BlkWire.CONFIG_SIZE);
    }

    @Override
    public VmmAttachment attachment(DeviceSettings settings) {
        long queues = settings.get(BlkSettings.QUEUES);
        return new VmmAttachment(
                "vhost-user-blk-pci,num-queues=" + queues,
                Optional.of("--disk vhost_user=true,socket={socket},num_queues=" + queues),
                Optional.of("--vhost-user type=block,socket={socket}"),
                Optional.of("<disk type='vhostuser' device='disk'><driver name='qemu' type='raw' queues='" + queues
                        + "'/><source type='unix' path='{socket}'/><target dev='{target}' bus='virtio'/></disk>"));
    }

    @Override
    public ProgramConvention program() {
        return new ProgramConvention(
                "block",
                List.of("read-only", "blk-file"),
                Map.of("blk-file", StorageSettings.PATH.name(), "read-only", StorageSettings.READ_ONLY.name()));
    }

    @Override
    public List<FeatureName> featureNames() {
        return BlkWire.featureNames();
    }

    @Override
    public List<ConfigField> configFields() {
        return BlkWire.configFields();
    }

    @Override
    public List<DeviceCommand> commands() {
        return List.of(new DeviceCommand(
                "resize",
                NewSize.ARGUMENTS,
                "Gives the disk another size, a smaller one only with 'shrink', or looks at its file's again."));
    }
}
