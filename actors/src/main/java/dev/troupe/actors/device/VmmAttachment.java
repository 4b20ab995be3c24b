package dev.troupe.actors.device;

import java.util.Optional;

/**
 * How front ends are told to connect to a device. In each text <code>{socket}</code> stands for the socket's path and
 * <code>{name}</code> for the device's name.
 *
 * @param qemu the QEMU device and its properties without the chardev, for example
 *     {@code "vhost-user-blk-pci,num-queues=4"}
 * @param cloudHypervisor the arguments of cloud-hypervisor, where it has such a front end
 * @param crosvm the arguments of crosvm, where it has such a front end
 * @param libvirt the element of a libvirt domain, where libvirt knows such a device
 */
public record VmmAttachment(
        String qemu, Optional<String> cloudHypervisor, Optional<String> crosvm, Optional<String> libvirt) {}
