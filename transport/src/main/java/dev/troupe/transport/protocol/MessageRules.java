package dev.troupe.transport.protocol;

import dev.troupe.transport.protocol.Violation.Kind;
import java.nio.ByteBuffer;
import org.jspecify.annotations.Nullable;

/**
 * The syntax of received messages: lengths, descriptor counts, reserved bits, and the ranges that hold whatever the
 * connection has negotiated. It does not look at state; an unknown request passes, because whether it is answered or
 * refused is not a question of syntax.
 */
public final class MessageRules {
    /** The largest virtqueue there is (virtio 1.4, 2.6). */
    public static final int MAX_VRING_SIZE = 32768;
    /** The most memory regions in SET_MEM_TABLE. */
    public static final int MAX_TABLE_REGIONS = 8;
    /** The most config space bytes in a message. */
    public static final int MAX_CONFIG_BYTES = 256;
    /** Bits 0-7 of a vring's u64: its index. */
    static final long VRING_INDEX_MASK = 0xff;
    /** Bit 8 of a vring's u64: no descriptor comes along. */
    static final long VRING_NO_FD = 1 << 8;

    private MessageRules() {}

    /**
     * Checks a header alone, before its payload is read.
     *
     * @param header the header
     * @return a violation after which the stream is unreadable, or null
     */
    public static @Nullable Violation checkHeader(Header header) {
        if (header.version() != Header.VERSION) {
            return violation(header, Kind.BAD_VERSION, "has version " + header.version() + ", expected 1");
        }
        if (header.sizeBytes() < 0 || header.sizeBytes() > Header.MAX_PAYLOAD_BYTES) {
            String announced = Integer.toUnsignedString(header.sizeBytes());
            return violation(header, Kind.OVERSIZED, "announces " + announced + " bytes, more than any message has");
        }
        return null;
    }

    /**
     * Checks a request of the front end.
     *
     * @param frame the message
     * @return what is wrong, or null
     */
    public static @Nullable Violation checkRequest(Frame frame) {
        Violation violation = checkEnvelope(frame, false);
        if (violation != null) {
            return violation;
        }
        FrontEndRequest request =
                FrontEndRequest.ofNumber(frame.header().request()).orElse(null);
        if (request == null) {
            return null;
        }
        Header header = frame.header();
        if (!request.payloadBytes().contains(header.sizeBytes())) {
            return badSize(header, request.name(), request.payloadBytes());
        }
        if (!request.fds().contains(frame.fds().count())) {
            return badFdCount(
                    header, request.name(), frame.fds().count(), request.fds().toString());
        }
        return checkFields(request, frame);
    }

    /**
     * Checks a request of the back end, on the back channel.
     *
     * @param frame the message
     * @return what is wrong, or null
     */
    public static @Nullable Violation checkBackRequest(Frame frame) {
        Violation violation = checkEnvelope(frame, false);
        if (violation != null) {
            return violation;
        }
        BackEndRequest request =
                BackEndRequest.ofNumber(frame.header().request()).orElse(null);
        if (request == null) {
            return null;
        }
        if (!request.payloadBytes().contains(frame.header().sizeBytes())) {
            return badSize(frame.header(), request.name(), request.payloadBytes());
        }
        if (frame.fds().count() > request.mostFds()) {
            return badFdCount(frame.header(), request.name(), frame.fds().count(), "at most " + request.mostFds());
        }
        return switch (request) {
            case VRING_CALL, VRING_ERR -> checkIndex(frame, request.name());
            default -> null;
        };
    }

    /**
     * Checks the envelope of a reply; its payload is checked when it is decoded.
     *
     * @param frame the message
     * @param request the number of the request that is waited for
     * @return what is wrong, or null
     */
    public static @Nullable Violation checkReply(Frame frame, int request) {
        Violation violation = checkEnvelope(frame, true);
        if (violation == null && frame.header().request() != request) {
            return violation(frame.header(), Kind.BAD_FLAGS, "answers another request than number " + request);
        }
        return violation;
    }

    private static @Nullable Violation checkEnvelope(Frame frame, boolean reply) {
        Header header = frame.header();
        Violation violation = checkHeader(header);
        if (violation != null) {
            return violation;
        }
        if (header.isReply() != reply) {
            return violation(header, Kind.BAD_FLAGS, reply ? "is not marked as a reply" : "is marked as a reply");
        }
        if ((header.flags() & ~Header.KNOWN_FLAGS) != 0 || (reply && header.needsReply())) {
            return violation(header, Kind.BAD_FLAGS, "has flags 0x" + Integer.toHexString(header.flags()));
        }
        if (frame.strayFds() > 0) {
            String text = "came with " + frame.strayFds() + " descriptors behind its first byte";
            return violation(header, Kind.BAD_FD_COUNT, text);
        }
        if (frame.lostFds()) {
            String text = "came with file descriptors that this process has no room for:"
                    + " raise its limit of open files (LimitNOFILE)";
            return violation(header, Kind.BAD_FD_COUNT, text);
        }
        if (frame.payload().remaining() != header.sizeBytes()) {
            return violation(header, Kind.BAD_SIZE, "has a payload that is not as long as its header says");
        }
        return null;
    }

    private static @Nullable Violation checkFields(FrontEndRequest request, Frame frame) {
        ByteBuffer body = frame.body();
        Header header = frame.header();
        return switch (request) {
            case SET_MEM_TABLE -> checkRegions(frame);
            case SET_VRING_KICK, SET_VRING_CALL, SET_VRING_ERR -> checkVringFd(request, frame);
            case SET_VRING_NUM -> {
                int num = body.getInt(4);
                yield num < 0 || num > MAX_VRING_SIZE
                        ? badField(header, request, "a size of " + Integer.toUnsignedString(num))
                        : checkIndex(frame, request.name());
            }
            case SET_VRING_ENABLE, SET_VRING_ENDIAN ->
                (body.getInt(4) & ~1) != 0
                        ? badField(header, request, "the number " + Integer.toUnsignedString(body.getInt(4)))
                        : checkIndex(frame, request.name());
            case SET_VRING_ADDR, SET_VRING_BASE, GET_VRING_BASE, VRING_KICK, GET_VRING_BASE_SKIP_DRAIN ->
                checkIndex(frame, request.name());
            case GET_CONFIG, SET_CONFIG -> checkConfig(request, frame);
            case GET_INFLIGHT_FD, SET_INFLIGHT_FD ->
                header.sizeBytes() != 20 && header.sizeBytes() != 24
                        ? badSize(header, request.name(), request.payloadBytes())
                        : null;
            case SET_DEVICE_STATE_FD ->
                (body.getInt(0) & ~1) != 0 || body.getInt(4) != 0
                        ? badField(header, request, "an unknown direction or phase")
                        : null;
            default -> null;
        };
    }

    private static @Nullable Violation checkIndex(Frame frame, String name) {
        int index = frame.body().getInt(0);
        return index < 0 || index > 0xffff
                ? violation(
                        frame.header(), Kind.BAD_FIELD, name + " names vring " + Integer.toUnsignedString(index), "")
                : null;
    }

    private static @Nullable Violation checkRegions(Frame frame) {
        int count = frame.body().getInt(0);
        Header header = frame.header();
        if (count < 0 || count > MAX_TABLE_REGIONS) {
            return badField(header, FrontEndRequest.SET_MEM_TABLE, Integer.toUnsignedString(count) + " regions");
        }
        if (header.sizeBytes() != 8 + count * RequestCodec.REGION_BYTES) {
            String text = "SET_MEM_TABLE with " + count + " regions has " + header.sizeBytes() + " bytes";
            return violation(header, Kind.BAD_SIZE, text, "");
        }
        return frame.fds().count() == count
                ? null
                : badFdCount(header, "SET_MEM_TABLE", frame.fds().count(), Integer.toString(count));
    }

    private static @Nullable Violation checkVringFd(FrontEndRequest request, Frame frame) {
        long word = frame.body().getLong(0);
        if ((word & ~(VRING_INDEX_MASK | VRING_NO_FD)) != 0) {
            return badField(frame.header(), request, "the number 0x" + Long.toHexString(word));
        }
        int expected = (word & VRING_NO_FD) == 0 ? 1 : 0;
        return frame.fds().count() == expected
                ? null
                : badFdCount(frame.header(), request.name(), frame.fds().count(), Integer.toString(expected));
    }

    private static @Nullable Violation checkConfig(FrontEndRequest request, Frame frame) {
        ByteBuffer body = frame.body();
        int offset = body.getInt(0);
        int size = body.getInt(4);
        int flags = body.getInt(8);
        if (offset < 0 || offset > 0xffff || size <= 0 || size > MAX_CONFIG_BYTES) {
            String range = Integer.toUnsignedString(size) + " bytes at " + Integer.toUnsignedString(offset);
            return badField(frame.header(), request, range);
        }
        if ((flags & ~1) != 0) {
            return badField(frame.header(), request, "flags 0x" + Integer.toHexString(flags));
        }
        // Some front ends send the whole structure, or no contents, when they only read.
        boolean fits = request == FrontEndRequest.GET_CONFIG || body.remaining() == RequestCodec.CONFIG_BYTES + size;
        return fits ? null : badSize(frame.header(), request.name(), new Range(12 + size, 12 + size));
    }

    private static Violation badSize(Header header, String name, Range expected) {
        String text = name + " has " + header.sizeBytes() + " payload bytes, expected " + expected;
        return violation(header, Kind.BAD_SIZE, text, "");
    }

    private static Violation badFdCount(Header header, String name, int count, String expected) {
        String text = name + " came with " + count + " descriptors, expected " + expected;
        return violation(header, Kind.BAD_FD_COUNT, text, "");
    }

    private static Violation badField(Header header, FrontEndRequest request, String what) {
        return violation(header, Kind.BAD_FIELD, request.name() + " holds " + what, "");
    }

    private static Violation violation(Header header, Kind kind, String what) {
        return violation(header, kind, "message " + Integer.toUnsignedString(header.request()) + " ", what);
    }

    private static Violation violation(Header header, Kind kind, String subject, String what) {
        return new Violation(kind, header.request(), subject + what);
    }
}
