package dev.troupe.transport.protocol;

import java.util.Arrays;
import java.util.Collections;
import java.util.EnumSet;
import java.util.Optional;
import java.util.Set;

/**
 * The protocol feature bits of vhost-user (VHOST_USER_PROTOCOL_F_*): what the two ends of the socket may say to each
 * other, apart from what the guest sees. They travel with GET_PROTOCOL_FEATURES and SET_PROTOCOL_FEATURES.
 *
 * <p>Bits 21 and 22 have had two meanings in released programs; never offer them, and take a front end's word only after
 * masking it with what was offered.
 */
public enum ProtocolFeature {
    /** Several queues: GET_QUEUE_NUM. */
    MQ(0),
    /** The dirty log is shared memory that comes with SET_LOG_BASE. */
    LOG_SHMFD(1),
    /** SEND_RARP. */
    RARP(2),
    /** A request may ask for an acknowledgement (need_reply). */
    REPLY_ACK(3),
    /** NET_SET_MTU. */
    MTU(4),
    /** The back channel: SET_BACKEND_REQ_FD. */
    BACKEND_REQ(5),
    /** SET_VRING_ENDIAN; legacy devices only. */
    CROSS_ENDIAN(6),
    /** CREATE_CRYPTO_SESSION and CLOSE_CRYPTO_SESSION. */
    CRYPTO_SESSION(7),
    /** POSTCOPY_*: memory arrives while the guest runs. */
    PAGEFAULT(8),
    /** GET_CONFIG, SET_CONFIG and, from the back end, CONFIG_CHANGE_MSG. */
    CONFIG(9),
    /** Descriptors may travel on the back channel. */
    BACKEND_SEND_FD(10),
    /** VRING_HOST_NOTIFIER_MSG. */
    HOST_NOTIFIER(11),
    /** GET_INFLIGHT_FD and SET_INFLIGHT_FD. */
    INFLIGHT_SHMFD(12),
    /** RESET_DEVICE. */
    RESET_DEVICE(13),
    /** Kicks and calls as messages; needs BACKEND_REQ and REPLY_ACK. */
    INBAND_NOTIFICATIONS(14),
    /** GET_MAX_MEM_SLOTS, ADD_MEM_REG and REM_MEM_REG. */
    CONFIGURE_MEM_SLOTS(15),
    /** SET_STATUS and GET_STATUS. */
    STATUS(16),
    /** Xen's fields in a memory region. */
    XEN_MMAP(17),
    /** GET_SHARED_OBJECT and SHARED_OBJECT_*. */
    SHARED_OBJECT(18),
    /** SET_DEVICE_STATE_FD and CHECK_DEVICE_STATE. */
    DEVICE_STATE(19),
    /** GET_VRING_BASE may answer before the requests under way have ended; they stay in the in-flight region. */
    GET_VRING_BASE_INFLIGHT(20),
    /** Ring addresses are guest physical. */
    GPA_ADDRESSES(21),
    /** GET_SHMEM_CONFIG, SHMEM_MAP and SHMEM_UNMAP. */
    SHMEM(22),
    /** GET_VRING_BASE_SKIP_DRAIN. */
    GET_VRING_BASE_SKIP_DRAIN(23);

    private final int bit;

    ProtocolFeature(int bit) {
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
     * Whether the bit is set in a word of protocol features.
     *
     * @param protocolFeatures the word
     * @return true if set
     */
    public boolean isIn(long protocolFeatures) {
        return (protocolFeatures & mask()) != 0;
    }

    /**
     * The word with exactly the given bits.
     *
     * @param features the bits
     * @return their union
     */
    public static long maskOf(Iterable<ProtocolFeature> features) {
        long word = 0;
        for (ProtocolFeature feature : features) {
            word |= feature.mask();
        }
        return word;
    }

    /**
     * The word with exactly the given bits.
     *
     * @param features the bits
     * @return their union
     */
    public static long maskOf(ProtocolFeature... features) {
        return maskOf(Arrays.asList(features));
    }

    /**
     * The known bits of a word; unknown ones are left out.
     *
     * @param protocolFeatures the word
     * @return an unmodifiable set
     */
    public static Set<ProtocolFeature> setOf(long protocolFeatures) {
        EnumSet<ProtocolFeature> set = EnumSet.noneOf(ProtocolFeature.class);
        for (ProtocolFeature feature : values()) {
            if (feature.isIn(protocolFeatures)) {
                set.add(feature);
            }
        }
        return Collections.unmodifiableSet(set);
    }

    /**
     * The feature with a bit number.
     *
     * @param bit the number
     * @return the feature, or empty if unknown
     */
    public static Optional<ProtocolFeature> ofBit(int bit) {
        return Arrays.stream(values()).filter(f -> f.bit == bit).findFirst();
    }

    /**
     * A word for people.
     *
     * @param protocolFeatures the word
     * @return such as "MQ, REPLY_ACK, 40"
     */
    public static String describe(long protocolFeatures) {
        return BitNames.describe(protocolFeatures, bit -> ofBit(bit).map(Enum::name));
    }
}
