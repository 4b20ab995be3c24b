package dev.troupe.actors.device;

/**
 * The name of one device-type feature bit, as the virtio specification writes it.
 *
 * @param bit the bit's number, 0 to 23 or 50 to 127
 * @param name the name, for example {@code "VIRTIO_BLK_F_RO"}
 * @param mandatory whether every device of the type offers it
 */
public record FeatureName(int bit, String name, boolean mandatory) {

    /** A feature that devices may offer. */
    public FeatureName(int bit, String name) {
        this(bit, name, false);
    }
}
