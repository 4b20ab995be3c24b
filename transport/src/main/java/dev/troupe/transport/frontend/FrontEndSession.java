package dev.troupe.transport.frontend;

import dev.troupe.transport.protocol.Bytes;
import dev.troupe.transport.protocol.ProtocolFeature;
import java.util.Set;

/**
 * What the handshake has found out.
 *
 * @param offeredFeatures the feature bits the back end offers
 * @param offeredProtocolFeatures the protocol feature bits it offers, unknown ones too
 * @param protocolFeatures those negotiated
 * @param maxQueues how many queues it can serve; 1 if it was not asked
 * @param maxMemSlots how many memory regions it can hold; 8 if it was not asked
 * @param config the beginning of the config space; empty if it was not asked
 */
public record FrontEndSession(
        long offeredFeatures,
        long offeredProtocolFeatures,
        Set<ProtocolFeature> protocolFeatures,
        long maxQueues,
        long maxMemSlots,
        Bytes config) {
    /** Before the handshake. */
    static final FrontEndSession NONE = new FrontEndSession(0, 0, Set.of(), 1, 8, Bytes.EMPTY);

    /**
     * Whether a protocol feature was negotiated.
     *
     * @param feature the feature
     * @return true if both ends have it
     */
    public boolean has(ProtocolFeature feature) {
        return protocolFeatures.contains(feature);
    }
}
