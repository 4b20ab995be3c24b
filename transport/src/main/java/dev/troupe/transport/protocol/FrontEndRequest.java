package dev.troupe.transport.protocol;

import static dev.troupe.transport.protocol.ProtocolFeature.*;
import static dev.troupe.transport.protocol.ReplyKind.ACK;
import static dev.troupe.transport.protocol.ReplyKind.STATUS;
import static dev.troupe.transport.protocol.ReplyKind.VALUE;

import java.util.Optional;

/**
 * The requests of the front end (vhost-user, "Front-end message types"): number, payload size, number of descriptors,
 * what must have been negotiated, and how they are answered. The names are those of the specification without
 * VHOST_USER_. What the payload means is in the record of {@link FrontEndMessage} of the same name.
 */
// Range and Gate are records of primitive numbers.
@SuppressWarnings("ImmutableEnumChecker")
public enum FrontEndRequest {
    GET_FEATURES(1, size(0), 0, Gate.NONE, VALUE, FrontEndMessage.GetFeatures.class),
    SET_FEATURES(2, size(8), 0, Gate.NONE, ACK, FrontEndMessage.SetFeatures.class),
    SET_OWNER(3, size(0), 0, Gate.NONE, ACK, FrontEndMessage.SetOwner.class),
    RESET_OWNER(4, size(0), 0, Gate.NONE, ACK, FrontEndMessage.ResetOwner.class),
    SET_MEM_TABLE(5, sizes(8, 8 + 8 * 32), fds(0, 8), Gate.NONE, ACK, FrontEndMessage.SetMemTable.class),
    SET_LOG_BASE(6, size(16), 1, Gate.of(LOG_SHMFD), STATUS, FrontEndMessage.SetLogBase.class),
    SET_LOG_FD(7, size(0), 1, Gate.NONE, ACK, FrontEndMessage.SetLogFd.class),
    SET_VRING_NUM(8, size(8), 0, Gate.NONE, ACK, FrontEndMessage.SetVringNum.class),
    SET_VRING_ADDR(9, size(40), 0, Gate.NONE, ACK, FrontEndMessage.SetVringAddr.class),
    SET_VRING_BASE(10, size(8), 0, Gate.NONE, ACK, FrontEndMessage.SetVringBase.class),
    GET_VRING_BASE(11, size(8), 0, Gate.NONE, VALUE, FrontEndMessage.GetVringBase.class),
    SET_VRING_KICK(12, size(8), fds(0, 1), Gate.NONE, ACK, FrontEndMessage.SetVringKick.class),
    SET_VRING_CALL(13, size(8), fds(0, 1), Gate.NONE, ACK, FrontEndMessage.SetVringCall.class),
    SET_VRING_ERR(14, size(8), fds(0, 1), Gate.NONE, ACK, FrontEndMessage.SetVringErr.class),
    GET_PROTOCOL_FEATURES(15, size(0), 0, Gate.OFFERED, VALUE, FrontEndMessage.GetProtocolFeatures.class),
    SET_PROTOCOL_FEATURES(16, size(8), 0, Gate.OFFERED, ACK, FrontEndMessage.SetProtocolFeatures.class),
    GET_QUEUE_NUM(17, size(0), 0, Gate.of(MQ), VALUE, FrontEndMessage.GetQueueNum.class),
    SET_VRING_ENABLE(18, size(8), 0, Gate.NEGOTIATED, ACK, FrontEndMessage.SetVringEnable.class),
    SEND_RARP(19, size(8), 0, Gate.of(RARP), ACK, FrontEndMessage.SendRarp.class),
    NET_SET_MTU(20, size(8), 0, Gate.of(MTU), ACK, FrontEndMessage.NetSetMtu.class),
    SET_BACKEND_REQ_FD(21, size(0), 1, Gate.of(BACKEND_REQ), ACK, FrontEndMessage.SetBackendReqFd.class),
    IOTLB_MSG(22, sizes(26, 32), 0, Gate.of(VirtioFeature.ACCESS_PLATFORM), STATUS, FrontEndMessage.IotlbMsg.class),
    SET_VRING_ENDIAN(23, size(8), 0, Gate.of(CROSS_ENDIAN), ACK, FrontEndMessage.SetVringEndian.class),
    GET_CONFIG(24, sizes(12, 12 + 256), 0, Gate.of(CONFIG), VALUE, FrontEndMessage.GetConfig.class),
    SET_CONFIG(25, sizes(12, 12 + 256), 0, Gate.of(CONFIG), ACK, FrontEndMessage.SetConfig.class),
    CREATE_CRYPTO_SESSION(
            26, sizes(8, 4096), 0, Gate.of(CRYPTO_SESSION), VALUE, FrontEndMessage.CreateCryptoSession.class),
    CLOSE_CRYPTO_SESSION(27, size(8), 0, Gate.of(CRYPTO_SESSION), ACK, FrontEndMessage.CloseCryptoSession.class),
    POSTCOPY_ADVISE(28, size(0), 0, Gate.of(PAGEFAULT), VALUE, FrontEndMessage.PostcopyAdvise.class),
    POSTCOPY_LISTEN(29, size(0), 0, Gate.of(PAGEFAULT), ACK, FrontEndMessage.PostcopyListen.class),
    POSTCOPY_END(30, size(0), 0, Gate.of(PAGEFAULT), STATUS, FrontEndMessage.PostcopyEnd.class),
    GET_INFLIGHT_FD(31, sizes(20, 24), 0, Gate.of(INFLIGHT_SHMFD), VALUE, FrontEndMessage.GetInflightFd.class),
    SET_INFLIGHT_FD(32, sizes(20, 24), 1, Gate.of(INFLIGHT_SHMFD), ACK, FrontEndMessage.SetInflightFd.class),
    GPU_SET_SOCKET(33, size(0), 1, Gate.NONE, ACK, FrontEndMessage.GpuSetSocket.class),
    RESET_DEVICE(34, size(0), 0, Gate.of(ProtocolFeature.RESET_DEVICE), ACK, FrontEndMessage.ResetDevice.class),
    VRING_KICK(35, size(8), 0, Gate.of(INBAND_NOTIFICATIONS), ACK, FrontEndMessage.VringKick.class),
    GET_MAX_MEM_SLOTS(36, size(0), 0, Gate.of(CONFIGURE_MEM_SLOTS), VALUE, FrontEndMessage.GetMaxMemSlots.class),
    ADD_MEM_REG(37, size(40), 1, Gate.of(CONFIGURE_MEM_SLOTS), ACK, FrontEndMessage.AddMemReg.class),
    REM_MEM_REG(38, size(40), fds(0, 1), Gate.of(CONFIGURE_MEM_SLOTS), ACK, FrontEndMessage.RemMemReg.class),
    SET_STATUS(39, size(8), 0, Gate.of(ProtocolFeature.STATUS), ACK, FrontEndMessage.SetStatus.class),
    GET_STATUS(40, size(0), 0, Gate.of(ProtocolFeature.STATUS), VALUE, FrontEndMessage.GetStatus.class),
    GET_SHARED_OBJECT(41, size(16), 0, Gate.of(SHARED_OBJECT), VALUE, FrontEndMessage.GetSharedObject.class),
    SET_DEVICE_STATE_FD(42, size(8), 1, Gate.of(DEVICE_STATE), STATUS, FrontEndMessage.SetDeviceStateFd.class),
    CHECK_DEVICE_STATE(43, size(0), 0, Gate.of(DEVICE_STATE), STATUS, FrontEndMessage.CheckDeviceState.class),
    GET_SHMEM_CONFIG(44, size(0), 0, Gate.of(SHMEM), VALUE, FrontEndMessage.GetShmemConfig.class),
    GET_VRING_BASE_SKIP_DRAIN(
            45,
            size(8),
            0,
            Gate.of(ProtocolFeature.GET_VRING_BASE_SKIP_DRAIN, GET_VRING_BASE_INFLIGHT, INFLIGHT_SHMFD),
            VALUE,
            FrontEndMessage.GetVringBaseSkipDrain.class);

    private static final FrontEndRequest[] BY_NUMBER = byNumber();
    private static final ClassValue<FrontEndRequest> BY_RECORD = new ClassValue<>() {
        @Override
        protected FrontEndRequest computeValue(Class<?> record) {
            for (FrontEndRequest request : values()) {
                if (request.record == record) {
                    return request;
                }
            }
            throw new IllegalArgumentException(record + " is not the record of a request");
        }
    };

    private final int number;
    private final Range payloadBytes;
    private final Range fds;
    private final Gate gate;
    private final ReplyKind reply;
    private final Class<? extends FrontEndMessage> record;

    FrontEndRequest(
            int number,
            Range payloadBytes,
            int fds,
            Gate gate,
            ReplyKind reply,
            Class<? extends FrontEndMessage> record) {
        this(number, payloadBytes, new Range(fds, fds), gate, reply, record);
    }

    FrontEndRequest(
            int number,
            Range payloadBytes,
            Range fds,
            Gate gate,
            ReplyKind reply,
            Class<? extends FrontEndMessage> record) {
        this.number = number;
        this.payloadBytes = payloadBytes;
        this.fds = fds;
        this.gate = gate;
        this.reply = reply;
        this.record = record;
    }

    private static Range size(int exact) {
        return new Range(exact, exact);
    }

    private static Range sizes(int least, int most) {
        return new Range(least, most);
    }

    private static Range fds(int least, int most) {
        return new Range(least, most);
    }

    private static FrontEndRequest[] byNumber() {
        FrontEndRequest[] table = new FrontEndRequest[values().length + 1];
        for (FrontEndRequest request : values()) {
            table[request.number] = request;
        }
        return table;
    }

    /**
     * The number on the wire.
     *
     * @return 1 to 45
     */
    public int number() {
        return number;
    }

    /**
     * The name in the specification.
     *
     * @return such as "VHOST_USER_GET_FEATURES"
     */
    public String specName() {
        return "VHOST_USER_" + name();
    }

    /**
     * How long the payload may be.
     *
     * @return the range in bytes
     */
    public Range payloadBytes() {
        return payloadBytes;
    }

    /**
     * How many descriptors may come with it.
     *
     * @return the range
     */
    public Range fds() {
        return fds;
    }

    /**
     * What must have been negotiated.
     *
     * @return the condition
     */
    public Gate gate() {
        return gate;
    }

    /**
     * How it is answered.
     *
     * @return the kind of reply
     */
    public ReplyKind reply() {
        return reply;
    }

    /**
     * Which record of {@link FrontEndMessage} carries it.
     *
     * @return the record's class
     */
    public Class<? extends FrontEndMessage> recordType() {
        return record;
    }

    /**
     * The request with a number.
     *
     * @param number the number in a header
     * @return the request, or empty if unknown
     */
    public static Optional<FrontEndRequest> ofNumber(int number) {
        // Guest-controlled: any 32-bit number; the table has one entry a known request.
        return number > 0 && number < BY_NUMBER.length ? Optional.of(BY_NUMBER[number]) : Optional.empty();
    }

    /** The request that a record stands for; not for {@link FrontEndMessage.Unknown}. */
    static FrontEndRequest of(FrontEndMessage message) {
        return BY_RECORD.get(message.getClass());
    }
}
