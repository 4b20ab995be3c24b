package dev.troupe.transport.protocol;

import dev.troupe.transport.protocol.Violation.Kind;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** The back end's replies as bytes, both ways. Stateless; any thread. */
public final class ReplyCodec {
    private static final int MAX_SHMEM_REGIONS = 256;
    private static final int SHMEM_CONFIG_BYTES = 8 + MAX_SHMEM_REGIONS * Long.BYTES;

    private ReplyCodec() {}

    /**
     * Writes a reply. The frame takes over the reply's descriptors.
     *
     * @param request the header of the request that is answered; its length decides the length of an in-flight reply
     * @param reply the answer
     * @return the frame to send
     */
    public static Frame encode(Header request, BackEndReply reply) {
        ByteBuffer b = ByteBuffer.allocate(Header.MAX_PAYLOAD_BYTES).order(ByteOrder.nativeOrder());
        switch (reply) {
            case BackEndReply.U64 r -> b.putLong(r.value());
            case BackEndReply.VringBase r -> b.putInt(r.index()).putInt(r.base());
            case BackEndReply.Config r ->
                b.putInt(r.offset())
                        .putInt(r.data().lengthBytes())
                        .putInt(r.flags())
                        .put(r.data().asBuffer());
            case BackEndReply.Empty r -> {}
            case BackEndReply.InflightFd r -> {
                int size = request.sizeBytes() == 20 ? 20 : RequestCodec.INFLIGHT_BYTES;
                RequestCodec.writeInflight(b, r.region(), size);
            }
            case BackEndReply.SharedObject r -> b.put(r.uuid().asBuffer());
            case BackEndReply.DeviceStateFd r -> b.putLong(r.value());
            case BackEndReply.ShmemConfig r -> {
                b.putInt((int) r.sizesBytes().stream().filter(size -> size != 0).count())
                        .putInt(0);
                r.sizesBytes().forEach(b::putLong);
                b.put(new byte[SHMEM_CONFIG_BYTES - b.position()]);
            }
            case BackEndReply.Raw r -> b.put(r.payload().asBuffer());
        }
        b.flip();
        return new Frame(Header.reply(request.request(), b.limit()), b, reply.fds());
    }

    /**
     * The answer to a request that was not obeyed. Where a number says whether it worked, that number is not zero; where
     * other contents are expected the payload is empty, which no front end takes for an answer, so it never waits in vain
     * nor believes something wrong.
     *
     * @param request the header of the refused request
     * @param protocolFeatures what was negotiated
     * @return the frame to send, or null if no answer is expected
     */
    public static @Nullable Frame refusal(Header request, long protocolFeatures) {
        if (request.isReply()) {
            return null;
        }
        boolean acknowledged = ProtocolFeature.REPLY_ACK.isIn(protocolFeatures) && request.needsReply();
        return switch (replyTo(request, protocolFeatures)) {
            case ACK -> acknowledged ? encode(request, BackEndReply.U64.FAILED) : null;
            case STATUS -> encode(request, BackEndReply.U64.FAILED);
            case VALUE -> encode(request, new BackEndReply.Empty());
        };
    }

    private static ReplyKind replyTo(Header request, long protocolFeatures) {
        FrontEndRequest known = FrontEndRequest.ofNumber(request.request()).orElse(null);
        // Without LOG_SHMFD, SET_LOG_BASE has no answer of its own, and nobody reads one.
        boolean unanswered = known == FrontEndRequest.SET_LOG_BASE && !ProtocolFeature.LOG_SHMFD.isIn(protocolFeatures);
        return known == null || unanswered ? ReplyKind.ACK : known.reply();
    }

    /**
     * Understands a reply. The reply takes over the frame's descriptors.
     *
     * @param frame what was received
     * @param request the number of the request that is waited for
     * @return the reply; {@link BackEndReply.Empty} if the payload is empty
     * @throws ProtocolException if it is no reply to that request; the frame's descriptors are closed then
     */
    public static BackEndReply decode(Frame frame, int request) {
        Violation violation = MessageRules.checkReply(frame, request);
        BackEndReply reply = null;
        if (violation == null) {
            reply = read(frame, FrontEndRequest.ofNumber(request).orElse(null));
        }
        if (reply == null) {
            frame.close();
            String text = "the reply to request " + request + " has an unexpected length of "
                    + Integer.toUnsignedString(frame.header().sizeBytes()) + " bytes or unexpected descriptors";
            throw new ProtocolException(violation != null ? violation : new Violation(Kind.BAD_SIZE, request, text));
        }
        return reply;
    }

    private static @Nullable BackEndReply read(Frame frame, @Nullable FrontEndRequest request) {
        ByteBuffer b = frame.body();
        PassedFds fds = frame.fds();
        int size = b.remaining();
        if (size == 0) {
            return fds.count() <= 1 ? new BackEndReply.Empty(fds) : null;
        }
        BackEndReply reply = switch (request) {
            case GET_VRING_BASE, GET_VRING_BASE_SKIP_DRAIN ->
                size == 8 ? new BackEndReply.VringBase(b.getInt(), b.getInt()) : null;
            case GET_CONFIG -> readConfig(b);
            case GET_INFLIGHT_FD ->
                size == 20 || size == 24 ? new BackEndReply.InflightFd(RequestCodec.readInflight(b), fds) : null;
            case GET_SHARED_OBJECT -> size == 16 ? new BackEndReply.SharedObject(Bytes.copyOf(b), fds) : null;
            case SET_DEVICE_STATE_FD -> size == 8 ? new BackEndReply.DeviceStateFd(b.getLong(), fds) : null;
            case GET_SHMEM_CONFIG -> size == SHMEM_CONFIG_BYTES ? readShmemConfig(b) : null;
            case CREATE_CRYPTO_SESSION -> new BackEndReply.Raw(Bytes.copyOf(b));
            case SET_LOG_BASE -> size >= 8 ? new BackEndReply.U64(b.getLong()) : null;
            case null, default -> size == 8 ? new BackEndReply.U64(b.getLong()) : null;
        };
        boolean tooManyFds = reply != null && fds.count() > (reply.fds().isEmpty() ? 0 : 1);
        return tooManyFds ? null : reply;
    }

    private static BackEndReply.@Nullable Config readConfig(ByteBuffer b) {
        if (b.remaining() < RequestCodec.CONFIG_BYTES) {
            return null;
        }
        int offset = b.getInt();
        int size = b.getInt();
        int flags = b.getInt();
        if (size < 0 || size > b.remaining()) {
            return null;
        }
        return new BackEndReply.Config(offset, flags, Bytes.copyOf(b.limit(b.position() + size)));
    }

    private static BackEndReply readShmemConfig(ByteBuffer b) {
        b.getLong();
        List<Long> sizes = new ArrayList<>(MAX_SHMEM_REGIONS);
        for (int i = 0; i < MAX_SHMEM_REGIONS; i++) {
            sizes.add(b.getLong());
        }
        return new BackEndReply.ShmemConfig(sizes);
    }
}
