package dev.troupe.devices.vsock;

import dev.troupe.actors.device.ConfigField;
import dev.troupe.actors.device.FeatureName;
import java.util.List;

/**
 * Numbers and layouts of the socket device, virtio 1.4 section 5.10. All fields are little-endian and may lie at any
 * address.
 *
 * <pre>
 * packet header (5.10.6)             configuration space (5.10.4)
 *  0 le64 src_cid                     0 le64 guest_cid
 *  8 le64 dst_cid
 * 16 le32 src_port
 * 20 le32 dst_port
 * 24 le32 len        bytes that follow the header
 * 28 le16 type
 * 30 le16 op
 * 32 le32 flags
 * 36 le32 buf_alloc  room for the peer's bytes
 * 40 le32 fwd_cnt    bytes that have left that room, modulo 2^32
 * </pre>
 *
 * <p>Public are those parts that a driver needs too.
 */
public final class VsockWire {
    /** The device's number, section 5. */
    public static final int VIRTIO_ID = 19;

    /** The queue of packets for the guest, section 5.10.2. */
    public static final int RX_QUEUE = 0;

    /** The queue of packets from the guest. */
    public static final int TX_QUEUE = 1;

    /** The queue of events for the guest. */
    static final int EVENT_QUEUE = 2;

    /** Stream sockets, section 5.10.3. */
    public static final long VIRTIO_VSOCK_F_STREAM = 1L;

    /** Sockets that keep messages apart. */
    public static final long VIRTIO_VSOCK_F_SEQPACKET = 1L << 1;

    /** Stream sockets only where they are negotiated. */
    public static final long VIRTIO_VSOCK_F_NO_IMPLIED_STREAM = 1L << 2;

    /** The size of a packet's header. */
    public static final int HEADER_SIZE = 44;

    /** The host's CID. */
    public static final int CID_HOST = 2;

    /** The first CID that a guest may have. */
    static final long CID_FIRST_GUEST = 3;

    /** VMADDR_CID_ANY, which is nobody's. */
    static final long CID_ANY = 0xFFFF_FFFFL;

    /** Ports are 32 bits wide; the last one is VMADDR_PORT_ANY, which is no port. */
    static final long PORT_LAST = 0xFFFF_FFFEL;

    /** A stream, section 5.10.6.3. */
    public static final int VIRTIO_VSOCK_TYPE_STREAM = 1;

    /** Messages. */
    public static final int VIRTIO_VSOCK_TYPE_SEQPACKET = 2;

    /** Asks for a connection, section 5.10.6 as the others. */
    public static final int VIRTIO_VSOCK_OP_REQUEST = 1;

    /** Grants it. */
    public static final int VIRTIO_VSOCK_OP_RESPONSE = 2;

    /** Refuses it, ends it, or says that there is none. */
    public static final int VIRTIO_VSOCK_OP_RST = 3;

    /** Ends one direction or both. */
    public static final int VIRTIO_VSOCK_OP_SHUTDOWN = 4;

    /** Carries bytes. */
    public static final int VIRTIO_VSOCK_OP_RW = 5;

    /** Tells of room. */
    public static final int VIRTIO_VSOCK_OP_CREDIT_UPDATE = 6;

    /** Asks for {@link #VIRTIO_VSOCK_OP_CREDIT_UPDATE}. */
    public static final int VIRTIO_VSOCK_OP_CREDIT_REQUEST = 7;

    /** Of SHUTDOWN: the sender receives no more, section 5.10.6.5. */
    public static final int VIRTIO_VSOCK_SHUTDOWN_F_RECEIVE = 1;

    /** Of SHUTDOWN: the sender sends no more. */
    public static final int VIRTIO_VSOCK_SHUTDOWN_F_SEND = 2;

    /** Of SHUTDOWN: both. */
    static final int SHUTDOWN_BOTH = VIRTIO_VSOCK_SHUTDOWN_F_RECEIVE | VIRTIO_VSOCK_SHUTDOWN_F_SEND;

    /** Of RW: a message ends here, section 5.10.6.6. */
    public static final int VIRTIO_VSOCK_SEQ_EOM = 1;

    /** Of RW: a record ends here. */
    public static final int VIRTIO_VSOCK_SEQ_EOR = 2;

    /** As much as Linux puts into one packet (VIRTIO_VSOCK_MAX_PKT_BUF_SIZE); no buffer is filled further. */
    static final int MAX_PAYLOAD_BYTES = 64 << 10;

    static final int CONFIG_SIZE = 8;

    static final List<FeatureName> FEATURE_NAMES = List.of(
            new FeatureName(0, "VIRTIO_VSOCK_F_STREAM"),
            new FeatureName(1, "VIRTIO_VSOCK_F_SEQPACKET"),
            new FeatureName(2, "VIRTIO_VSOCK_F_NO_IMPLIED_STREAM"));

    static final List<ConfigField> CONFIG_FIELDS = List.of(new ConfigField("guest_cid", 0, CONFIG_SIZE));

    private VsockWire() {}
}
