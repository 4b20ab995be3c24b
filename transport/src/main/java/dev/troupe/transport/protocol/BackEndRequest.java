package dev.troupe.transport.protocol;

import static dev.troupe.transport.protocol.ProtocolFeature.BACKEND_REQ;
import static dev.troupe.transport.protocol.ProtocolFeature.BACKEND_SEND_FD;
import static dev.troupe.transport.protocol.ProtocolFeature.CONFIG;
import static dev.troupe.transport.protocol.ProtocolFeature.HOST_NOTIFIER;
import static dev.troupe.transport.protocol.ProtocolFeature.INBAND_NOTIFICATIONS;
import static dev.troupe.transport.protocol.ProtocolFeature.SHARED_OBJECT;
import static dev.troupe.transport.protocol.ProtocolFeature.SHMEM;
import static dev.troupe.transport.protocol.ReplyKind.ACK;
import static dev.troupe.transport.protocol.ReplyKind.VALUE;

import java.util.Optional;

/**
 * The requests of the back end, on the back channel (vhost-user, "Back-end message types"). The names are those of the
 * specification without VHOST_USER_BACKEND_.
 */
// Range and Gate are records of primitive numbers.
@SuppressWarnings("ImmutableEnumChecker")
public enum BackEndRequest {
    IOTLB_MSG(1, new Range(26, 32), 0, Gate.of(VirtioFeature.ACCESS_PLATFORM, BACKEND_REQ), ACK),
    CONFIG_CHANGE_MSG(2, new Range(0, 0), 0, Gate.of(CONFIG, BACKEND_REQ), ACK),
    VRING_HOST_NOTIFIER_MSG(3, new Range(24, 24), 1, Gate.of(HOST_NOTIFIER, BACKEND_REQ, BACKEND_SEND_FD), ACK),
    VRING_CALL(4, new Range(8, 8), 0, Gate.of(INBAND_NOTIFICATIONS, BACKEND_REQ), ACK),
    VRING_ERR(5, new Range(8, 8), 0, Gate.of(INBAND_NOTIFICATIONS, BACKEND_REQ), ACK),
    SHARED_OBJECT_ADD(6, new Range(16, 16), 0, Gate.of(SHARED_OBJECT, BACKEND_REQ), ACK),
    SHARED_OBJECT_REMOVE(7, new Range(16, 16), 0, Gate.of(SHARED_OBJECT, BACKEND_REQ), ACK),
    SHARED_OBJECT_LOOKUP(8, new Range(16, 16), 0, Gate.of(SHARED_OBJECT, BACKEND_REQ), VALUE),
    SHMEM_MAP(9, new Range(40, 40), 1, Gate.of(SHMEM, BACKEND_REQ, BACKEND_SEND_FD), ACK),
    SHMEM_UNMAP(10, new Range(40, 40), 0, Gate.of(SHMEM, BACKEND_REQ), ACK);

    private final int number;
    private final Range payloadBytes;
    private final int mostFds;
    private final Gate gate;
    private final ReplyKind reply;

    BackEndRequest(int number, Range payloadBytes, int mostFds, Gate gate, ReplyKind reply) {
        this.number = number;
        this.payloadBytes = payloadBytes;
        this.mostFds = mostFds;
        this.gate = gate;
        this.reply = reply;
    }

    /**
     * The number on the wire.
     *
     * @return 1 to 10
     */
    public int number() {
        return number;
    }

    /**
     * The name in the specification.
     *
     * @return such as "VHOST_USER_BACKEND_VRING_CALL"
     */
    public String specName() {
        return "VHOST_USER_BACKEND_" + name();
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
     * How many descriptors may come with it at most (a host notifier is taken away without one).
     *
     * @return 0 or 1
     */
    public int mostFds() {
        return mostFds;
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
     * The request with a number.
     *
     * @param number the number in a header
     * @return the request, or empty if unknown
     */
    public static Optional<BackEndRequest> ofNumber(int number) {
        for (BackEndRequest request : values()) {
            if (request.number == number) {
                return Optional.of(request);
            }
        }
        return Optional.empty();
    }
}
