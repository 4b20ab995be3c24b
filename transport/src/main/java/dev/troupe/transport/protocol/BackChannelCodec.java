package dev.troupe.transport.protocol;

import dev.troupe.transport.protocol.BackEndMessage.*;
import dev.troupe.transport.protocol.Violation.Kind;
import java.nio.ByteBuffer;
import java.nio.ByteOrder;

/** The messages of the back channel as bytes, both ways: requests of the back end, answers of the front end. */
public final class BackChannelCodec {
    private BackChannelCodec() {}

    /**
     * Writes a request of the back end. The frame takes over the message's descriptors.
     *
     * @param message the message
     * @param needReply whether an acknowledgement is wanted; only where REPLY_ACK was negotiated
     * @return the frame to send
     */
    public static Frame encode(BackEndMessage message, boolean needReply) {
        ByteBuffer b = ByteBuffer.allocate(Header.MAX_PAYLOAD_BYTES).order(ByteOrder.nativeOrder());
        int request = encode(message, b);
        b.flip();
        return new Frame(Header.request(request, needReply, b.limit()), b, message.fds());
    }

    private static int encode(BackEndMessage message, ByteBuffer b) {
        return switch (message) {
            case IotlbMsg m -> {
                RequestCodec.writeIotlb(b, m.entry());
                yield BackEndRequest.IOTLB_MSG.number();
            }
            case ConfigChange m -> BackEndRequest.CONFIG_CHANGE_MSG.number();
            case VringHostNotifier m -> {
                long noFd = m.fds().isEmpty() ? MessageRules.VRING_NO_FD : 0;
                b.putLong(m.index() | noFd).putLong(m.sizeBytes()).putLong(m.offset());
                yield BackEndRequest.VRING_HOST_NOTIFIER_MSG.number();
            }
            case VringCall m -> {
                b.putInt(m.index()).putInt(0);
                yield BackEndRequest.VRING_CALL.number();
            }
            case VringErr m -> {
                b.putInt(m.index()).putInt(0);
                yield BackEndRequest.VRING_ERR.number();
            }
            case SharedObjectAdd m -> uuid(b, m.uuid(), BackEndRequest.SHARED_OBJECT_ADD);
            case SharedObjectRemove m -> uuid(b, m.uuid(), BackEndRequest.SHARED_OBJECT_REMOVE);
            case SharedObjectLookup m -> uuid(b, m.uuid(), BackEndRequest.SHARED_OBJECT_LOOKUP);
            case ShmemMap m -> mapping(b, m.mapping(), BackEndRequest.SHMEM_MAP);
            case ShmemUnmap m -> mapping(b, m.mapping(), BackEndRequest.SHMEM_UNMAP);
            case Unknown m -> {
                b.put(m.payload().asBuffer());
                yield m.number();
            }
        };
    }

    private static int uuid(ByteBuffer b, Bytes uuid, BackEndRequest request) {
        b.put(uuid.asBuffer());
        return request.number();
    }

    private static int mapping(ByteBuffer b, ShmemMapping m, BackEndRequest request) {
        b.put((byte) m.shmid())
                .put(new byte[7])
                .putLong(m.fdOffset())
                .putLong(m.shmOffset())
                .putLong(m.lengthBytes())
                .putLong(m.flags());
        return request.number();
    }

    /**
     * Understands a request of the back end. The message takes over the frame's descriptors.
     *
     * @param frame what was received
     * @return the message; {@link Unknown} for a number this program does not know
     * @throws ProtocolException if it breaks {@link MessageRules}; the frame's descriptors are closed then
     */
    public static BackEndMessage decode(Frame frame) {
        Violation violation = MessageRules.checkBackRequest(frame);
        if (violation != null) {
            frame.close();
            throw new ProtocolException(violation);
        }
        ByteBuffer b = frame.body();
        PassedFds fds = frame.fds();
        int number = frame.header().request();
        return switch (BackEndRequest.ofNumber(number).orElse(null)) {
            case IOTLB_MSG -> new IotlbMsg(RequestCodec.readIotlb(b));
            case CONFIG_CHANGE_MSG -> new ConfigChange();
            case VRING_HOST_NOTIFIER_MSG ->
                new VringHostNotifier(
                        (int) (b.getLong() & MessageRules.VRING_INDEX_MASK), b.getLong(), b.getLong(), fds);
            case VRING_CALL -> new VringCall(b.getInt());
            case VRING_ERR -> new VringErr(b.getInt());
            case SHARED_OBJECT_ADD -> new SharedObjectAdd(Bytes.copyOf(b));
            case SHARED_OBJECT_REMOVE -> new SharedObjectRemove(Bytes.copyOf(b));
            case SHARED_OBJECT_LOOKUP -> new SharedObjectLookup(Bytes.copyOf(b));
            case SHMEM_MAP -> new ShmemMap(readMapping(b), fds);
            case SHMEM_UNMAP -> new ShmemUnmap(readMapping(b));
            case null -> new Unknown(number, Bytes.copyOf(b), fds);
        };
    }

    private static ShmemMapping readMapping(ByteBuffer b) {
        int shmid = b.get(0) & 0xff;
        b.position(Long.BYTES);
        return new ShmemMapping(shmid, b.getLong(), b.getLong(), b.getLong(), b.getLong());
    }

    /**
     * Writes the front end's answer to a back channel request.
     *
     * @param request the header of the request
     * @param value 0 for success
     * @param fds a descriptor (SHARED_OBJECT_LOOKUP) or none
     * @return the frame to send
     */
    public static Frame encodeReply(Header request, long value, PassedFds fds) {
        ByteBuffer b = ByteBuffer.allocate(Long.BYTES).order(ByteOrder.nativeOrder());
        b.putLong(value).flip();
        return new Frame(Header.reply(request.request(), Long.BYTES), b, fds);
    }

    /**
     * Understands the front end's answer to a back channel request. The result owns the frame's descriptors.
     *
     * @param frame what was received
     * @return the request's number, the value (0 for success) and the descriptors
     * @throws ProtocolException if it is not a reply with a u64; the frame's descriptors are closed then
     */
    public static Answer decodeReply(Frame frame) {
        Violation violation = MessageRules.checkReply(frame, frame.header().request());
        if (violation == null && frame.header().sizeBytes() != Long.BYTES) {
            String text = "the answer on the back channel has " + frame.header().sizeBytes() + " bytes, expected 8";
            violation = new Violation(Kind.BAD_SIZE, frame.header().request(), text);
        }
        if (violation != null) {
            frame.close();
            throw new ProtocolException(violation);
        }
        return new Answer(frame.header().request(), frame.body().getLong(), frame.fds());
    }

    /**
     * A front end's answer on the back channel.
     *
     * @param request the number of the request that is answered
     * @param value 0 for success
     * @param fds the descriptors that came with it
     */
    public record Answer(int request, long value, PassedFds fds) implements AutoCloseable {
        /** Closes the descriptors that were not taken. */
        @Override
        public void close() {
            fds.close();
        }
    }
}
