package dev.troupe.samples.guest;

import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;
import org.jspecify.annotations.Nullable;

/**
 * One vhost-user device of a guest, as QEMU's front end for it is told. Immutable: each method gives a changed copy.
 *
 * <p>Disks appear in the guest as vda, vdb … in the order in which the devices are given.
 */
public final class GuestDevice {
    private final String frontEnd;
    private final @Nullable Path socket;
    private final List<String> properties;
    private final boolean qemuListens;
    private final @Nullable Duration reconnect;

    private GuestDevice(
            String frontEnd,
            @Nullable Path socket,
            List<String> properties,
            boolean qemuListens,
            @Nullable Duration reconnect) {
        this.frontEnd = frontEnd;
        this.socket = socket;
        this.properties = properties;
        this.qemuListens = qemuListens;
        this.reconnect = reconnect;
    }

    /** A disk: {@code vhost-user-blk-pci}. */
    public static GuestDevice blk(Path socket) {
        return vhostUser("blk", socket);
    }

    /** A random source: {@code vhost-user-rng-pci}. */
    public static GuestDevice rng(Path socket) {
        return vhostUser("rng", socket);
    }

    /** Any other type QEMU has a front end for: {@code vhost-user-<type>-pci}. */
    public static GuestDevice vhostUser(String type, Path socket) {
        return new GuestDevice("vhost-user-" + type + "-pci", socket, List.of(), false, null);
    }

    /**
     * A device of any type, of which QEMU knows nothing but numbers: {@code vhost-user-test-device-pci}, from QEMU 10.2 on.
     *
     * @param virtioId the type's number in the virtio specification
     * @param queues how many virtqueues it has
     * @param queueSize how many entries each may have at most
     * @param configBytes how long its configuration space is
     */
    public static GuestDevice generic(int virtioId, int queues, int queueSize, int configBytes, Path socket) {
        return vhostUser("test-device", socket)
                .with("virtio-id", virtioId)
                .with("num_vqs", queues)
                .with("vq_size", queueSize)
                .with("config_size", configBytes);
    }

    /** A device QEMU itself stands behind, given as its whole {@code -device} argument; to compare with, or to fill a slot. */
    public static GuestDevice inQemu(String deviceArgument) {
        return new GuestDevice(deviceArgument, null, List.of(), false, null);
    }

    /** With a property of the front end, such as {@code config-wce} = {@code off}. */
    public GuestDevice with(String property, Object value) {
        List<String> all = new ArrayList<>(properties);
        all.add(property + "=" + value);
        return new GuestDevice(frontEnd, socket, List.copyOf(all), qemuListens, reconnect);
    }

    /** With this many request queues; the guest uses no more than it has CPUs. */
    public GuestDevice queues(int count) {
        return with("num-queues", count);
    }

    /** With packed virtqueues offered to the driver. */
    public GuestDevice packed() {
        return with("packed", "on");
    }

    /** QEMU listens on the socket and the back end connects. */
    public GuestDevice qemuListens() {
        return new GuestDevice(frontEnd, socket, properties, true, reconnect);
    }

    /**
     * QEMU connects again, this often, after the back end has closed. Only blk, scsi and net can; before QEMU 9.2 whole
     * seconds are used, rounded up.
     */
    public GuestDevice reconnecting(Duration every) {
        return new GuestDevice(frontEnd, socket, properties, qemuListens, every);
    }

    /** The folder of the socket, which QEMU must be able to see. */
    Optional<Path> folder() {
        return Optional.ofNullable(socket).map(path -> path.toAbsolutePath().getParent());
    }

    /** The arguments for QEMU; {@code number} tells this device from the guest's others. */
    List<String> arguments(int number, GuestImage image) {
        if (socket == null) {
            return List.of("-device", frontEnd);
        }
        StringBuilder chardev = new StringBuilder("socket,id=socket" + number + ",path=" + escaped(socket));
        if (qemuListens) {
            chardev.append(",server=on,wait=on");
        }
        if (reconnect != null) {
            chardev.append(reconnectOption(reconnect, image));
        }
        StringBuilder device = new StringBuilder(frontEnd + ",id=device" + number + ",chardev=socket" + number);
        properties.forEach(property -> device.append(',').append(property));
        return List.of("-chardev", chardev.toString(), "-device", device.toString());
    }

    private static String reconnectOption(Duration every, GuestImage image) {
        return image.qemuAtLeast(9, 2)
                ? ",reconnect-ms=" + every.toMillis()
                : ",reconnect=" + Math.max(1, every.plusMillis(999).toSeconds());
    }

    /** In QEMU's options a comma inside a value is written twice. */
    static String escaped(Path path) {
        return path.toAbsolutePath().toString().replace(",", ",,");
    }
}
