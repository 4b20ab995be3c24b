package dev.troupe.transport.frontend;

import dev.troupe.transport.protocol.ProtocolFeature;
import java.util.EnumSet;
import java.util.Set;

/**
 * What a front end would like.
 *
 * @param protocolFeatures the protocol features to negotiate if offered
 * @param configBytes how much of the config space to read in the handshake, 0 for none
 * @param timeoutMs how long to wait for any answer, in milliseconds
 */
public record FrontEndWishes(Set<ProtocolFeature> protocolFeatures, int configBytes, int timeoutMs) {
    /** Keeps a copy of the set. */
    public FrontEndWishes {
        protocolFeatures = Set.copyOf(protocolFeatures);
    }

    /**
     * What QEMU would negotiate, five seconds for an answer, no config space.
     *
     * @return the usual wishes
     */
    public static FrontEndWishes usual() {
        EnumSet<ProtocolFeature> usual = EnumSet.of(
                ProtocolFeature.MQ,
                ProtocolFeature.LOG_SHMFD,
                ProtocolFeature.REPLY_ACK,
                ProtocolFeature.BACKEND_REQ,
                ProtocolFeature.CONFIG,
                ProtocolFeature.INFLIGHT_SHMFD,
                ProtocolFeature.RESET_DEVICE,
                ProtocolFeature.CONFIGURE_MEM_SLOTS,
                ProtocolFeature.STATUS);
        return new FrontEndWishes(usual, 0, 5_000);
    }

    /**
     * The same with other protocol features.
     *
     * @param features the features
     * @return new wishes
     */
    public FrontEndWishes withProtocolFeatures(Set<ProtocolFeature> features) {
        return new FrontEndWishes(features, configBytes, timeoutMs);
    }

    /**
     * The same, reading so much of the config space.
     *
     * @param bytes the length
     * @return new wishes
     */
    public FrontEndWishes withConfigBytes(int bytes) {
        return new FrontEndWishes(protocolFeatures, bytes, timeoutMs);
    }

    /**
     * The same with another time limit.
     *
     * @param limitMs the limit in milliseconds
     * @return new wishes
     */
    public FrontEndWishes withTimeoutMs(int limitMs) {
        return new FrontEndWishes(protocolFeatures, configBytes, limitMs);
    }
}
