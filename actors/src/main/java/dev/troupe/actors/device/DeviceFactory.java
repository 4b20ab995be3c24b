package dev.troupe.actors.device;

import java.util.Arrays;
import java.util.List;
import java.util.Map;

/**
 * One device type: its name, its options and how a device of it is opened. Implementations are listed in
 * {@code META-INF/services/dev.troupe.actors.device.DeviceFactory}, have a public constructor without arguments and
 * keep no state, so that any thread may call them.
 *
 * <p>The default value of every option, and the sentences that explain it, stand in the {@code reference.conf} of the
 * factory's module, under {@code troupe.types.<type>}; the option's kind and limits stand in {@link #options()}.
 */
public interface DeviceFactory {

    /** The type's name in configurations and commands, for example {@code "blk"}. */
    String type();

    /** The device's number in the virtio specification, section 5, for example 2 for a block device. */
    int virtioId();

    /** One sentence on what a device of this type is. */
    String summary();

    /** The options of this type beside those that every device has, in the order in which they are shown. */
    default List<Option<?>> options() {
        return List.of();
    }

    /**
     * What single options cannot tell: combinations that do not make sense. Called only when every option is valid on
     * its own; must not touch the host.
     *
     * @return the problems found, empty where there are none
     */
    default List<Problem> check(DeviceSettings settings) {
        return List.of();
    }

    /**
     * Opens the host resource behind a device. Called on a thread that may block.
     *
     * @throws DeviceException if the resource cannot be had; the message tells the operator what happened and what to
     *     do
     */
    VirtioDevice open(DeviceSettings settings, DeviceContext context) throws DeviceException;

    /**
     * Finds out what {@link #open} would need of the host and whether it is there, without changing anything and though
     * a device with the same settings may be open: {@code open} may still fail, but should not for what could have been
     * told before. Called on a thread that may block, before a device is changed or added at run time.
     *
     * @throws DeviceException if the device could not be opened; the message is as that of {@code open}
     */
    default void rehearse(DeviceSettings settings) throws DeviceException {}

    /**
     * Whether a driver that found one configuration space may find the other one, once it has been told that the space
     * changed: some fields may change under a driver, most are read once.
     *
     * @param before the space as the driver knows it
     * @param now the space of the device in its place
     */
    default boolean mayBecome(byte[] before, byte[] now) {
        return Arrays.equals(before, now);
    }

    /**
     * Whether all queues of a device are served by {@link DeviceContext#loop}, so that they share state without locks;
     * otherwise they are spread over the event loops.
     */
    default boolean onOneLoop() {
        return false;
    }

    /** How many virtqueues and how much configuration space a device with these settings has, without opening it. */
    default DeviceShape shape(DeviceSettings settings) {
        return new DeviceShape(1, 0);
    }

    /**
     * How virtual machine monitors are told to connect to a device with these settings: by a front end of the type's own
     * where there is one, otherwise by those that know no types.
     */
    default VmmAttachment attachment(DeviceSettings settings) {
        return VmmAttachment.generic(virtioId(), shape(settings));
    }

    /** How this type behaves as a program of its own, by QEMU's conventions for vhost-user back ends. */
    default ProgramConvention program() {
        return new ProgramConvention(type(), List.of(), Map.of());
    }

    /** The names of the feature bits of this type, virtio section 5.x.3. */
    default List<FeatureName> featureNames() {
        return List.of();
    }

    /** The fields of this type's configuration space, virtio section 5.x.4. */
    default List<ConfigField> configFields() {
        return List.of();
    }

    /**
     * What {@link VirtioDevice#command} and {@link VirtioDevice#converse} of this type understand. On the command line they
     * are {@code troupe TYPE DEVICE NAME …}; the first of them is meant where no name is given.
     */
    default List<DeviceCommand> commands() {
        return List.of();
    }
}
