package dev.troupe.actors.device;

import java.util.Collections;
import java.util.Optional;
import java.util.stream.Collectors;

/**
 * How front ends are told to connect to a device. In each text <code>{socket}</code> stands for the socket's path and
 * <code>{name}</code> for the device's name; in libvirt's, <code>{target}</code> for a disk's name, {@code vda} or another.
 *
 * @param qemu the QEMU device and its properties without the chardev, for example
 *     {@code "vhost-user-blk-pci,num-queues=4"}
 * @param cloudHypervisor the arguments of cloud-hypervisor, where it has such a front end
 * @param crosvm the arguments of crosvm, where it has such a front end
 * @param libvirt the element of a libvirt domain, where libvirt knows such a device
 */
public record VmmAttachment(
        String qemu, Optional<String> cloudHypervisor, Optional<String> crosvm, Optional<String> libvirt) {

    /** Entries of each virtqueue of a generic device, a number that every driver can do with. */
    private static final int GENERIC_QUEUE_SIZE = 256;

    /**
     * Front ends that know nothing of a device but numbers: QEMU's {@code vhost-user-test-device-pci}, which users may
     * create from 10.2 on, and {@code --generic-vhost-user} of cloud-hypervisor.
     */
    public static VmmAttachment generic(int virtioId, DeviceShape shape) {
        String sizes = Collections.nCopies(shape.queues(), GENERIC_QUEUE_SIZE).stream()
                .map(String::valueOf)
                .collect(Collectors.joining(",", "[", "]"));
        return new VmmAttachment(
                "vhost-user-test-device-pci,virtio-id=" + virtioId + ",num_vqs=" + shape.queues() + ",vq_size="
                        + GENERIC_QUEUE_SIZE + ",config_size=" + shape.configBytes(),
                Optional.of("--generic-vhost-user socket={socket},virtio_id=" + virtioId + ",queue_sizes=" + sizes),
                Optional.empty(),
                Optional.empty());
    }
}
