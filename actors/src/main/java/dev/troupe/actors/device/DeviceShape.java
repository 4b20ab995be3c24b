package dev.troupe.actors.device;

/**
 * What a front end that knows no device types has to be told of a device, beside the type's virtio id.
 *
 * @param queues how many virtqueues it has
 * @param configBytes how long its configuration space is
 */
public record DeviceShape(int queues, int configBytes) {

    /** The shape of an open device. */
    public static DeviceShape of(VirtioDevice device) {
        return new DeviceShape(device.queueCount(), device.configSpace(0).length);
    }
}
