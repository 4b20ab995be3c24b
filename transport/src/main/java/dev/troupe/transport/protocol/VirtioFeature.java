package dev.troupe.transport.protocol;

import java.util.Arrays;
import java.util.Optional;

/**
 * The feature bits that are not a device type's own: those of the virtqueues and the transport (virtio 1.4, 6 "Reserved
 * Feature Bits") and the two that vhost adds. They travel with GET_FEATURES and SET_FEATURES.
 */
public enum VirtioFeature {
    /** VIRTIO_F_NOTIFY_ON_EMPTY: legacy; call when the avail ring runs empty. */
    NOTIFY_ON_EMPTY(24),
    /** VHOST_F_LOG_ALL: log every write to guest memory. Set while running to start logging, cleared to end it. */
    LOG_ALL(26),
    /** VIRTIO_F_ANY_LAYOUT: legacy; any framing of messages. */
    ANY_LAYOUT(27),
    /** VIRTIO_F_INDIRECT_DESC: descriptors may point to tables of descriptors. */
    INDIRECT_DESC(28),
    /** VIRTIO_F_EVENT_IDX: avail_event and used_event say when to notify. */
    EVENT_IDX(29),
    /** VHOST_USER_F_PROTOCOL_FEATURES: the two ends may exchange {@link ProtocolFeature}s. Never shown to the guest. */
    PROTOCOL_FEATURES(30),
    /** VIRTIO_F_VERSION_1: not a legacy device. */
    VERSION_1(32),
    /** VIRTIO_F_ACCESS_PLATFORM: addresses go through an IOMMU. */
    ACCESS_PLATFORM(33),
    /** VIRTIO_F_RING_PACKED: the packed virtqueue layout. */
    RING_PACKED(34),
    /** VIRTIO_F_IN_ORDER: buffers are used in the order they were made available. */
    IN_ORDER(35),
    /** VIRTIO_F_ORDER_PLATFORM: memory accesses are ordered as the platform requires. */
    ORDER_PLATFORM(36),
    /** VIRTIO_F_SR_IOV. */
    SR_IOV(37),
    /** VIRTIO_F_NOTIFICATION_DATA: kicks carry the avail index. */
    NOTIFICATION_DATA(38),
    /** VIRTIO_F_NOTIF_CONFIG_DATA. */
    NOTIF_CONFIG_DATA(39),
    /** VIRTIO_F_RING_RESET: a single virtqueue can be reset. */
    RING_RESET(40),
    /** VIRTIO_F_ADMIN_VQ. */
    ADMIN_VQ(41),
    /** VIRTIO_F_SUSPEND. */
    SUSPEND(43);

    private final int bit;

    VirtioFeature(int bit) {
        this.bit = bit;
    }

    /**
     * The bit's number.
     *
     * @return 0 to 63
     */
    public int bit() {
        return bit;
    }

    /**
     * The bit as a mask.
     *
     * @return a word with only this bit set
     */
    public long mask() {
        return 1L << bit;
    }

    /**
     * Whether the bit is set in a feature word.
     *
     * @param features a word of GET_FEATURES or SET_FEATURES
     * @return true if set
     */
    public boolean isIn(long features) {
        return (features & mask()) != 0;
    }

    /**
     * The word with exactly the given bits.
     *
     * @param features the bits
     * @return their union
     */
    public static long maskOf(VirtioFeature... features) {
        return Arrays.stream(features).mapToLong(VirtioFeature::mask).reduce(0, (a, b) -> a | b);
    }

    /**
     * The feature with a bit number.
     *
     * @param bit the number
     * @return the feature, or empty for a device type's own or an unknown bit
     */
    public static Optional<VirtioFeature> ofBit(int bit) {
        return Arrays.stream(values()).filter(f -> f.bit == bit).findFirst();
    }

    /**
     * A feature word for people: names where the bit is known, numbers for a device type's own bits.
     *
     * @param features the word
     * @return such as "0, 9, EVENT_IDX, VERSION_1"
     */
    public static String describe(long features) {
        return BitNames.describe(features, bit -> ofBit(bit).map(Enum::name));
    }
}
