package dev.troupe.transport.protocol;

/**
 * What must have been negotiated before a message may be sent.
 *
 * @param offeredFeatures bits the back end must have offered in GET_FEATURES
 * @param ackedFeatures bits the front end must have set with SET_FEATURES
 * @param ackedProtocolFeatures bits the front end must have set with SET_PROTOCOL_FEATURES
 */
public record Gate(long offeredFeatures, long ackedFeatures, long ackedProtocolFeatures) {
    /** Always allowed. */
    public static final Gate NONE = new Gate(0, 0, 0);
    /** Needs VHOST_USER_F_PROTOCOL_FEATURES to be offered; legal before SET_FEATURES. */
    public static final Gate OFFERED = new Gate(VirtioFeature.PROTOCOL_FEATURES.mask(), 0, 0);
    /** Needs VHOST_USER_F_PROTOCOL_FEATURES to be negotiated. */
    public static final Gate NEGOTIATED =
            new Gate(VirtioFeature.PROTOCOL_FEATURES.mask(), VirtioFeature.PROTOCOL_FEATURES.mask(), 0);

    /**
     * Needs protocol features.
     *
     * @param features all of them
     * @return the gate
     */
    public static Gate of(ProtocolFeature... features) {
        return new Gate(0, 0, ProtocolFeature.maskOf(features));
    }

    /**
     * Needs a feature of the device.
     *
     * @param feature the feature, which must have been negotiated
     * @param protocolFeatures protocol features needed beside it
     * @return the gate
     */
    public static Gate of(VirtioFeature feature, ProtocolFeature... protocolFeatures) {
        return new Gate(0, feature.mask(), ProtocolFeature.maskOf(protocolFeatures));
    }

    /**
     * Whether the message is allowed.
     *
     * @param offered what the back end offers
     * @param acked what the front end has set
     * @param ackedProtocol the protocol features the front end has set, masked with those offered
     * @return true if nothing is missing
     */
    public boolean isOpen(long offered, long acked, long ackedProtocol) {
        return (offeredFeatures & ~offered) == 0
                && (ackedFeatures & ~acked) == 0
                && (ackedProtocolFeatures & ~ackedProtocol) == 0;
    }

    /** The missing condition in words. */
    @Override
    public String toString() {
        if (ackedProtocolFeatures != 0) {
            return ProtocolFeature.describe(ackedProtocolFeatures);
        }
        return ackedFeatures != 0
                ? VirtioFeature.describe(ackedFeatures)
                : offeredFeatures != 0 ? VirtioFeature.describe(offeredFeatures) + " offered" : "nothing";
    }
}
