package dev.troupe.actors.session;

import dev.troupe.actors.device.VirtioDevice;
import dev.troupe.actors.vault.DeviceRecord;
import dev.troupe.transport.protocol.ProtocolFeature;
import dev.troupe.transport.protocol.VirtioFeature;

/**
 * What a device offers to a front end; the same for as long as a front end is connected.
 *
 * @param features the feature bits: the device type's, the rings' and the protocol's
 * @param protocolFeatures the protocol feature bits
 * @param queueCount how many virtqueues it has
 */
public record DeviceOffer(long features, long protocolFeatures, int queueCount) {

    /** How many memory regions a front end may have, the same as other back ends allow. */
    public static final int MEMORY_SLOTS = 509;

    private static final long TRANSPORT_FEATURES = VirtioFeature.maskOf(
            VirtioFeature.VERSION_1,
            VirtioFeature.INDIRECT_DESC,
            VirtioFeature.EVENT_IDX,
            VirtioFeature.RING_PACKED,
            VirtioFeature.LOG_ALL,
            VirtioFeature.PROTOCOL_FEATURES);

    private static final long PROTOCOL_FEATURES = ProtocolFeature.maskOf(
            ProtocolFeature.MQ,
            ProtocolFeature.LOG_SHMFD,
            ProtocolFeature.REPLY_ACK,
            ProtocolFeature.BACKEND_REQ,
            ProtocolFeature.INFLIGHT_SHMFD,
            ProtocolFeature.RESET_DEVICE,
            ProtocolFeature.INBAND_NOTIFICATIONS,
            ProtocolFeature.CONFIGURE_MEM_SLOTS,
            ProtocolFeature.STATUS,
            ProtocolFeature.DEVICE_STATE,
            ProtocolFeature.GET_VRING_BASE_INFLIGHT,
            ProtocolFeature.GET_VRING_BASE_SKIP_DRAIN);

    /** What an earlier process offered. */
    public static DeviceOffer of(DeviceRecord.Offered offered) {
        return new DeviceOffer(offered.features(), offered.protocolFeatures(), offered.queueCount());
    }

    /**
     * Whether a front end that was offered something else can go on with this: it finds all of it here. What there is besides
     * it did not ask for, as when an older version of the program had made the offer.
     */
    public boolean covers(DeviceOffer other) {
        return (other.features & ~features) == 0
                && (other.protocolFeatures & ~protocolFeatures) == 0
                && other.queueCount == queueCount;
    }

    /** What an open device offers. */
    public static DeviceOffer of(VirtioDevice device) {
        long features = device.features() | TRANSPORT_FEATURES;
        if (device.completesInOrder()) {
            features |= VirtioFeature.IN_ORDER.mask();
        }
        // QEMU 7.2 refuses a device without configuration space that offers to read it.
        boolean hasConfig = device.configSpace(0).length > 0;
        long protocol = hasConfig ? PROTOCOL_FEATURES | ProtocolFeature.CONFIG.mask() : PROTOCOL_FEATURES;
        return new DeviceOffer(features, protocol, device.queueCount());
    }
}
