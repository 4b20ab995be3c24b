package dev.troupe.transport.protocol;

import dev.troupe.transport.protocol.FrontEndMessage.*;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * The front end's requests as bytes, both ways. Stateless; any thread. Payloads are in the host's byte order, without
 * padding but for what the specification says.
 */
public final class RequestCodec {
    /** Bytes of a memory region. */
    static final int REGION_BYTES = 32;
    /** Bytes of a config message before its contents. */
    static final int CONFIG_BYTES = 12;
    /** Bytes of an in-flight description as peers send it; the specification has 20. */
    static final int INFLIGHT_BYTES = 24;
    /** Bytes of an IOTLB entry as peers send it; the specification has 26. */
    static final int IOTLB_BYTES = 32;

    private RequestCodec() {}

    /**
     * Understands a request. The message takes over the frame's descriptors.
     *
     * @param frame what was received
     * @return the message; {@link Unknown} for a number this program does not know
     * @throws ProtocolException if it breaks {@link MessageRules}; the frame's descriptors are closed then
     */
    public static FrontEndMessage decode(Frame frame) {
        Violation violation = MessageRules.checkRequest(frame);
        if (violation != null) {
            frame.close();
            throw new ProtocolException(violation);
        }
        FrontEndRequest request =
                FrontEndRequest.ofNumber(frame.header().request()).orElse(null);
        if (request == null) {
            return new Unknown(frame.header().request(), Bytes.copyOf(frame.payload()), frame.fds());
        }
        FrontEndMessage plain = decodePlain(request);
        if (plain != null) {
            return plain;
        }
        FrontEndMessage vring = decodeVring(request, frame);
        return vring != null ? vring : decodeOther(request, frame);
    }

    private static @Nullable FrontEndMessage decodePlain(FrontEndRequest request) {
        return switch (request) {
            case GET_FEATURES -> new GetFeatures();
            case SET_OWNER -> new SetOwner();
            case RESET_OWNER -> new ResetOwner();
            case GET_PROTOCOL_FEATURES -> new GetProtocolFeatures();
            case GET_QUEUE_NUM -> new GetQueueNum();
            case POSTCOPY_ADVISE -> new PostcopyAdvise();
            case POSTCOPY_LISTEN -> new PostcopyListen();
            case POSTCOPY_END -> new PostcopyEnd();
            case RESET_DEVICE -> new ResetDevice();
            case GET_MAX_MEM_SLOTS -> new GetMaxMemSlots();
            case GET_STATUS -> new GetStatus();
            case CHECK_DEVICE_STATE -> new CheckDeviceState();
            case GET_SHMEM_CONFIG -> new GetShmemConfig();
            default -> null;
        };
    }

    private static @Nullable FrontEndMessage decodeVring(FrontEndRequest request, Frame frame) {
        ByteBuffer b = frame.body();
        return switch (request) {
            case SET_VRING_NUM -> new SetVringNum(b.getInt(), b.getInt());
            case SET_VRING_ADDR ->
                new SetVringAddr(b.getInt(), b.getInt(), b.getLong(), b.getLong(), b.getLong(), b.getLong());
            case SET_VRING_BASE -> new SetVringBase(b.getInt(), b.getInt());
            case GET_VRING_BASE -> new GetVringBase(b.getInt());
            case GET_VRING_BASE_SKIP_DRAIN -> new GetVringBaseSkipDrain(b.getInt());
            case SET_VRING_KICK -> new SetVringKick(indexOf(b), frame.fds());
            case SET_VRING_CALL -> new SetVringCall(indexOf(b), frame.fds());
            case SET_VRING_ERR -> new SetVringErr(indexOf(b), frame.fds());
            case SET_VRING_ENABLE -> new SetVringEnable(b.getInt(), b.getInt() != 0);
            case SET_VRING_ENDIAN -> new SetVringEndian(b.getInt(), b.getInt() != 0);
            case VRING_KICK -> new VringKick(b.getInt());
            default -> null;
        };
    }

    private static FrontEndMessage decodeOther(FrontEndRequest request, Frame frame) {
        ByteBuffer b = frame.body();
        PassedFds fds = frame.fds();
        return switch (request) {
            case SET_FEATURES -> new SetFeatures(b.getLong());
            case SET_PROTOCOL_FEATURES -> new SetProtocolFeatures(b.getLong());
            case SET_MEM_TABLE -> new SetMemTable(readRegions(b), fds);
            case SET_LOG_BASE -> new SetLogBase(b.getLong(), b.getLong(), fds);
            case SET_LOG_FD -> new SetLogFd(fds);
            case SEND_RARP -> new SendRarp(b.getLong());
            case NET_SET_MTU -> new NetSetMtu(b.getLong());
            case SET_BACKEND_REQ_FD -> new SetBackendReqFd(fds);
            case IOTLB_MSG -> new IotlbMsg(readIotlb(b));
            case GET_CONFIG -> new GetConfig(b.getInt(), b.getInt(), b.getInt());
            case SET_CONFIG -> new SetConfig(b.getInt(0), b.getInt(8), Bytes.copyOf(b.position(CONFIG_BYTES)));
            case CREATE_CRYPTO_SESSION -> new CreateCryptoSession(Bytes.copyOf(b));
            case CLOSE_CRYPTO_SESSION -> new CloseCryptoSession(b.getLong());
            case GET_INFLIGHT_FD ->
                new GetInflightFd(readInflight(b), frame.header().sizeBytes());
            case SET_INFLIGHT_FD -> new SetInflightFd(readInflight(b), fds);
            case GPU_SET_SOCKET -> new GpuSetSocket(fds);
            case ADD_MEM_REG -> new AddMemReg(readSingleRegion(b), fds);
            case REM_MEM_REG -> new RemMemReg(readSingleRegion(b), fds);
            case SET_STATUS -> new SetStatus(b.getLong());
            case GET_SHARED_OBJECT -> new GetSharedObject(Bytes.copyOf(b));
            case SET_DEVICE_STATE_FD -> new SetDeviceStateFd(b.getInt(), b.getInt(), fds);
            default -> throw new IllegalStateException(request + " has no payload");
        };
    }

    /**
     * Writes a request. The frame takes over the message's descriptors.
     *
     * @param message the message
     * @param needReply whether an acknowledgement is wanted; only where REPLY_ACK was negotiated
     * @return the frame to send
     */
    public static Frame encode(FrontEndMessage message, boolean needReply) {
        ByteBuffer body = ByteBuffer.allocate(Header.MAX_PAYLOAD_BYTES).order(ByteOrder.nativeOrder());
        if (!encodeVring(message, body)) {
            encodeOther(message, body);
        }
        body.flip();
        return new Frame(Header.request(message.number(), needReply, body.limit()), body, message.fds());
    }

    private static boolean encodeVring(FrontEndMessage message, ByteBuffer b) {
        switch (message) {
            case SetVringNum m -> b.putInt(m.index()).putInt(m.num());
            case SetVringAddr m ->
                b.putInt(m.index())
                        .putInt(m.flags())
                        .putLong(m.descriptors())
                        .putLong(m.used())
                        .putLong(m.avail())
                        .putLong(m.logGuestAddress());
            case SetVringBase m -> b.putInt(m.index()).putInt(m.base());
            case GetVringBase m -> b.putInt(m.index()).putInt(0);
            case GetVringBaseSkipDrain m -> b.putInt(m.index()).putInt(0);
            case SetVringKick m -> b.putLong(vringWord(m.index(), m.fds()));
            case SetVringCall m -> b.putLong(vringWord(m.index(), m.fds()));
            case SetVringErr m -> b.putLong(vringWord(m.index(), m.fds()));
            case SetVringEnable m -> b.putInt(m.index()).putInt(m.enable() ? 1 : 0);
            case SetVringEndian m -> b.putInt(m.index()).putInt(m.bigEndian() ? 1 : 0);
            case VringKick m -> b.putInt(m.index()).putInt(0);
            default -> {
                return false;
            }
        }
        return true;
    }

    private static void encodeOther(FrontEndMessage message, ByteBuffer b) {
        switch (message) {
            case SetFeatures m -> b.putLong(m.features());
            case SetProtocolFeatures m -> b.putLong(m.features());
            case SetMemTable m -> {
                b.putInt(m.regions().size()).putInt(0);
                m.regions().forEach(region -> writeRegion(b, region));
            }
            case SetLogBase m -> b.putLong(m.mmapSizeBytes()).putLong(m.mmapOffset());
            case SendRarp m -> b.putLong(m.macAddress());
            case NetSetMtu m -> b.putLong(m.mtu());
            case IotlbMsg m -> writeIotlb(b, m.entry());
            case GetConfig m ->
                b.putInt(m.offset()).putInt(m.sizeBytes()).putInt(m.flags()).put(new byte[m.sizeBytes()]);
            case SetConfig m ->
                b.putInt(m.offset())
                        .putInt(m.data().lengthBytes())
                        .putInt(m.flags())
                        .put(m.data().asBuffer());
            case CreateCryptoSession m -> b.put(m.session().asBuffer());
            case CloseCryptoSession m -> b.putLong(m.sessionId());
            case GetInflightFd m -> writeInflight(b, m.region(), m.payloadBytes());
            case SetInflightFd m -> writeInflight(b, m.region(), INFLIGHT_BYTES);
            case AddMemReg m -> writeRegion(b.putLong(0), m.region());
            case RemMemReg m -> writeRegion(b.putLong(0), m.region());
            case SetStatus m -> b.putLong(m.status());
            case GetSharedObject m -> b.put(m.uuid().asBuffer());
            case SetDeviceStateFd m -> b.putInt(m.direction()).putInt(m.phase());
            case Unknown m -> b.put(m.payload().asBuffer());
            default -> {
                // The others have no payload; the round-trip tests see to it that none is forgotten here.
            }
        }
    }

    private static int indexOf(ByteBuffer b) {
        return (int) (b.getLong() & MessageRules.VRING_INDEX_MASK);
    }

    private static long vringWord(int index, PassedFds fds) {
        return index | (fds.isEmpty() ? MessageRules.VRING_NO_FD : 0);
    }

    private static List<RegionDescription> readRegions(ByteBuffer b) {
        int count = b.getInt();
        b.getInt();
        List<RegionDescription> regions = new ArrayList<>(count);
        for (int i = 0; i < count; i++) {
            regions.add(readRegion(b));
        }
        return regions;
    }

    private static RegionDescription readSingleRegion(ByteBuffer b) {
        b.getLong();
        return readRegion(b);
    }

    private static RegionDescription readRegion(ByteBuffer b) {
        return new RegionDescription(b.getLong(), b.getLong(), b.getLong(), b.getLong());
    }

    private static void writeRegion(ByteBuffer b, RegionDescription region) {
        b.putLong(region.guestAddress())
                .putLong(region.sizeBytes())
                .putLong(region.userAddress())
                .putLong(region.mmapOffset());
    }

    static Iotlb readIotlb(ByteBuffer b) {
        return new Iotlb(b.getLong(), b.getLong(), b.getLong(), b.get() & 0xff, b.get() & 0xff);
    }

    static void writeIotlb(ByteBuffer b, Iotlb entry) {
        b.putLong(entry.iova())
                .putLong(entry.sizeBytes())
                .putLong(entry.userAddress())
                .put((byte) entry.permission())
                .put((byte) entry.type())
                .put(new byte[IOTLB_BYTES - 26]);
    }

    static InflightRegion readInflight(ByteBuffer b) {
        return new InflightRegion(b.getLong(), b.getLong(), b.getShort() & 0xffff, b.getShort() & 0xffff);
    }

    static void writeInflight(ByteBuffer b, InflightRegion region, int payloadBytes) {
        b.putLong(region.mmapSizeBytes())
                .putLong(region.mmapOffset())
                .putShort((short) region.numQueues())
                .putShort((short) region.queueSize())
                .put(new byte[payloadBytes - 20]);
    }
}
